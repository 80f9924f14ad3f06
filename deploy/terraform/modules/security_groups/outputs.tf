output "ids" {
  description = "Ids of the groups created here, by the names of rules.json."
  value       = local.created

  # A host that starts before its rules cannot install anything.
  depends_on = [aws_vpc_security_group_ingress_rule.this, aws_vpc_security_group_egress_rule.this]
}

output "ports" {
  description = "The collector's ports, as rules.json opens them."
  value = {
    agent     = one([for rule in local.table.rules : rule.from_port if rule.name == "collector-agent-of-db"])
    enrolment = one([for rule in local.table.rules : rule.from_port if rule.name == "collector-enrolment-of-db"])
    database  = one([for rule in local.table.rules : rule.from_port if rule.name == "db-mysql"])
  }
}

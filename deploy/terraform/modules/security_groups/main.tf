# Security groups and their rules, all from the one table rules.json.
#
# A rule is made by the root that creates one of its two groups and knows the other. So the rules between collector and
# stack are the stack's: they come and go with it, and the collector's root never waits for a group of the stack.

locals {
  table = jsondecode(file("${path.module}/rules.json"))

  created = { for name, group in aws_security_group.this : name => group.id }
  ids = merge(
    var.existing,
    local.created,
    { for name, stand_in in var.stand_ins : name => local.created[stand_in] },
  )
  # The same names without ids, which are not known before they are created: which rules there are must be.
  known = setunion(var.create, keys(var.existing), keys(var.stand_ins))

  ours = [
    for rule in local.table.rules : rule
    if contains(local.known, rule.group)
    && (!startswith(rule.peer, "sg-") || contains(local.known, rule.peer))
    && (contains(var.create, rule.group) || contains(var.create, rule.peer))
  ]

  # One AWS rule for each range of a variable, exactly one for every other peer.
  rules = merge([
    for rule in local.ours : {
      for source in(startswith(rule.peer, "var.") ? var.cidrs[trimprefix(rule.peer, "var.")] : [rule.peer]) :
      (startswith(rule.peer, "var.") ? "${rule.name} ${source}" : rule.name) => merge(rule, { source = source })
    }
  ]...)
}

# AWS keeps names that begin with "sg-" to itself: the runbook's name is in the tag.
resource "aws_security_group" "this" {
  # checkov:skip=CKV2_AWS_5:The host module attaches it to an interface; the check does not look across modules.
  for_each = var.create

  name        = "${var.name_prefix}-${trimprefix(each.key, "sg-")}"
  description = local.table.groups[each.key]
  vpc_id      = var.vpc_id

  tags = { Name = each.key }
}

resource "aws_vpc_security_group_ingress_rule" "this" {
  # checkov:skip=CKV_AWS_260:Port 80 is open to all for Certbot's challenges and the redirect, as the runbook wants.
  # checkov:skip=CKV_AWS_24:The variable ssh_allowed_cidr refuses the whole Internet, and is empty unless set.
  for_each = { for key, rule in local.rules : key => rule if rule.direction == "ingress" }

  security_group_id            = local.ids[each.value.group]
  ip_protocol                  = each.value.protocol
  from_port                    = each.value.from_port
  to_port                      = each.value.to_port
  referenced_security_group_id = startswith(each.value.source, "sg-") ? local.ids[each.value.source] : null
  cidr_ipv4                    = startswith(each.value.source, "sg-") ? null : each.value.source
  description                  = each.value.description

  tags = { Name = each.value.name }
}

resource "aws_vpc_security_group_egress_rule" "this" {
  # checkov:skip=CKV_AWS_382:The runbook lets every host out: packages, AWS and pagers have no fixed addresses.
  for_each = { for key, rule in local.rules : key => rule if rule.direction == "egress" }

  security_group_id            = local.ids[each.value.group]
  ip_protocol                  = each.value.protocol
  from_port                    = each.value.from_port
  to_port                      = each.value.to_port
  referenced_security_group_id = startswith(each.value.source, "sg-") ? local.ids[each.value.source] : null
  cidr_ipv4                    = startswith(each.value.source, "sg-") ? null : each.value.source
  description                  = each.value.description

  tags = { Name = each.value.name }
}

output "stack_tfvars" {
  description = "What the stack's root needs: terraform output -json stack_tfvars > ../stack/collector.auto.tfvars.json."
  value = {
    aws_region  = var.aws_region
    stack_name  = var.stack_name
    environment = var.environment
    collector = {
      vpc_id            = module.network.vpc_id
      vpc_cidr          = module.network.vpc_cidr
      public_subnets    = module.network.public_subnets
      security_group_id = module.security_groups.ids["sg-collector"]
      private_ip        = module.collector.private_ip
    }
  }
}

output "collector_public_ip" {
  description = "The address from which alerts come."
  value       = module.collector.public_ip
}

output "collector_private_ip" {
  description = "The address that the agents connect to."
  value       = module.collector.private_ip
}

output "collector_page" {
  description = "Opens the collector's page on http://127.0.0.1:7480, through Session Manager: it listens on loopback only."
  value       = "aws ssm start-session --region ${var.aws_region} --target ${module.collector.instance_id} --document-name AWS-StartPortForwardingSession --parameters portNumber=7480,localPortNumber=7480"
}

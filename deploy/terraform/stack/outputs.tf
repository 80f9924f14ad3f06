output "public_instance_public_ip" {
  description = "The application's public address: for the DNS record and for tests."
  value       = module.app.public_ip

  # What the variables say together; Terraform before 1.9 cannot check that at the variables themselves.
  precondition {
    condition     = !var.enable_collector || var.collector != null
    error_message = "The collector's root was not handed over. Apply it first, then: terraform -chdir=../collector output -json stack_tfvars > collector.auto.tfvars.json. To run without it, set enable_collector = false."
  }

  precondition {
    condition     = !(var.enable_collector && var.colocate_collector)
    error_message = "colocate_collector puts the collector onto the application host: set enable_collector = false with it, or leave it false."
  }

  precondition {
    condition     = nonsensitive(var.db_password != "") != (var.db_password_parameter != "")
    error_message = "Set either db_password or db_password_parameter (better: the password then stands in no user-data and no state)."
  }
}

output "private_instance_private_ip" {
  description = "The database's address in the VPC."
  value       = module.db.private_ip
}

output "public_instance_private_ip" {
  description = "The application's address in the VPC."
  value       = module.app.private_ip
}

output "public_instance_id" {
  description = "The application's instance."
  value       = module.app.instance_id
}

output "private_instance_id" {
  description = "The database's instance."
  value       = module.db.instance_id
}

output "nat_public_ips" {
  description = "The addresses from which the private hosts are seen."
  value       = module.private_subnets.nat_public_ips
}

output "sessions" {
  description = "A shell on each host, without SSH."
  value = {
    app-1 = "aws ssm start-session --region ${var.aws_region} --target ${module.app.instance_id}"
    db-1  = "aws ssm start-session --region ${var.aws_region} --target ${module.db.instance_id}"
  }
}

output "instance_id" {
  description = "The instance: aws ssm start-session --target ID."
  value       = aws_instance.this.id
}

output "private_ip" {
  description = "Its address in the VPC."
  value       = var.private_ip
}

output "public_ip" {
  description = "Its Elastic IP; null for a private host."
  value       = one(aws_eip.this[*].public_ip)
}

output "role_name" {
  description = "Its IAM role, for more rights from outside."
  value       = aws_iam_role.this.name
}

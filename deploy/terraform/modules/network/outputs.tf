output "vpc_id" {
  description = "The VPC."
  value       = aws_vpc.this.id
}

output "vpc_cidr" {
  description = "Its IPv4 range."
  value       = aws_vpc.this.cidr_block
}

output "public_subnets" {
  description = "The public subnets in the order of the zones."
  value = [for zone in var.zones : {
    zone = zone
    id   = aws_subnet.public[zone].id
    cidr = aws_subnet.public[zone].cidr_block
  }]

  # Who uses a public subnet wants its way to the Internet as well.
  depends_on = [aws_route.internet, aws_route_table_association.public]
}

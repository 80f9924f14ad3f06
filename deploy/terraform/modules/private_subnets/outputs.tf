output "subnets" {
  description = "The private subnets in the order of the zones."
  value = [for public in var.public_subnets : {
    zone = public.zone
    id   = aws_subnet.private[public.zone].id
    cidr = aws_subnet.private[public.zone].cidr_block
  }]

  # A host's first act is to install packages: it must find the way out when it starts.
  depends_on = [aws_route.nat, aws_route_table_association.private]
}

output "nat_public_ips" {
  description = "The addresses from which the private hosts are seen."
  value       = [for eip in aws_eip.nat : eip.public_ip]
}

variable "name_prefix" {
  description = "What every name begins with, for example shop-prod."
  type        = string
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

variable "vpc_cidr" {
  description = "The VPC's IPv4 range."
  type        = string
}

variable "public_subnets" {
  description = "The public subnets: one private subnet comes to each zone, and the NAT gateway stands in a public one."
  type        = list(object({ zone = string, id = string, cidr = string }))
}

variable "nat_gateway_per_zone" {
  description = "A NAT gateway in each zone instead of one in the first."
  type        = bool
}

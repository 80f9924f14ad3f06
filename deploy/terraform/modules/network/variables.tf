variable "name_prefix" {
  description = "What every name begins with, for example shop-prod."
  type        = string
}

variable "vpc_cidr" {
  description = "The VPC's IPv4 range."
  type        = string
}

variable "zones" {
  description = "Availability Zones, one public subnet in each."
  type        = list(string)
}

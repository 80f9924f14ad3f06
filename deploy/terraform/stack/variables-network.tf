variable "enable_collector" {
  description = "Whether the collector's root was applied before: this one then uses its network. false: this root makes the network itself."
  type        = bool
  default     = true
}

variable "collector" {
  description = "What the collector's root hands over, by collector.auto.tfvars.json: terraform -chdir=../collector output -json stack_tfvars."
  type = object({
    vpc_id            = string
    vpc_cidr          = string
    public_subnets    = list(object({ zone = string, id = string, cidr = string }))
    security_group_id = string
    private_ip        = string
  })
  default = null

  validation {
    condition     = var.collector == null || try(length(var.collector.public_subnets) > 0 && startswith(var.collector.vpc_id, "vpc-") && startswith(var.collector.security_group_id, "sg-"), false)
    error_message = "collector must be what the collector's root says: terraform -chdir=../collector output -json stack_tfvars > collector.auto.tfvars.json."
  }
}

variable "colocate_collector" {
  description = "Run the collector on the application host. Cheaper, but it goes down with what it watches. Only with enable_collector = false."
  type        = bool
  default     = false
}

variable "vpc_cidr" {
  description = "The VPC's IPv4 range. With a collector it is the collector root that says it."
  type        = string
  default     = "10.0.0.0/16"

  validation {
    # Each subnet has 8 bits more; smaller than /26 they have no room for the hosts' addresses .10 and .20.
    condition     = can(regex("/(16|17|18)$", var.vpc_cidr)) && can(cidrnetmask(var.vpc_cidr)) && try("${cidrhost(var.vpc_cidr, 0)}/${split("/", var.vpc_cidr)[1]}" == var.vpc_cidr, false)
    error_message = "vpc_cidr must be the first address of an IPv4 range and /16, /17 or /18: 10.0.0.0/16."
  }
}

variable "availability_zones" {
  description = "One or two Availability Zones; empty for the region's first. With a collector it is the collector root that says them."
  type        = list(string)
  default     = []

  validation {
    condition     = length(var.availability_zones) <= 2 && length(distinct(var.availability_zones)) == length(var.availability_zones) && alltrue([for zone in var.availability_zones : can(regex("^[a-z]{2}(-[a-z]+)+-[0-9][a-z]$", zone))])
    error_message = "availability_zones must be at most two different zones, for example [\"us-east-1a\", \"us-east-1b\"]."
  }
}

variable "nat_gateway_per_zone" {
  description = "A NAT gateway in each zone instead of one for both: a zone that fails takes no other's way out, at twice the price."
  type        = bool
  default     = false
}

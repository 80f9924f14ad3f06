# The runbook's stack: the application in the public subnet, MySQL in the private one.

locals {
  name_prefix = "${var.stack_name}-${var.environment}"

  # With a collector the network is the collector root's, so that it outlives this stack; otherwise it is made here.
  # The placeholders let a missing `collector` be told by one precondition in outputs.tf, not by a dozen errors.
  network = var.enable_collector ? {
    vpc_id         = try(var.collector.vpc_id, "vpc-missing")
    vpc_cidr       = try(var.collector.vpc_cidr, "10.0.0.0/16")
    public_subnets = try(var.collector.public_subnets, [{ zone = "missing", id = "subnet-missing", cidr = "10.0.1.0/24" }])
    } : {
    vpc_id         = module.network[0].vpc_id
    vpc_cidr       = var.vpc_cidr
    public_subnets = module.network[0].public_subnets
  }

  app_subnet = local.network.public_subnets[0]
  db_subnet  = module.private_subnets.subnets[0]
  # Chosen, not found out afterwards: each host is told the other's address when it starts.
  app_ip = cidrhost(local.app_subnet.cidr, 10)
  db_ip  = cidrhost(local.db_subnet.cidr, 10)
}

data "aws_availability_zones" "all" {
  # checkov:skip=CKV_AWS_394:Only the first name is used, and a new zone comes last; availability_zones pins it where that is not enough.
  count = !var.enable_collector && length(var.availability_zones) == 0 ? 1 : 0

  state = "available"

  # Local and Wavelength Zones have no NAT gateways.
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

module "network" {
  source = "../modules/network"
  count  = var.enable_collector ? 0 : 1

  name_prefix = local.name_prefix
  vpc_cidr    = var.vpc_cidr
  zones       = length(var.availability_zones) > 0 ? var.availability_zones : [data.aws_availability_zones.all[0].names[0]]
}

module "private_subnets" {
  source = "../modules/private_subnets"

  name_prefix          = local.name_prefix
  vpc_id               = local.network.vpc_id
  vpc_cidr             = local.network.vpc_cidr
  public_subnets       = local.network.public_subnets
  nat_gateway_per_zone = var.nat_gateway_per_zone
}

module "security_groups" {
  source = "../modules/security_groups"

  name_prefix = local.name_prefix
  vpc_id      = local.network.vpc_id
  create      = ["sg-flask", "sg-db"]
  existing    = var.enable_collector ? { "sg-collector" = try(var.collector.security_group_id, "sg-missing") } : {}
  stand_ins   = local.colocated ? { "sg-collector" = "sg-flask" } : {}

  cidrs = { for name, ranges in {
    flask_allowed_cidr  = var.flask_allowed_cidr
    ssh_allowed_cidr    = var.ssh_allowed_cidr
    db_ssh_allowed_cidr = var.db_ssh_allowed_cidr
  } : name => [for range in compact(split(",", ranges)) : trimspace(range)] }
}

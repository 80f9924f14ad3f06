# The collector and what must outlive the stack: the VPC with its public side. The stack's root builds on it and can be
# destroyed and made anew without touching it.

locals {
  name_prefix = "${var.stack_name}-${var.environment}"

  zones = length(var.availability_zones) > 0 ? var.availability_zones : [data.aws_availability_zones.all[0].names[0]]
  # The last zone, where the stack is not when there are two: a zone that fails takes only one of them.
  subnet     = element(module.network.public_subnets, length(local.zones) - 1)
  private_ip = cidrhost(local.subnet.cidr, 20)
  # Where the stack's root will put the database: this host's agent sees to it that it stays out of reach from here.
  db_ip = cidrhost(cidrsubnet(var.vpc_cidr, 8, 2), 10)

  # A secret comes from one place: a parameter's name wins over a value.
  secret_values = {
    JOIN_TOKEN  = var.join_token
    WEBHOOK_URL = var.webhook_url
  }
  secret_sources = { for name, source in {
    JOIN_TOKEN  = var.join_token_parameter
    WEBHOOK_URL = var.webhook_url_parameter
  } : name => source if source != "" }
}

data "aws_availability_zones" "all" {
  # checkov:skip=CKV_AWS_394:Only the first name is used, and a new zone comes last; availability_zones pins it where that is not enough.
  count = length(var.availability_zones) > 0 ? 0 : 1

  state = "available"

  # Local and Wavelength Zones have no NAT gateways.
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

module "network" {
  source = "../modules/network"

  name_prefix = local.name_prefix
  vpc_cidr    = var.vpc_cidr
  zones       = local.zones
}

module "security_groups" {
  source = "../modules/security_groups"

  name_prefix = local.name_prefix
  vpc_id      = module.network.vpc_id
  create      = ["sg-collector"]
  cidrs       = { ssh_allowed_cidr = [for range in compact(split(",", var.ssh_allowed_cidr)) : trimspace(range)] }
}

# In the public subnet: its alerts leave by the internet gateway, not through the NAT gateway that may be what broke.
module "collector" {
  source = "../modules/host"

  name                    = "collector-1"
  role                    = "collector"
  name_prefix             = local.name_prefix
  subnet_id               = local.subnet.id
  private_ip              = local.private_ip
  public                  = true
  security_group_id       = module.security_groups.ids["sg-collector"]
  operating_system        = var.operating_system
  ami_id                  = var.ami_id
  instance_type           = var.collector_instance_type
  root_volume_gb          = var.collector_volume_gb
  key_pair_name           = var.key_pair_name
  enable_cloudwatch_agent = var.enable_cloudwatch_agent
  secrets_kms_key_arn     = var.secrets_kms_key_arn
  secret_sources          = local.secret_sources
  secrets                 = { for name, value in local.secret_values : name => value if !contains(keys(local.secret_sources), name) }

  settings = {
    ROLE                     = "collector"
    HOST_NAME                = "collector-1"
    HOST_ADDRESS             = local.private_ip
    STACK_NAME               = var.stack_name
    ENVIRONMENT              = var.environment
    AWS_REGION               = var.aws_region
    FAULTLINE_PACKAGE_URL    = var.faultline_package_url
    FAULTLINE_PACKAGE_SHA256 = var.faultline_package_sha256
    COLLECTOR_ADDRESS        = "${local.private_ip}:${module.security_groups.ports.agent}"
    ENROLMENT_ADDRESS        = "${local.private_ip}:${module.security_groups.ports.enrolment}"
    AGENT_PORT               = module.security_groups.ports.agent
    ENROLMENT_PORT           = module.security_groups.ports.enrolment
    DB_HOST                  = local.db_ip
    DB_PORT                  = module.security_groups.ports.database
    ENABLE_PROMETHEUS        = var.enable_prometheus ? "true" : "false"
    TIMEZONE                 = var.timezone
  }
}

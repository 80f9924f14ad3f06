locals {
  colocated = !var.enable_collector && var.colocate_collector

  # Where the agents report: the collector's host, the application host, or nowhere.
  collector_ip = var.enable_collector ? try(var.collector.private_ip, "missing") : local.colocated ? local.app_ip : ""

  # 10.0.1.% where the subnet is a /24, and MySQL's network/netmask where it is not.
  app_subnet_pattern = endswith(local.app_subnet.cidr, "/24") ? "${join(".", slice(split(".", local.app_subnet.cidr), 0, 3))}.%" : "${cidrhost(local.app_subnet.cidr, 0)}/${cidrnetmask(local.app_subnet.cidr)}"

  common_settings = {
    STACK_NAME               = var.stack_name
    ENVIRONMENT              = var.environment
    AWS_REGION               = var.aws_region
    FAULTLINE_PACKAGE_URL    = var.faultline_package_url
    FAULTLINE_PACKAGE_SHA256 = var.faultline_package_sha256
    COLLECTOR_ADDRESS        = local.collector_ip == "" ? "" : "${local.collector_ip}:${module.security_groups.ports.agent}"
    ENROLMENT_ADDRESS        = local.collector_ip == "" ? "" : "${local.collector_ip}:${module.security_groups.ports.enrolment}"
    DB_PORT                  = module.security_groups.ports.database
    DB_NAME                  = var.db_name
    DB_USER                  = var.db_user
  }

  # A secret comes from one place: a parameter's name wins over a value. The webhook is told to who runs the collector.
  secret_values = {
    DB_PASSWORD         = var.db_password
    DB_MONITOR_PASSWORD = var.db_monitor_password
    JOIN_TOKEN          = var.join_token
  }
  secret_sources = { for name, source in {
    DB_PASSWORD         = var.db_password_parameter
    DB_MONITOR_PASSWORD = var.db_monitor_password_parameter
    JOIN_TOKEN          = var.join_token_parameter
  } : name => source if source != "" }

  webhook_sources = { for name, source in { WEBHOOK_URL = var.webhook_url_parameter } : name => source if local.colocated && source != "" }
  app_sources     = merge(local.secret_sources, local.webhook_sources)
  app_values      = merge(local.secret_values, { for name, value in { WEBHOOK_URL = var.webhook_url } : name => value if local.colocated })
}

module "app" {
  source = "../modules/host"

  name                    = "app-1"
  role                    = "app"
  name_prefix             = local.name_prefix
  subnet_id               = local.app_subnet.id
  private_ip              = local.app_ip
  public                  = true
  security_group_id       = module.security_groups.ids["sg-flask"]
  operating_system        = var.operating_system
  ami_id                  = var.ami_id
  instance_type           = var.flask_instance_type
  root_volume_gb          = var.flask_volume_gb
  key_pair_name           = var.key_pair_name
  enable_cloudwatch_agent = var.enable_cloudwatch_agent
  secrets_kms_key_arn     = var.secrets_kms_key_arn
  secret_sources          = local.app_sources
  secrets                 = { for name, value in local.app_values : name => value if !contains(keys(local.app_sources), name) }

  settings = merge(local.common_settings, {
    ROLE            = "app"
    HOST_NAME       = "app-1"
    HOST_ADDRESS    = local.app_ip
    DB_HOST         = local.db_ip
    APP_REPO_URL    = var.app_repo_url
    APP_DOMAIN_NAME = var.domain_name
    APP_ACME_EMAIL  = var.acme_email
    APP_ACME_SERVER = var.acme_server
    # Without spaces, so that a script can split it at its commas.
    APP_IP_ALLOWLIST    = join(",", [for range in compact(split(",", var.ip_allowlist)) : trimspace(range)])
    COLLECTOR_COLOCATED = local.colocated ? "true" : "false"
    TIMEZONE            = var.timezone
    AGENT_PORT          = module.security_groups.ports.agent
    ENROLMENT_PORT      = module.security_groups.ports.enrolment
  })
}

module "db" {
  source = "../modules/host"

  name                    = "db-1"
  role                    = "db"
  name_prefix             = local.name_prefix
  subnet_id               = local.db_subnet.id
  private_ip              = local.db_ip
  public                  = false
  security_group_id       = module.security_groups.ids["sg-db"]
  operating_system        = var.operating_system
  ami_id                  = var.ami_id
  instance_type           = var.mysql_instance_type
  root_volume_gb          = var.mysql_volume_gb
  key_pair_name           = var.key_pair_name
  enable_cloudwatch_agent = var.enable_cloudwatch_agent
  secrets_kms_key_arn     = var.secrets_kms_key_arn
  secret_sources          = local.secret_sources
  secrets                 = { for name, value in local.secret_values : name => value if !contains(keys(local.secret_sources), name) }

  settings = merge(local.common_settings, {
    ROLE                    = "db"
    HOST_NAME               = "db-1"
    HOST_ADDRESS            = local.db_ip
    APP_ADDRESS             = local.app_ip
    DB_ALLOWED_HOST_PATTERN = var.db_allowed_host_pattern == "" ? local.app_subnet_pattern : var.db_allowed_host_pattern
  })
}

# One host: an interface with a fixed address, perhaps a public one, and an instance that can be replaced behind them.

locals {
  scripts = "${path.module}/../../../user-data"

  # Single quotes hold whatever a value has in it; a single quote itself leaves them for a moment.
  settings_file = join("", [
    for name, value in merge(var.settings, var.secrets) : "${name}='${replace(value, "'", "'\\''")}'\n"
  ])

  user_data = base64gzip(templatefile("${path.module}/user-data.sh.tftpl", {
    settings = base64encode(local.settings_file)
    sources  = base64encode(jsonencode(var.secret_sources))
    fetches  = length(var.secret_sources) > 0
    role     = var.role
    files = merge(
      length(var.secret_sources) > 0 ? { "fetch-secrets.py" = file("${path.module}/fetch-secrets.py") } : {},
      {
        "common.sh"      = file("${local.scripts}/common.sh")
        "${var.role}.sh" = file("${local.scripts}/${var.role}.sh")
      },
      # What else the role's script reads.
      var.role == "db" ? { "init.sql" = file("${path.module}/../../../app/db/init.sql") } : {},
      var.role != "db" ? { "collector-service.sh" = file("${local.scripts}/collector-service.sh") } : {},
    )
  }))
}

resource "aws_network_interface" "this" {
  description       = "${var.name_prefix} ${var.name}"
  subnet_id         = var.subnet_id
  private_ips       = [var.private_ip]
  security_groups   = [var.security_group_id]
  source_dest_check = true

  tags = { Name = "${var.name_prefix}-${var.name}" }
}

# On the interface, not on the instance: it is there when the first start wants to install packages, and the site's DNS
# record still holds after the instance was stopped or replaced.
resource "aws_eip" "this" {
  # checkov:skip=CKV2_AWS_19:It belongs to the interface, which the instance has as its primary one.
  count = var.public ? 1 : 0

  domain            = "vpc"
  network_interface = aws_network_interface.this.id

  tags = { Name = "${var.name_prefix}-${var.name}" }
}

resource "aws_instance" "this" {
  # checkov:skip=CKV_AWS_126:Detailed monitoring costs extra, and the agent sees more and sooner.
  # checkov:skip=CKV_AWS_135:Today's types are always EBS-optimized, and old ones refuse the argument.
  ami                  = var.ami_id == "" ? data.aws_ssm_parameter.image[0].insecure_value : var.ami_id
  instance_type        = var.instance_type
  iam_instance_profile = aws_iam_instance_profile.this.name
  key_name             = var.key_pair_name == "" ? null : var.key_pair_name
  # It may hold secrets, and nobody reads base64: hidden in plans, always.
  user_data_base64 = sensitive(local.user_data)

  primary_network_interface {
    network_interface_id = aws_network_interface.this.id
  }

  # Version 2 only, and not through a container's bridge: a forged request to the application cannot fetch the role.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
    instance_metadata_tags      = "disabled"
  }

  root_block_device {
    encrypted   = true
    volume_type = "gp3"
    volume_size = var.root_volume_gb
    tags        = { Name = "${var.name_prefix}-${var.name}" }
  }

  tags = { Name = "${var.name_prefix}-${var.name}", Role = var.role }

  depends_on = [aws_eip.this]

  lifecycle {
    # A newer image and changed settings reach new instances only: an apply never replaces a database by surprise.
    # terraform apply -replace=ADDRESS does it on purpose.
    ignore_changes = [ami, user_data_base64]

    precondition {
      condition     = length(local.user_data) * 3 / 4 <= 16384
      error_message = "The user-data of ${var.name} is larger than EC2's 16 KiB, compressed. Shorten the scripts in deploy/user-data, or let them download what they need."
    }
  }
}

# The newest image of the operating system, as its makers publish it in SSM's public parameters.

locals {
  # t4g, m7g, c7gn, im4gn and a1 have Arm processors; g5 and c7i have not.
  arm = can(regex("^([a-z]+[0-9]+g[a-z]*|a1)\\.", var.instance_type))

  image_parameters = {
    "debian-12"    = "/aws/service/debian/release/12/latest/${local.arm ? "arm64" : "amd64"}"
    "ubuntu-24.04" = "/aws/service/canonical/ubuntu/server/24.04/stable/current/${local.arm ? "arm64" : "amd64"}/hvm/ebs-gp3/ami-id"
  }
}

data "aws_ssm_parameter" "image" {
  count = var.ami_id == "" ? 1 : 0

  name = local.image_parameters[var.operating_system]
}

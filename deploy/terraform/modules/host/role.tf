# What the host may do in AWS: be reached by Session Manager, and read its own secrets. A role for each host, so that one
# never reads what is another's.

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  aws_policies = merge(
    { ssm = "AmazonSSMManagedInstanceCore" },
    var.enable_cloudwatch_agent ? { cloudwatch = "CloudWatchAgentServerPolicy" } : {},
  )

  parameter_arns = [
    for source in values(var.secret_sources) :
    "arn:${data.aws_partition.this.partition}:ssm:${data.aws_region.this.region}:${data.aws_caller_identity.this.account_id}:parameter/${trimprefix(source, "/")}"
    if !startswith(source, "arn:")
  ]
  secret_arns = [for source in values(var.secret_sources) : source if startswith(source, "arn:")]

  secret_statements = concat(
    [for arns in [local.parameter_arns] : { Effect = "Allow", Action = "ssm:GetParameter", Resource = arns } if length(arns) > 0],
    [for arns in [local.secret_arns] : { Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = arns } if length(arns) > 0],
    [for arn in [var.secrets_kms_key_arn] : { Effect = "Allow", Action = "kms:Decrypt", Resource = [arn] } if arn != ""],
  )
}

resource "aws_iam_role" "this" {
  name        = "${var.name_prefix}-${var.name}"
  description = "Faultline stack host ${var.name}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.${data.aws_partition.this.dns_suffix}" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = local.aws_policies

  role       = aws_iam_role.this.name
  policy_arn = "arn:${data.aws_partition.this.partition}:iam::aws:policy/${each.value}"
}

resource "aws_iam_role_policy" "secrets" {
  count = length(var.secret_sources) > 0 ? 1 : 0

  name   = "read-own-secrets"
  role   = aws_iam_role.this.id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.secret_statements })
}

resource "aws_iam_instance_profile" "this" {
  name = "${var.name_prefix}-${var.name}"
  role = aws_iam_role.this.name

  # The profile carries its rights to the instance: they have to be there when its first start asks for a secret.
  depends_on = [aws_iam_role_policy_attachment.this, aws_iam_role_policy.secrets]
}

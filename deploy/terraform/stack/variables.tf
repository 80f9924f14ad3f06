variable "aws_region" {
  description = "The region of everything."
  type        = string
  default     = "us-east-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.aws_region))
    error_message = "aws_region must be a region's code, for example us-east-1 or eu-central-1 (not a zone such as us-east-1a)."
  }
}

variable "stack_name" {
  description = "The stack's name: in names, tags and the agents' identities."
  type        = string
  default     = "shop"

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$", var.stack_name))
    error_message = "stack_name must be 1 to 20 lower-case letters, digits and hyphens, and begin with a letter: shop."
  }
}

variable "environment" {
  description = "The environment: prod, staging, ..."
  type        = string
  default     = "prod"

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,10}[a-z0-9])?$", var.environment))
    error_message = "environment must be 1 to 12 lower-case letters, digits and hyphens, and begin with a letter: prod."
  }
}

variable "operating_system" {
  description = "debian-12 or ubuntu-24.04: the newest image of it, by SSM parameter."
  type        = string
  default     = "debian-12"

  validation {
    condition     = contains(["debian-12", "ubuntu-24.04"], var.operating_system)
    error_message = "operating_system must be debian-12 or ubuntu-24.04."
  }
}

variable "ami_id" {
  description = "A certain image of that operating system instead of the newest; empty for the newest."
  type        = string
  default     = ""

  validation {
    condition     = var.ami_id == "" || can(regex("^ami-[0-9a-f]{8,17}$", var.ami_id))
    error_message = "ami_id must be an image's id such as ami-0123456789abcdef0, or empty for the newest of operating_system."
  }
}

variable "key_pair_name" {
  description = "An existing EC2 key pair in the region, for SSH; empty for none: Session Manager needs no key."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^[ -~]{0,255}$", var.key_pair_name)) && !endswith(var.key_pair_name, ".pem")
    error_message = "key_pair_name must be the name of the key pair in EC2, not its file: my-keypair."
  }
}

variable "join_token" {
  description = "The token with which agents join the collector. It ends up in user-data and state: prefer join_token_parameter."
  type        = string
  default     = ""
  sensitive   = true

  validation {
    condition     = can(regex("^[A-Za-z0-9._~+/=-]{0,512}$", var.join_token))
    error_message = "join_token must be the token as `faultline token create` printed it: letters, digits and ._~+/=- only."
  }
}

variable "join_token_parameter" {
  description = "Where the hosts read it instead: the name of an SSM SecureString parameter, or the ARN of a Secrets Manager secret."
  type        = string
  default     = ""

  validation {
    condition     = var.join_token_parameter == "" || can(regex("^/?[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$", var.join_token_parameter)) || can(regex("^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+$", var.join_token_parameter))
    error_message = "join_token_parameter must be an SSM parameter's name (/shop/prod/join-token) or a Secrets Manager secret's ARN."
  }
}

variable "webhook_url" {
  description = "Where the collector sends its alerts; such a URL is often a secret by itself. Used with colocate_collector; otherwise the collector's root has it. It ends up in user-data and state: prefer webhook_url_parameter."
  type        = string
  default     = ""
  sensitive   = true

  validation {
    condition     = var.webhook_url == "" || can(regex("^https://[^[:space:]]+$", var.webhook_url))
    error_message = "webhook_url must begin with https:// and have no spaces: https://pager.example/hook."
  }
}

variable "webhook_url_parameter" {
  description = "Where the hosts read it instead: the name of an SSM SecureString parameter, or the ARN of a Secrets Manager secret."
  type        = string
  default     = ""

  validation {
    condition     = var.webhook_url_parameter == "" || can(regex("^/?[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$", var.webhook_url_parameter)) || can(regex("^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+$", var.webhook_url_parameter))
    error_message = "webhook_url_parameter must be an SSM parameter's name (/shop/prod/webhook-url) or a Secrets Manager secret's ARN."
  }
}

variable "secrets_kms_key_arn" {
  description = "The customer managed KMS key of the *_parameter secrets; empty where AWS manages it (aws/ssm, aws/secretsmanager)."
  type        = string
  default     = ""

  validation {
    condition     = var.secrets_kms_key_arn == "" || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-z0-9-]+$", var.secrets_kms_key_arn))
    error_message = "secrets_kms_key_arn must be the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID), not of an alias."
  }
}

variable "timezone" {
  description = "The time zone that a co-located collector's alerts give beside UTC; empty for UTC alone."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*)?$", var.timezone)) && !can(regex("^(Etc/GMT.*[1-9]|Factory$|localtime$|posixrules$|posix/|right/)", var.timezone))
    error_message = "timezone must be a name of the time zone database: Europe/Berlin. Etc/GMT+2 is not taken: it is behind UTC."
  }
}

variable "faultline_package_url" {
  description = "Where the hosts download Faultline's packages, a tar of .deb files; empty for a stack without agents."
  type        = string
  default     = ""

  validation {
    condition     = var.faultline_package_url == "" || can(regex("^https://[^[:space:]]+$", var.faultline_package_url))
    error_message = "faultline_package_url must begin with https:// and have no spaces."
  }
}

variable "faultline_package_sha256" {
  description = "Its SHA-256; a package that differs is not installed."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([0-9a-f]{64})?$", var.faultline_package_sha256))
    error_message = "faultline_package_sha256 must be 64 hexadecimal digits in lower case, as sha256sum prints them."
  }
}

variable "enable_cloudwatch_agent" {
  description = "Whether the hosts may push logs and metrics to CloudWatch (CloudWatchAgentServerPolicy)."
  type        = bool
  default     = false
}

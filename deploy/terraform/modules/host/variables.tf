variable "name" {
  description = "The host's name, for example db-1."
  type        = string
}

variable "role" {
  description = "app, db or collector: which script of deploy/user-data it runs at its first start."
  type        = string
}

variable "name_prefix" {
  description = "What every name begins with, for example shop-prod."
  type        = string
}

variable "subnet_id" {
  description = "The subnet of its interface."
  type        = string
}

variable "private_ip" {
  description = "Its address in that subnet. Fixed, so that others can be told before it is there, and still after it was replaced."
  type        = string
}

variable "public" {
  description = "Whether it gets an Elastic IP."
  type        = bool
}

variable "security_group_id" {
  description = "Its security group."
  type        = string
}

variable "operating_system" {
  description = "debian-12 or ubuntu-24.04."
  type        = string
}

variable "ami_id" {
  description = "A certain image instead of the newest of operating_system; empty for the newest."
  type        = string
}

variable "instance_type" {
  description = "Its type. Types with Arm processors get an Arm image."
  type        = string
}

variable "root_volume_gb" {
  description = "The size of its disk."
  type        = number
}

variable "key_pair_name" {
  description = "An existing key pair for SSH; empty for none."
  type        = string
}

variable "enable_cloudwatch_agent" {
  description = "Whether its role may push logs and metrics to CloudWatch."
  type        = bool
}

variable "settings" {
  description = "What its script is told: shell variables by name, none of them secret."
  type        = map(string)
}

variable "secrets" {
  description = "Secrets that stand in the user-data itself: shell variables by name."
  type        = map(string)
}

variable "secret_sources" {
  description = "Secrets that the host reads at its first start: by the shell variable's name, the name of an SSM parameter or the ARN of a Secrets Manager secret."
  type        = map(string)
}

variable "secrets_kms_key_arn" {
  description = "The customer managed key that these are encrypted with; empty for the AWS managed ones."
  type        = string
}

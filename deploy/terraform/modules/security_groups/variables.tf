variable "name_prefix" {
  description = "What every name begins with, for example shop-prod."
  type        = string
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

variable "create" {
  description = "Groups of rules.json to create here, for example [\"sg-flask\", \"sg-db\"]."
  type        = set(string)
}

variable "existing" {
  description = "Groups of rules.json that another root has created: their ids by name."
  type        = map(string)
  default     = {}
}

variable "stand_ins" {
  description = "Groups of rules.json that one created here stands for: {\"sg-collector\" = \"sg-flask\"} when both live on one host."
  type        = map(string)
  default     = {}
}

variable "cidrs" {
  description = "What the peers var.NAME of rules.json stand for: lists of IPv4 ranges by NAME. An empty list makes no rule."
  type        = map(list(string))
}

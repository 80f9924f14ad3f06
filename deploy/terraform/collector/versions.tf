terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # 6.10 brought primary_network_interface, which the hosts use.
      version = "~> 6.0, >= 6.10.0"
    }
  }
}

provider "aws" {
  region = var.aws_region

  default_tags {
    tags = {
      Stack       = var.stack_name
      Environment = var.environment
      ManagedBy   = "terraform, deploy/terraform/collector"
    }
  }
}

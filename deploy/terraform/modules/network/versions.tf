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

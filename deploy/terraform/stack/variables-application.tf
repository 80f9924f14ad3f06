variable "flask_allowed_cidr" {
  description = "Who may use the site by HTTPS."
  type        = string
  default     = "0.0.0.0/0"

  validation {
    condition     = alltrue([for range in compact(split(",", var.flask_allowed_cidr)) : try("${cidrhost(trimspace(range), 0)}/${split("/", trimspace(range))[1]}" == trimspace(range) && can(cidrnetmask(trimspace(range))), false)])
    error_message = "flask_allowed_cidr must be an IPv4 range, or several separated by commas, each with its first address and its length: 203.0.113.0/24."
  }
}

variable "ssh_allowed_cidr" {
  description = "Who may use SSH on the public hosts; empty for nobody."
  type        = string
  default     = ""

  validation {
    condition     = alltrue([for range in compact(split(",", var.ssh_allowed_cidr)) : try("${cidrhost(trimspace(range), 0)}/${split("/", trimspace(range))[1]}" == trimspace(range) && can(cidrnetmask(trimspace(range))), false)])
    error_message = "ssh_allowed_cidr must be an IPv4 range, or several separated by commas, each with its first address and its length: 198.51.100.25/32."
  }

  validation {
    condition     = alltrue([for range in compact(split(",", var.ssh_allowed_cidr)) : !endswith(trimspace(range), "/0")])
    error_message = "ssh_allowed_cidr must not be the whole Internet. Name your own address (198.51.100.25/32), or leave it empty and use Session Manager."
  }
}

variable "db_ssh_allowed_cidr" {
  description = "Who may use SSH on the database host, over a VPN or a peered network: there is no way in from the Internet. Empty for nobody."
  type        = string
  default     = ""

  validation {
    condition     = alltrue([for range in compact(split(",", var.db_ssh_allowed_cidr)) : try("${cidrhost(trimspace(range), 0)}/${split("/", trimspace(range))[1]}" == trimspace(range) && can(cidrnetmask(trimspace(range))), false)])
    error_message = "db_ssh_allowed_cidr must be an IPv4 range, or several separated by commas, each with its first address and its length: 10.8.0.0/24."
  }

  validation {
    condition     = alltrue([for range in compact(split(",", var.db_ssh_allowed_cidr)) : !endswith(trimspace(range), "/0")])
    error_message = "db_ssh_allowed_cidr must not be the whole Internet. Name your own address (198.51.100.25/32), or leave it empty and use Session Manager."
  }
}

variable "ip_allowlist" {
  description = "Whom nginx lets in, besides what flask_allowed_cidr already refuses; empty for everybody."
  type        = string
  default     = ""

  validation {
    condition     = alltrue([for range in compact(split(",", var.ip_allowlist)) : try("${cidrhost(trimspace(range), 0)}/${split("/", trimspace(range))[1]}" == trimspace(range) && can(cidrnetmask(trimspace(range))), false)])
    error_message = "ip_allowlist must be an IPv4 range, or several separated by commas, each with its first address and its length: 203.0.113.5/32,198.51.100.25/32."
  }
}

variable "app_repo_url" {
  description = "The git repository of the application."
  type        = string

  validation {
    condition     = can(regex("^(https://|ssh://|git@[A-Za-z0-9.-]+:)[^[:space:]]+$", var.app_repo_url))
    error_message = "app_repo_url must be the URL of a git repository: https://github.com/your-org/your-app.git."
  }

  validation {
    condition     = !can(regex("^https://[^/]*@", var.app_repo_url))
    error_message = "app_repo_url must hold no user or token: it would be readable in plans, state and on the host. Use a deploy key."
  }
}

variable "domain_name" {
  description = "The site's public name. With acme_email as well, Certbot gets a certificate for it."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63})?$", var.domain_name))
    error_message = "domain_name must be a name in lower case without https:// and path: app.example.com."
  }
}

variable "acme_email" {
  description = "Whom the certificate authority writes to before a certificate expires."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([^@[:space:]]+@[^@[:space:]]+\\.[^@[:space:]]+)?$", var.acme_email))
    error_message = "acme_email must be an e-mail address: admin@example.com."
  }
}

variable "acme_server" {
  description = "The directory of another ACME server: Let's Encrypt's staging one, or your own; empty for Let's Encrypt."
  type        = string
  default     = ""

  validation {
    condition     = var.acme_server == "" || can(regex("^https://[^[:space:]]+$", var.acme_server))
    error_message = "acme_server must begin with https:// and have no spaces."
  }
}

variable "flask_instance_type" {
  description = "The instance type of the application host. Types with Arm processors get an Arm image."
  type        = string
  default     = "t3.micro"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*\\.[a-z0-9-]+$", var.flask_instance_type))
    error_message = "flask_instance_type must be an EC2 instance type such as t3.micro."
  }
}

variable "flask_volume_gb" {
  description = "The size of the application host's encrypted disk in GiB."
  type        = number
  default     = 16

  validation {
    condition     = var.flask_volume_gb >= 8 && var.flask_volume_gb <= 16384 && floor(var.flask_volume_gb) == var.flask_volume_gb
    error_message = "flask_volume_gb must be a whole number of GiB from 8 to 16384."
  }
}

variable "mysql_instance_type" {
  description = "The instance type of the database host. Types with Arm processors get an Arm image."
  type        = string
  default     = "t3.small"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*\\.[a-z0-9-]+$", var.mysql_instance_type))
    error_message = "mysql_instance_type must be an EC2 instance type such as t3.small."
  }
}

variable "mysql_volume_gb" {
  description = "The size of the database host's encrypted disk in GiB."
  type        = number
  default     = 20

  validation {
    condition     = var.mysql_volume_gb >= 8 && var.mysql_volume_gb <= 16384 && floor(var.mysql_volume_gb) == var.mysql_volume_gb
    error_message = "mysql_volume_gb must be a whole number of GiB from 8 to 16384."
  }
}

variable "db_name" {
  description = "The application's database."
  type        = string
  default     = "appdb"

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,31}$", var.db_name))
    error_message = "db_name must be 1 to 32 lower-case letters, digits and underscores, and begin with a letter: appdb."
  }
}

variable "db_user" {
  description = "The application's user in MySQL."
  type        = string
  default     = "appuser"

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,31}$", var.db_user))
    error_message = "db_user must be 1 to 32 lower-case letters, digits and underscores, and begin with a letter: appuser."
  }
}

variable "db_allowed_host_pattern" {
  description = "From which hosts MySQL lets db_user log in, in MySQL's pattern; empty for the application's subnet."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^[0-9A-Za-z.%_/-]{0,60}$", var.db_allowed_host_pattern))
    error_message = "db_allowed_host_pattern must be a host pattern of MySQL: 10.0.1.%, or 10.0.0.0/255.255.0.0."
  }

  validation {
    condition     = var.db_allowed_host_pattern != "%"
    error_message = "db_allowed_host_pattern must not be % (every host). Leave it empty for the application's subnet."
  }
}

variable "db_password" {
  description = "The password of db_user. It ends up in user-data and state: prefer db_password_parameter."
  type        = string
  default     = ""
  sensitive   = true

  validation {
    condition     = var.db_password == "" || can(regex("^[^[:cntrl:]]{12,128}$", var.db_password))
    error_message = "db_password must have 12 to 128 characters and no line breaks or other control characters. To keep it out of user-data, use db_password_parameter."
  }
}

variable "db_password_parameter" {
  description = "Where the hosts read it instead: the name of an SSM SecureString parameter, or the ARN of a Secrets Manager secret."
  type        = string
  default     = ""

  validation {
    condition     = var.db_password_parameter == "" || can(regex("^/?[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$", var.db_password_parameter)) || can(regex("^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+$", var.db_password_parameter))
    error_message = "db_password_parameter must be an SSM parameter's name (/shop/prod/db-password) or a Secrets Manager secret's ARN."
  }
}

variable "db_monitor_password" {
  description = "The password of the user with which the agents look into MySQL; without it they watch from outside. It ends up in user-data and state: prefer db_monitor_password_parameter."
  type        = string
  default     = ""
  sensitive   = true

  validation {
    condition     = var.db_monitor_password == "" || can(regex("^[^[:cntrl:]]{12,128}$", var.db_monitor_password))
    error_message = "db_monitor_password must have 12 to 128 characters and no line breaks or other control characters."
  }
}

variable "db_monitor_password_parameter" {
  description = "Where the hosts read it instead: the name of an SSM SecureString parameter, or the ARN of a Secrets Manager secret."
  type        = string
  default     = ""

  validation {
    condition     = var.db_monitor_password_parameter == "" || can(regex("^/?[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$", var.db_monitor_password_parameter)) || can(regex("^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+$", var.db_monitor_password_parameter))
    error_message = "db_monitor_password_parameter must be an SSM parameter's name (/shop/prod/db-monitor-password) or a Secrets Manager secret's ARN."
  }
}

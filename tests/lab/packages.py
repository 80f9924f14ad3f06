"""What is installed into the hosts' cached file systems, by layer. Changing a list rebuilds it."""

# What debootstrap itself puts in: enough for a host that boots with its own systemd.
BOOTSTRAP = ("systemd", "systemd-sysv", "dbus", "ca-certificates")

# What the hosts' user-data installs on EC2: here it is there already, since the lab has no network. Beside it cloud-init,
# which every cloud image has, an ACME server, and the tools that the runbook's troubleshooting playbook uses.
STACK = (
    "cloud-init",
    "default-mysql-server",
    "default-mysql-client",
    "nginx",
    "gunicorn",
    "python3-flask",
    "python3-sqlalchemy",
    "python3-pymysql",
    "python3-cryptography",
    "certbot",
    "python3-certbot-nginx",
    "git",
    "pebble",
    "libfaketime",
    "iproute2",
    "iptables",
    "nftables",
    "iputils-ping",
    "netcat-openbsd",
    "curl",
    "less",
    "openssl",
    "procps",
    "sudo",
)

# What Faultline's packages depend on.
RUNTIME = (
    "libc-ares2",
    "libcurl4",
    "libmariadb3",
    "libsqlite3-0",
    "libssl3",
    "libsystemd0",
    "zlib1g",
)

# Kept in the hosts as a file, so that it can be upgraded there (to itself: every script runs).
UPGRADE = "mariadb-server"
UPGRADE_DIR = "/var/cache/upgrade"

# The peers that the benchmarks measure beside Faultline (a layer of its own over the base).
PEERS = (
    "monit",
    "prometheus",
    "prometheus-alertmanager",
    "prometheus-blackbox-exporter",
    "prometheus-mysqld-exporter",
    "prometheus-node-exporter",
    "zabbix-agent2",
)

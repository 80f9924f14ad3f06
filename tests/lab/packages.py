"""What is installed into the hosts' cached file systems, by layer. Changing a list rebuilds it."""

# What debootstrap itself puts in: enough for a host that boots with its own systemd.
BOOTSTRAP = ("systemd", "systemd-sysv", "dbus", "ca-certificates")

# The stack of the runbook, and the tools that its troubleshooting playbook uses.
STACK = (
    "default-mysql-server",
    "nginx-light",
    "gunicorn",
    "python3-flask",
    "python3-sqlalchemy",
    "python3-pymysql",
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

# What the agent and the collector may be linked to at run time.
RUNTIME = (
    "libabsl20220623",
    "libcurl4",
    "libgrpc++1.51",
    "libmysqlcppconn7v5",
    "libprometheus-cpp-core1.0",
    "libprotobuf32",
    "libre2-9",
    "libsqlite3-0",
    "libssl3",
    "libsystemd0",
    "libyaml-cpp0.7",
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

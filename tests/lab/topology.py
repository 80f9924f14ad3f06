"""The stack of the runbook as data: subnets, hosts, addresses. Everything else is built from it."""

import dataclasses

STACK = "shop"
ENV = "prod"
AGENT_PORT = 7443
ENROLMENT_PORT = 7444
HTTP_PORT = 7480
WEBHOOK_PORT = 9099
MYSQL_PORT = 3306
SITE_NAME = "app.example.com"
ACME_NAME = "acme.example.com"
NETWORK = "10.0.0.0/16"


@dataclasses.dataclass(frozen=True)
class Subnet:
    """One subnet of the VPC, or the world outside: a bridge in the router's namespace, which holds the gateway."""
    name: str
    network: str   # as ADDRESS/LENGTH
    gateway: str

    @property
    def prefix_length(self):
        return self.network.split("/")[1]


@dataclasses.dataclass(frozen=True)
class Host:
    """One host with its own systemd. `name` is for typing, `hostname` is what it is called."""
    name: str
    role: str
    address: str
    subnet: Subnet

    @property
    def hostname(self):
        return f"{self.name}-1"


PUBLIC = Subnet("public", "10.0.1.0/24", "10.0.1.1")
PRIVATE = Subnet("private", "10.0.2.0/24", "10.0.2.1")
# A range for documentation: there only inside the lab's namespaces, like every other one.
INTERNET = Subnet("internet", "203.0.113.0/24", "203.0.113.1")
SUBNETS = (PUBLIC, PRIVATE, INTERNET)

APP = Host("app", "app", "10.0.1.10", PUBLIC)
DB = Host("db", "db", "10.0.2.10", PRIVATE)
COLLECTOR = Host("collector", "collector", "10.0.1.20", PUBLIC)
HOSTS = (APP, DB, COLLECTOR)

# Somebody in the world: a network namespace without a system of its own.
OUTSIDE = Host("outside", "outside", "203.0.113.10", INTERNET)


def find_host(name):
    """The host of that name (`db`) or host name (`db-1`); raises KeyError for an unknown one."""
    for host in HOSTS:
        if name in (host.name, host.hostname):
            return host
    known = ", ".join(host.name for host in HOSTS)
    raise KeyError(f"there is no host '{name}' in the lab; there are: {known}")


def hosts_file():
    """The text of /etc/hosts, the same on every host: each one has forward and reverse names."""
    lines = ["127.0.0.1 localhost"]
    lines += [f"{host.address} {host.hostname} {host.name}" for host in HOSTS]
    lines += [f"{APP.address} {SITE_NAME}", f"{OUTSIDE.address} {ACME_NAME}"]
    return "\n".join(lines) + "\n"

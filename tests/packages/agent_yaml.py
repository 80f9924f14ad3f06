"""An agent's configuration that uses every right that its unit gives it (pure data)."""

DEMO = "demo.service"

# A service to watch and to stop. Its journal is what the log check reads.
DEMO_UNIT = """[Unit]
Description=A service to watch
[Service]
ExecStart=/bin/sh -c 'echo begun; exec sleep infinity'
[Install]
WantedBy=multi-user.target
"""

# check: the right, or the hole in the sandbox, that it needs.
NEEDS = {
    f"unit:{DEMO}": "D-Bus",
    "listener:7443": "netlink, and the processes of others",
    "port:127.0.0.1:3306": "CAP_NET_RAW: half-open",
    "port:127.0.0.1:7480": "sockets",
    "ping:127.0.0.1": "CAP_NET_RAW",
    "route:127.0.0.1": "netlink",
    "firewall:7443": "CAP_NET_ADMIN, and the nft program as a child",
    f"log:{DEMO}": "group systemd-journal",
    "log:/var/log/of-adm.log": "group adm",
    "clock:system": "adjtimex",
    "disk:/": "statvfs",
    "memory:system": "/proc/meminfo",
    "load:system": "/proc/loadavg, /proc/pressure",
    "http:http://127.0.0.1:7480/healthz": "sockets",
}


def text():
    """agent.yaml of a host that is its own collector's."""
    lines = ["collector: {address: 127.0.0.1:7443}", "join: {token_file: /etc/faultline/join-token}", "checks:"]
    for check in NEEDS:
        kind, target = check.split(":", 1)
        lines.append(f'  - {{kind: {kind}, target: "{target}"{_OPTIONS.get(check, "")}}}')
    return "\n".join(lines) + "\n"


_OPTIONS = {"listener:7443": ", unit: faultline-collector.service"}

"""What the router lets through: the security groups of deploy/terraform, in nftables' words (pure).

The table is Terraform's own, rules.json. As in a VPC a connection has to be let out by the group it comes
from and in by the group it goes to; answers follow by themselves. A host without a group is the world.
"""

import ipaddress
import json
from pathlib import Path

from topology import APP, COLLECTOR, DB, HOSTS, NETWORK, PRIVATE

_RULES = (Path(__file__).resolve().parents[2]
          / "deploy/terraform/modules/security_groups/rules.json")
_GROUPS = {"sg-flask": (APP,), "sg-db": (DB,), "sg-collector": (COLLECTOR,)}

# The variables that rules name. No SSH, as by default.
_RANGES = {"flask_allowed_cidr": ["0.0.0.0/0"], "ssh_allowed_cidr": [], "db_ssh_allowed_cidr": []}


def rules():
    return json.loads(_RULES.read_text(encoding="utf-8"))["rules"]


def ruleset(table=None):
    """The router's whole ruleset.

    The chain `cuts` is where failures put their drops, `security_groups` where more is let in.
    """
    table = rules() if table is None else table
    grouped = _set(host.address for group in _GROUPS.values() for host in group)
    return "\n".join([
        "table inet faultline {",
        "  chain cuts { type filter hook forward priority filter - 10; policy accept; }",
        "  chain let_out {", *_lines(table, "egress"), f"    ip saddr != {grouped} return",
        "    drop", "  }",
        "  chain security_groups {", *_lines(table, "ingress"),
        f"    ip daddr != {grouped} accept", "  }",
        "  chain forward {",
        "    type filter hook forward priority filter; policy drop;",
        "    ct state established,related accept",
        "    jump let_out", "    jump security_groups", "  }",
        # The NAT gateway: a way out for the private subnet, and none in.
        "  chain nat_gateway {",
        "    type nat hook postrouting priority srcnat; policy accept;",
        f"    ip saddr {PRIVATE.network} ip daddr != {NETWORK} masquerade", "  }",
        "}", ""])


def _lines(table, direction):
    """The rules of one direction, one line for each range that a rule's peer stands for."""
    own, other, verdict = (("daddr", "saddr", "accept") if direction == "ingress"
                           else ("saddr", "daddr", "return"))
    lines = []
    for rule in table:
        if rule["direction"] != direction:
            continue
        members = _set(host.address for host in _GROUPS[rule["group"]])
        for peer in _peers(rule["peer"]):
            lines.append(f"    ip {own} {members} ip {other} {peer} {_what(rule)}{verdict} "
                         f"comment \"{rule['name']}\"")
    return lines


def _peers(peer):
    if peer in _GROUPS:
        return [_set(host.address for host in _GROUPS[peer])]
    if peer.startswith("var."):
        return _RANGES[peer.removeprefix("var.")]
    return [str(ipaddress.ip_network(peer))]


def _what(rule):
    protocol, first, last = rule["protocol"], rule["from_port"], rule["to_port"]
    if protocol == "-1":
        return ""
    if protocol == "icmp":
        return f"icmp type {first} " if first != -1 else "ip protocol icmp "
    return f"{protocol} dport {first if first == last else f'{first}-{last}'} "


def _set(addresses):
    known = {host.address for host in HOSTS}
    return "{ " + ", ".join(sorted(known & set(addresses))) + " }"

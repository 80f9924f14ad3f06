"""What the router lets through: the runbook's security groups, in nftables' words (pure text).

Only traffic between subnets passes here; hosts of one subnet reach each other over its bridge.
"""

from topology import AGENT_PORT, APP, COLLECTOR, DB, MYSQL_PORT


def ruleset():
    """The router's whole ruleset. The chain `cuts` is where failures put their drops."""
    app_to_database = f"ip saddr {APP.address} ip daddr {DB.address} tcp dport {MYSQL_PORT}"
    return f"""\
table inet faultline {{
  chain cuts {{
    type filter hook forward priority filter - 10; policy accept;
  }}
  chain security_groups {{
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    meta l4proto icmp accept
    {app_to_database} accept comment "sg-db: 3306 from sg-flask"
    ip daddr {COLLECTOR.address} tcp dport {AGENT_PORT} accept comment "sg-collector: agents"
    ip daddr {APP.address} tcp dport {{ 80, 443 }} accept comment "sg-flask: the site"
  }}
}}
"""

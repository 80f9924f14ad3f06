"""The runbook's second failure: a firewall rule on the database's host drops its port."""

from .fault import Fault

FAULT = Fault(
    name="db-drop",
    host="db",
    inject="iptables -A INPUT -p tcp --dport 3306 -j DROP",
    restore="iptables -D INPUT -p tcp --dport 3306 -j DROP",
    subject="database",
    reasons=("DROP_RULE",),
    expected_cause="HOST_FIREWALL_DROP",
)

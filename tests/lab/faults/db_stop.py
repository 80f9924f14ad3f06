"""The runbook's first failure: somebody stops the database."""

from .fault import Fault

FAULT = Fault(
    name="db-stop",
    host="db",
    inject="systemctl stop mysql",
    restore="systemctl start mysql",
    subject="database",
    reasons=("UNIT_STOPPING", "UNIT_INACTIVE"),
    expected_cause="SERVICE_STOPPED",
)

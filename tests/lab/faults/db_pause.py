"""The database hangs: its process is there, its port is open, it answers nobody."""

from .fault import Fault

FAULT = Fault(
    name="db-pause",
    host="db",
    inject="kill -STOP $(pidof mariadbd)",
    restore="kill -CONT $(pidof mariadbd)",
    subject="database",
    reasons=("NO_GREETING",),
    expected_cause="SERVICE_HUNG",
    notify_within_ms=10_000,   # Silence is believed only after a login's deadline, twice.
)

"""What a failure is: how it is made and undone, and what Faultline is expected to say of it."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Fault:
    """One failure of the runbook, as a person makes it."""
    name: str
    host: str                  # where the commands are typed
    inject: str                # the command line that breaks something
    restore: str               # the command line that mends it
    subject: str               # the incident's subject
    reasons: tuple             # the reasons that the message may name
    expected_cause: str
    expected_events: tuple = ("opened", "resolved")   # the messages of that incident, in order
    notify_within_ms: float = 1000

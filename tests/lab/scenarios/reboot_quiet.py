"""A reboot of the database's host sends nothing, and is told as what it is.

systemd itself takes the host down and brings it up again; the agent has only the time that systemd
gives it to say so.
"""

import time

from scenario import expect, expect_silence

_AFTERWARDS = 5   # Seconds of listening after all is well again.


def run(lab, say, rng):
    db, before = lab.machine("db"), lab.pager.count()
    started = db.go_down("reboot") / 1e9
    seen = {check["kind"]: check for check in lab.api.checks()
            if check.get("host") == "db-1" and check["kind"] in ("unit", "agent")}
    say(f"  down after {time.monotonic() - started:.1f} s; "
        + "; ".join(check.get("detail", "") for check in seen.values()))
    for kind in ("unit", "agent"):
        check = seen.get(kind, {})
        expect(check.get("reason") == "HOST_STOPPING" and "reboot" in check.get("detail", ""),
               f"the {kind} check does not tell of the reboot: {check}")
    db.start()
    db.wait_booted()
    lab.wait_all_well()
    say(f"  all is well again after {time.monotonic() - started:.1f} s")
    expect_silence(lab, before, _AFTERWARDS)

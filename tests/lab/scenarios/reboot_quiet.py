"""A reboot of the database's host sends nothing, and is told as what it is.

systemd itself takes the host down and brings it up again; the agent has only the time that systemd
gives it to say so.
"""

import time

import judge
from scenario import expect

_AFTERWARDS = 5   # Seconds of listening after all is well again.


def run(lab, say, rng):
    db, before = lab.machine("db"), lab.pager.count()
    started = time.monotonic()
    db.shell.send("systemctl reboot")
    db.wait_down()
    seen = {check["kind"]: check for check in lab.api.checks()
            if check.get("host") == "db-1" and check["kind"] in ("unit", "agent")}
    say(f"  down after {time.monotonic() - started:.1f} s; "
        + "; ".join(f"{kind}: {check.get('reason')}, {check.get('detail')}"
                    for kind, check in sorted(seen.items())))
    for kind, check in seen.items():
        expect(check.get("reason") == "HOST_STOPPING" and "rebooting" in check.get("detail", ""),
               f"the {kind} check does not tell of the reboot: {check}")
    expect(len(seen) == 2, f"the checks of db-1 were only {sorted(seen)}")
    db.start()
    db.wait_booted()
    lab.wait_all_well()
    say(f"  all is well again after {time.monotonic() - started:.1f} s")
    time.sleep(_AFTERWARDS)
    messages = lab.pager.messages(before)
    expect(not messages, f"{len(messages)} messages came: {[judge.describe(m) for m in messages]}")

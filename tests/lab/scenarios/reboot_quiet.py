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
    started = db.go_down("reboot") / 1e9
    agent = [check for check in lab.api.checks()
             if check.get("kind") == "agent" and check.get("host") == "db-1"]
    say(f"  down after {time.monotonic() - started:.1f} s; {agent[0].get('detail')}")
    expect(agent[0].get("reason") == "HOST_STOPPING" and "rebooting" in agent[0].get("detail", ""),
           f"the agent's goodbye did not tell of the reboot: {agent}")
    db.start()
    db.wait_booted()
    lab.wait_all_well()
    say(f"  all is well again after {time.monotonic() - started:.1f} s")
    time.sleep(_AFTERWARDS)
    messages = lab.pager.messages(before)
    expect(not messages, f"{len(messages)} messages came: {[judge.describe(m) for m in messages]}")

"""A restart whose start fails pages at once, in spite of the restart's grace."""

import judge
from command import CommandFailed
from scenario import expect

_DROP_IN = "/run/systemd/system/mariadb.service.d/fails.conf"
_LIMIT_MS = 1000


def run(lab, say, rng):
    db, pager = lab.machine("db"), lab.pager
    db.run(["mkdir", "-p", _DROP_IN.rpartition("/")[0]])
    db.run(["tee", _DROP_IN], input_text="[Service]\nExecStartPre=/bin/false\n")
    db.run(["systemctl", "daemon-reload"])
    before = pager.count()
    started_ns = db.shell.send("systemctl restart mysql")
    try:
        db.shell.finish()
    except CommandFailed as error:
        say(f"  as intended: {error}")
    opening = pager.wait_for(lambda m: judge.is_opening(m, "database"), before, timeout=15)
    expect(opening, "no message came within 15 s")
    took_ms = (opening["arrived_ns"] - started_ns) / judge.NS_PER_MS
    say(f"  paged after {took_ms:.1f} ms: {judge.describe(opening)}")
    expect(took_ms <= _LIMIT_MS, f"the message came after {took_ms:.0f} ms")
    expect(opening["body"].get("reason") in ("UNIT_FAILED", "UNIT_CRASH_LOOP"),
           f"the message does not say that the unit failed: {judge.describe(opening)}")
    db.run(["rm", _DROP_IN])
    db.run(["systemctl", "daemon-reload"])
    db.shell.type("systemctl start mysql")
    expect(pager.wait_for(lambda m: judge.is_resolution(m, opening), before, timeout=60),
           "it was not resolved within 60 s of the start")
    kinds = [m["body"].get("event") for m in pager.messages(before)]
    expect(kinds == ["opened", "resolved"], f"these messages came: {kinds}")

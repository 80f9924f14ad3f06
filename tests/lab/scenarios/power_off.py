"""A host that is powered off pages when its grace is over, and the message says what it is."""

import re
import time

import judge
from scenario import expect

_GRACE = 6
_COLLECTOR = "/etc/faultline/collector.yaml"


def run(lab, say, rng):
    collector, db, pager = lab.machine("collector"), lab.machine("db"), lab.pager
    text = collector.run(["cat", _COLLECTOR]).stdout
    text, changed = re.subn(r"(\breboot\W+)5m", rf"\g<1>{_GRACE}s", text)
    if not changed:
        text += f"\ngrace: {{reboot: {_GRACE}s}}\n"
    collector.run(["tee", _COLLECTOR], input_text=text)
    collector.run(["systemctl", "restart", "faultline-collector"])
    before = lab.wait_all_well()
    started_ns = db.go_down("poweroff")
    opening = pager.wait_for(lambda m: judge.is_opening(m, "agent db-1"), before, timeout=60)
    expect(opening, "no message came within 60 s")
    took_s = (opening["arrived_ns"] - started_ns) / 1e9
    body = opening["body"]
    say(f"  paged after {took_s:.1f} s: {judge.describe(opening)}")
    expect(took_s >= _GRACE, f"the message came within the grace of {_GRACE} s")
    expect(body.get("reason") == "HOST_STOPPING", f"its reason is {body.get('reason')}")
    expect("host db-1 was powered off, and the database with it" in str(body), f"it does not say that the host was powered off: {body}")
    agent = [check for check in lab.api.checks()
             if check.get("kind") == "agent" and check.get("host") == "db-1"]
    expect(len(agent) == 1 and "powered off" in agent[0].get("detail", ""),
           f"the agent's own check says {agent}")
    db.start()
    db.wait_booted()
    expect(pager.wait_for(lambda m: judge.is_resolution(m, opening), before, timeout=60),
           "it was not resolved within 60 s of the host's return")
    lab.wait_all_well()
    time.sleep(1)
    lost = [judge.describe(m) for m in pager.messages(before) if m["body"].get("event") == "opened"]
    say(f"  opened in all: {lost}")

"""kill -9 of the collector while the pager holds back its answer: delivered after the restart.

The message comes again, because the collector cannot know that it had arrived, and under the same
deduplication key, so that a person is paged once.
"""

import judge
from scenario import expect


def run(lab, say, rng):
    db, collector, pager = lab.machine("db"), lab.machine("collector"), lab.pager
    before = pager.count()
    pager.hold()
    db.shell.send("systemctl stop mysql")
    first = pager.wait_for(lambda m: judge.is_opening(m, "database"), before, timeout=10)
    db.shell.finish()
    expect(first, "no message came within 10 s of the stop")
    pid = collector.run(["systemctl", "show", "-P", "MainPID",
                         "faultline-collector"]).stdout.strip()
    say(f"  the pager has the message and keeps its answer; kill -9 {pid}")
    collector.run(["kill", "-9", pid])
    pager.release()
    # A connection that was killed may have left copies behind; what counts comes after the kill.
    after = pager.count()
    collector.run(["systemctl", "restart", "faultline-collector"])
    again = pager.wait_for(lambda m: judge.is_opening(m, "database"), after, timeout=30)
    expect(again, "after the restart the message did not come within 30 s")
    say(f"  delivered again, {judge.describe(again)}")
    key = first["body"]["dedup_key"]
    expect(again["body"]["dedup_key"] == key,
           f"the key was {key} and is now {again['body']['dedup_key']}")
    expect(again["idempotency_key"] == first["idempotency_key"],
           f"the Idempotency-Key changed from {first['idempotency_key']} to "
           f"{again['idempotency_key']}")
    db.shell.type("systemctl start mysql")
    expect(pager.wait_for(lambda m: judge.is_resolution(m, first), after, timeout=60),
           "it was not resolved within 60 s of the start")
    lab.wait_all_well()
    # Its own crash is an incident of the collector's host, told afterwards: that is as it should be.
    others = [judge.describe(m) for m in pager.messages(before)
              if m["body"].get("dedup_key") != key
              and m["body"].get("subject") != "faultline-collector.service on collector-1"]
    expect(not others, f"messages came under other keys: {others}")

"""Another instance takes over a name once the old one is gone, and is refused while that one lives."""

import time

import join_by_hand
import replacement
from scenario import expect


_SETTLING = 60   # Seconds after a join in which nobody takes a name over.


def run(lab, say, rng):
    started = time.monotonic()
    app, host = lab.machine("app"), lab.machine("db").host
    token = app.run(["cat", join_by_hand.TOKEN_FILE]).stdout
    code, words = join_by_hand.join(app, host.hostname, host.role, token)
    say(f"  a second {host.hostname} while the first lives: {words}")
    expect(code == join_by_hand.REFUSED and "is connected" in words, f"it ended with {code}: {words}")
    serial = _certificate(lab, host)
    time.sleep(max(0, _SETTLING - (time.monotonic() - started)))
    before = lab.pager.count()
    replacement.pull_the_plug(lab, "db")
    say("  db-1 is terminated, and created anew")
    replacement.another(lab, "db").wait_booted(timeout=120)
    lab.wait_site_works(timeout=60)
    lab.wait_all_well(timeout=120)
    expect(_certificate(lab, host) != serial, "the new instance goes on with the old certificate")
    texts = [str(message["body"].get("text", "")).splitlines()[:1] for message in lab.pager.messages(before)]
    say(f"  all is well again; the pager was told: {texts}")


def _certificate(lab, host):
    return next(each.get("certificate_not_after") for each in lab.api.hosts()
                if each["name"] == host.hostname)

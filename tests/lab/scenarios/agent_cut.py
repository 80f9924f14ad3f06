"""An agent that was cut off during an outage leaves both its ends in the timeline, at true times.

db-1 cannot reach the collector for a minute; meanwhile the database is stopped and started.
"""

import datetime
import time

import network
from scenario import expect
from topology import COLLECTOR, DB

_CUT_SECONDS = 60
_TOLERANCE = 1.0   # Seconds between the command and the time that the timeline gives.


def run(lab, say, rng):
    shell = lab.machine("db").shell
    network.cut(lab.id, DB, COLLECTOR)
    cut_at = time.monotonic()
    say("  db-1 is cut off from the collector")
    time.sleep(rng.uniform(5, 10))
    stopped_at = time.time()
    shell.type("systemctl stop mysql")
    time.sleep(rng.uniform(15, 20))
    started_at = time.time()
    shell.type("systemctl start mysql")
    say(f"  stopped and started meanwhile; {_CUT_SECONDS} s are not over yet")
    time.sleep(max(0, _CUT_SECONDS - (time.monotonic() - cut_at)))
    network.mend(lab.id)
    say("  connected again")
    lab.wait_all_well(timeout=90)
    entries = _unit_entries(lab)
    for entry in entries:
        words = [str(entry.get(key, "")) for key in ("at", "kind", "state", "reason")]
        say("  " + " ".join(words) + (" (late)" if entry.get("late") else ""))
    stop = [e for e in entries if _near(e, stopped_at) and e.get("state") == "STATE_CRITICAL"]
    # On a busy machine the server takes longer than that until it is up: that its start begins counts too.
    start = [e for e in entries if _near(e, started_at)
             and (e.get("state") == "STATE_OK" or e.get("reason") == "UNIT_STARTING")]
    expect(stop, f"no timeline has the stop at its true time ({_shown(stopped_at)})")
    expect(start, f"no timeline has the start at its true time ({_shown(started_at)})")


def _unit_entries(lab):
    """What db-1 said of its database, from the timelines of all incidents, by time."""
    entries = []
    for incident in lab.api.incidents():
        timeline = lab.api.incident(incident["id"]).get("timeline", [])
        entries += [e for e in timeline if e.get("host") == DB.hostname
                    and e.get("check", "").startswith("unit:")]
    return sorted(entries, key=lambda entry: entry.get("at", ""))


def _near(entry, wall):
    at = entry.get("at")
    if not at:
        return False
    # RFC 3339 with up to nine decimals and a Z, of which fromisoformat takes only six.
    whole, _, rest = at.rstrip("Z").partition(".")
    when = datetime.datetime.fromisoformat(f"{whole}.{(rest + '000000')[:6]}+00:00")
    return abs(when.timestamp() - wall) <= _TOLERANCE


def _shown(wall):
    return datetime.datetime.fromtimestamp(wall, datetime.timezone.utc).isoformat()

"""`faultline stack verify` is all green on a stack that is well, and names the rows that are not.

The runbook's testing checklist, on hosts that user-data has installed. The network that must keep the database from
others is really opened once, by the router.
"""

import json
import time

from scenario import expect

_PASS, _FAIL = "STATE_PASS", "STATE_FAIL"


def run(lab, say, rng):
    code, rows = _verify_with_clean_logs(lab)
    for row in rows:
        say(f"  {row['state']:<12} {row['name']:<20} {row['host']:<12} {row['seen']}")
    expect(code == 0, f"it ended with {code}")
    expect(rows and all(row["state"] == _PASS for row in rows), "not every row passes")
    seen_from = {(row["name"], row["host"]) for row in rows}
    for wanted in (("DB is private", "collector-1"), ("DB connectivity", "app-1"), ("System logs", "db-1")):
        expect(wanted in seen_from, f"there is no row {wanted}")

    time.sleep(1)   # Asked within a second, it would be told of the same look.
    app = lab.machine("app")
    app.shell.type("systemctl stop flask-app")
    code, rows = _verify(lab)
    failed = {row["name"] for row in rows if row["state"] == _FAIL}
    say(f"  with flask-app stopped: exit {code}, {', '.join(sorted(failed))} fail")
    expect(code == 4 and "Flask health" in failed and "Port check" not in failed,
           f"with flask-app stopped it ended with {code}: {rows}")
    app.shell.type("systemctl start flask-app")


def _verify_with_clean_logs(lab):
    # Hosts come up in any order: an application that asked for its database too early has said so in an error line,
    # which the log check keeps for its minute.
    deadline = time.monotonic() + 80
    while True:
        code, rows = _verify(lab)
        dirty = [row for row in rows if row["name"] == "App logs" and row["state"] == _FAIL]
        if not dirty or time.monotonic() > deadline:
            return code, rows
        time.sleep(2)


def _verify(lab):
    done = lab.machine("collector").run(["faultline", "stack", "verify", "--output", "json"],
                                        check=False)
    try:
        return done.returncode, json.loads(done.stdout)["rows"]
    except (ValueError, KeyError):
        expect(False, f"it ended with {done.returncode} and says: {done.stdout}{done.stderr}")

"""An upgrade of the database's package sends nothing, and is told as what it is.

dpkg installs the package that is there already over itself: all of its scripts run, the server is
stopped and started as in any upgrade.
"""

import threading
import time

import packages
from scenario import expect, expect_silence

_AFTERWARDS = 5   # Seconds of listening after the upgrade's end, when all is well again.


def run(lab, say, rng):
    before, db = lab.pager.count(), lab.machine("db")
    seen, done = set(), threading.Event()

    def watch():
        while not done.is_set():
            seen.update(check.get("reason", "") for check in lab.api.checks()
                        if check.get("kind") == "unit" and "mysql" in check.get("id", ""))
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        started, _ = db.shell.type(
            "DEBIAN_FRONTEND=noninteractive dpkg --force-confold -i "
            f"{packages.UPGRADE_DIR}/{packages.UPGRADE}_*.deb", timeout=180)
        say(f"  upgraded in {(time.monotonic_ns() - started) / 1e9:.1f} s")
        lab.wait_all_well()
    finally:
        done.set()
        watcher.join()
    say(f"  meanwhile the unit's reasons were: {', '.join(sorted(seen - {''})) or 'none'}")
    expect_silence(lab, before, _AFTERWARDS)
    expect("PACKAGE_UPGRADE" in seen, "the unit check never said PACKAGE_UPGRADE")

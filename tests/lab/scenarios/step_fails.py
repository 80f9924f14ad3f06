"""A step of user-data that fails is told by its name on the collector, whichever it is.

First at a real first start: the database's tables cannot be made, and the agent has joined all the same. Then
steps of every host, by cloud-init's own stages run anew: two of each at random, or all of them with
FAULTLINE_LAB_WHOLE=1 (38 steps, some six minutes).
"""

import os
import time

import bootstrap
import stack
from command import CommandFailed
from rootfs import RootFs
from scenario import expect

_FIRST = "make tables and users"
_WITHIN = 15   # Seconds from cloud-init's end to the collector's word.


def LAB():
    return {"bring": stack.put_together}


def run(lab, say, rng):
    db = lab.machine("db")
    files = RootFs(db.root)
    seed = files.path("/var/lib/cloud/seed/nocloud/user-data")
    good = seed.read_text("utf-8")
    seed.write_text(bootstrap.failing_in(good, _FIRST), "utf-8")
    for host in stack.HOSTS:
        lab.machine(host.name).start()
    for host in stack.HOSTS:
        _wait_joined(lab, host)
    expect(bootstrap.wait_ended(db), "cloud-init of db-1 tells no error")
    _expect_told(lab, db.host, _FIRST, say)
    bootstrap.seed(db).write_text(good, "utf-8")
    expect(not bootstrap.start_anew(db), "db-1 could not be mended")
    lab.wait_site_works()
    lab.wait_all_well()
    say("  mended, and all is well")
    for host in stack.HOSTS:
        _some_steps(lab, lab.machine(host.name), say, rng)
    lab.wait_all_well()


def _some_steps(lab, machine, say, rng):
    seed = bootstrap.seed(machine)
    good = seed.read_text("utf-8")
    names = bootstrap.steps(good)
    if os.environ.get("FAULTLINE_LAB_WHOLE") != "1":
        names = rng.sample(names, 2)
    for name in names:
        seed.write_text(bootstrap.failing_in(good, name), "utf-8")
        bootstrap.start_anew(machine)
        _expect_told(lab, machine.host, name, say)
    seed.write_text(good, "utf-8")
    expect(not bootstrap.start_anew(machine), f"{machine.host.hostname} could not be mended")


def _expect_told(lab, host, name, say):
    deadline, check = time.monotonic() + _WITHIN, {}
    while time.monotonic() < deadline:
        for check in _bootstrap(lab, host):
            texts = [line.get("text", "") for line in check.get("evidence", [])]
            told = [text for text in texts if f'FAILED in step "{name}"' in text]
            if check.get("reason") == "USER_DATA_FAILED" and told:
                say(f"  {host.hostname}: {told[0].partition('data: ')[2]}")
                return
        time.sleep(0.1)
    expect(False, f"{host.hostname}: the collector does not name the step \"{name}\": {check}")


def _bootstrap(lab, host):
    try:
        checks = lab.api.checks()
    except CommandFailed:
        return []   # The collector itself is being installed.
    return [each for each in checks
            if each.get("kind") == "bootstrap" and each.get("host") == host.hostname]


def _wait_joined(lab, host, timeout=60):
    deadline = time.monotonic() + timeout
    while not _bootstrap(lab, host):
        expect(time.monotonic() < deadline, f"{host.hostname} has not joined within {timeout} s")
        time.sleep(0.1)

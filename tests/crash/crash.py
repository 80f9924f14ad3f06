#!/usr/bin/env python3
"""The crash campaign: agent and collector are killed with SIGKILL at random moments of a scripted
series of outages; afterwards nothing may be lost, told twice or told wrong. `make test-crash`.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

import audit
import doors
import stage

_DOORS = 3
_QUIET_SECONDS = 60
# What a change must last while the agent runs to be owed: the agent's start, the probe, a busy
# machine.
_SETTLE = 2.0


def main():
    options = _options()
    seed = options.seed or random.SystemRandom().randrange(1, 1 << 31)
    print(f"Seed {seed}, {options.kills} kills", flush=True)
    directory = Path(tempfile.mkdtemp(prefix="faultline-crash-"))
    try:
        report = _campaign(directory, options, random.Random(seed))
    except Exception as error:   # Whatever it was, the seed and the logs are what helps.
        print(f"FAILED: {error!r}. Seed {seed}; files in {directory}\n0 passed, 1 failed")
        return 1
    print(json.dumps(report["figures"], indent=2))
    for line in report["wrong"]:
        print(f"WRONG: {line}")
    if report["wrong"]:
        print(f"FAILED with {len(report['wrong'])} findings. Seed {seed}; files in {directory}\n"
              "0 passed, 1 failed")
        return 1
    shutil.rmtree(directory)
    print("1 passed, 0 failed")
    return 0


def _options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=Path, required=True, help="where the programs are")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0, help="0: a random one, printed")
    options = parser.parse_args()
    options.bin = options.bin.resolve()
    return options


def _campaign(directory, options, rng):
    address = f"127.{rng.randrange(64, 250)}.{rng.randrange(1, 250)}.{rng.randrange(1, 250)}"
    ports = [doors.Door(address) for _ in range(_DOORS)]
    log = doors.Log(directory / "app.log")
    checks = "".join(f"  - {{kind: port, target: \"{port.target}\", interval: 100ms, "
                     f"subject: \"service {number}\"}}\n" for number, port in enumerate(ports))
    checks += f"  - {{kind: listener, target: \"{ports[0].target}\", subject: \"service 0\"}}\n"
    checks += f"  - {{kind: log, target: {log.path}, quiet: 1s}}\n"
    began = time.monotonic()
    with stage.Stage(directory, options.bin, checks) as scene:
        scene.collector.start()
        scene.agent.start()
        _play(scene, ports, log, options.kills, rng)
        _calm_down(scene, ports)
        report = audit.audit(scene, ports, log, _SETTLE)
    report["figures"]["kills"] = options.kills
    report["figures"]["seconds"] = round(time.monotonic() - began)
    return report


def _play(scene, ports, log, kills, rng):
    """Toggles and writes at random moments, kills at others, until there were so many kills."""
    killed = 0
    now = time.monotonic()
    next_toggle = next_line = next_kill = now + 3
    back = {}
    while killed < kills or back:
        now = time.monotonic()
        if now >= next_toggle:
            rng.choice(ports).toggle()
            next_toggle = now + rng.uniform(0.1, 2.5)
        if now >= next_line:
            log.write()
            next_line = now + rng.uniform(0.05, 1)
        if now >= next_kill and killed < kills:
            victims = rng.choice([("agent",), ("agent",), ("collector",), ("agent", "collector")])
            for victim in victims:
                if victim not in back:
                    _kill(scene, victim)
                    killed += 1
                    back[victim] = now + rng.choice([0, rng.uniform(0, 1), rng.uniform(0, 4)])
            next_kill = now + rng.uniform(0.02, 5)
        for victim, at in list(back.items()):
            if now >= at:
                getattr(scene, victim).start()
                del back[victim]
        time.sleep(0.005)


def _kill(scene, victim):
    if victim == "agent":
        scene.kill_agent()
    else:
        scene.collector.kill()


def _calm_down(scene, ports):
    """All ports open, both programs up, everything delivered."""
    for port in ports:
        if not port.is_open:
            port.open()

    def is_calm():
        checks = scene.api("checks").get("checks", [])
        known = sum(1 for check in checks
                    if check.get("status", check).get("state") == "STATE_OK")
        waiting = scene.rows("SELECT count(*) AS n FROM outbox")[0]["n"]
        firing = scene.rows("SELECT count(*) AS n FROM incidents "
                            "WHERE version = 0 AND resolved_at = 0")[0]["n"]
        return known >= len(ports) + 2 and waiting == 0 and firing == 0

    stage.wait_until(is_calm, _QUIET_SECONDS)
    time.sleep(2)   # For what should not come any more.


if __name__ == "__main__":
    sys.exit(main())

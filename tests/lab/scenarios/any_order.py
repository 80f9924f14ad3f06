"""Hosts that are created in any order, the collector before or after, install themselves and join."""

import time

import stack
from scenario import expect

_PAUSE = 4   # Seconds at most between two hosts.


def LAB():
    return {"bring": stack.put_together}


def run(lab, say, rng):
    hosts = list(stack.HOSTS)
    rng.shuffle(hosts)
    started = time.monotonic()
    for number, host in enumerate(hosts):
        if number:
            time.sleep(rng.uniform(0, _PAUSE))
        say(f"  {host.hostname} is created")
        lab.machine(host.name).start()
    for host in hosts:
        lab.machine(host.name).wait_booted()
    lab.wait_site_works()
    lab.wait_all_well()
    say(f"  all is well {time.monotonic() - started:.1f} s after the first was created")
    joined = {each["name"]: each for each in lab.api.hosts()}
    expect(sorted(joined) == sorted(host.hostname for host in hosts), f"joined are {sorted(joined)}")
    for host in hosts:
        expect(joined[host.hostname].get("role") == host.role,
               f"{host.hostname} joined as {joined[host.hostname].get('role')}")

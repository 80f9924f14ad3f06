"""User-data that runs again changes no file, restarts no service and says so."""

import bootstrap
import stack
from scenario import expect

_PLACES = ("/etc", "/opt", "/srv", "/usr", "/var/lib/dpkg", "/var/lib/faultline/user-data",
           "/var/lib/mysql/mysql", "/var/lib/mysql/appdb", "/var/www")
_UNITS = ("faultline-agent", "faultline-collector", "flask-app", "mariadb", "nginx")


def run(lab, say, rng):
    for host in stack.HOSTS:
        machine = lab.machine(host.name)
        before = _state(machine)
        said = machine.run(["bash", bootstrap.script_of(machine)], timeout=120).stdout
        after = _state(machine)
        changed = sorted(path for path in before.keys() | after.keys()
                         if before.get(path) != after.get(path))
        expect(not changed, f"{host.hostname}: these changed: {changed[:10]}")
        expect("nothing was changed" in said, f"{host.hostname} does not say so: {said}")
        say(f"  {host.hostname}: {len(before)} files and services are as they were")
    lab.wait_all_well()


def _state(machine):
    """path -> what would change with it, and unit -> main PID."""
    there = [path for path in _PLACES if (machine.root_seen_inside / path.lstrip("/")).is_dir()]
    listed = machine.run(["find", *there, "-xdev", "-printf", "%p\t%T@ %s %m %U:%G %l\n"]).stdout
    state = dict(line.split("\t") for line in listed.splitlines())
    shown = machine.run(["systemctl", "show", "-P", "MainPID", *_UNITS]).stdout.split()
    state.update(zip(_UNITS, shown))
    return state

"""One booted Debian to install packages on: systemd, dpkg and apt are its own, the network is a loopback."""

import dataclasses
import json
import time

import names
import netns
from command import CommandFailed, run
from machine import Machine

FOLDER = "/srv/packages"  # Where a host finds the files that put() brought.
# nspawn refuses them where a real host lets everybody read the clock; so does nothing but the units' own filters here.
_CLOCK = ("--system-call-filter=adjtimex clock_adjtime",)


@dataclasses.dataclass(frozen=True)
class _Place:
    """What Machine wants to know of a host."""
    name: str
    hostname: str


class Host:
    """A running host of the workbench."""

    def __init__(self, lab_id, name):
        self.name = name
        self._namespace = names.thing(lab_id, name)
        self.machine = Machine(lab_id, _Place(name, name), _CLOCK)

    def boot(self, image):
        run(["ip", "netns", "add", self._namespace])
        run(["ip", "-n", self._namespace, "link", "set", "lo", "up"])
        self.machine.mount([image])
        self.path("/etc/hostname").write_text(f"{self.name}\n", encoding="ascii")  # Debootstrap left this machine's.
        self.machine.start()
        self.machine.wait_booted()

    def run(self, *argv, **options):
        """Runs a command as root; gives what it printed. Raises CommandFailed."""
        return self.machine.run(list(argv), **options).stdout

    def says(self, *argv):
        """The first line of a command that may fail."""
        return self.machine.run(list(argv), check=False).stdout.strip().partition("\n")[0]

    def path(self, inside):
        """A file of the host, seen from here (links to absolute paths lead astray)."""
        return self.machine.root / inside.lstrip("/")

    def write(self, inside, text, mode=0o644, owner="root:root"):
        path = self.path(inside)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        self.run("chown", owner, inside)

    def put(self, *debs):
        """Brings package files into the host; gives their paths there."""
        for deb in debs:
            target = self.path(f"{FOLDER}/{deb.path.name}")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(deb.path.read_bytes())
        return [f"{FOLDER}/{deb.path.name}" for deb in debs]

    def apt(self, *words):
        """apt-get as an unattended administrator types it: configuration that was changed here stays."""
        return self.run("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-y",
                        "-o", "Dpkg::Options::=--force-confold", *words, timeout=180)

    def package_state(self, name):
        """As dpkg has it: installed, config-files, or nothing when it was purged."""
        return self.says("dpkg-query", "-W", "-f", "${db:Status-Status}", name)

    def unit(self, name, prop):
        """One property of a service."""
        return self.says("systemctl", "show", "--value", "--property", prop, f"{name}.service")

    def starts(self, name):
        """How often systemd has started a service since boot."""
        self.run("journalctl", "--sync")
        lines = self.run("journalctl", "--quiet", "--boot", "--output=cat", f"UNIT={name}.service", "JOB_TYPE=start",
                         "+", f"UNIT={name}.service", "JOB_TYPE=restart", check=False)
        return sum(line.startswith("Started ") for line in lines.splitlines())

    def stat(self, inside):
        """Mode, owner and group of a file: '700 user group'; empty when it is not there."""
        return self.says("stat", "--format", "%a %U %G", inside)

    def http_status(self, path):
        """The status with which the collector on this host answers a GET."""
        connection = netns.HttpConnection(self._namespace, "127.0.0.1", 7480)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def ask(self, *words):
        """What the operator's command answers, as a document."""
        return json.loads(self.run("faultline", *words, "--output", "json"))


def wait_for(what, condition, timeout=30):
    """Waits until condition() is true and gives its value; raises CommandFailed with what did not come."""
    deadline, seen = time.monotonic() + timeout, None
    while time.monotonic() < deadline:
        try:
            if seen := condition():
                return seen
        except (CommandFailed, OSError, ValueError) as error:
            seen = error
        time.sleep(0.1)
    raise CommandFailed(f"not within {timeout} s: {what} ({seen})")

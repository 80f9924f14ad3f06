"""One host: an overlay over the cached layers, booted by systemd-nspawn as a whole Linux."""

import os
import signal
import subprocess
import time
from pathlib import Path

import cgroups
import names
import processes
from command import CommandFailed, run
from host_shell import HostShell, entering


class Machine:
    """A host of a lab. Everything it makes is found again by the lab's id alone."""

    def __init__(self, lab_id, host, nspawn_options=()):
        self.host = host
        self._nspawn_options = nspawn_options
        self._lab_id = lab_id
        self._name = names.thing(lab_id, host.name)
        self._directory = names.lab_dir(lab_id) / host.name
        self.root = self._directory / "root"
        self._leader = None   # The host's own PID 1, as seen from here.
        self._shell = None

    def mount(self, lower_dirs):
        """Puts the host's file system together; it can then be written to at self.root."""
        upper, work = self._directory / "upper", self._directory / "work"
        for path in (upper, work, self.root):
            path.mkdir(parents=True)
        lower = ":".join(str(path) for path in lower_dirs)
        run(["mount", "-t", "overlay", self._name, "-o",
             f"lowerdir={lower},upperdir={upper},workdir={work}", self.root])

    def start(self):
        """Starts booting; returns at once."""
        directories = cgroups.create(self._name)
        with open(self._directory / "console.log", "wb") as console:
            self._nspawn = subprocess.Popen(
                ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot",
                 f"--directory={self.root}", f"--machine={self._name}",
                 f"--hostname={self.host.hostname}", "--resolv-conf=off", "--timezone=off",
                 "--link-journal=no", "--console=pipe",
                 f"--network-namespace-path=/run/netns/{self._name}",
                 "--capability=CAP_NET_ADMIN,CAP_NET_RAW", *self._nspawn_options],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True,
                preexec_fn=lambda: cgroups.enter(directories))

    def wait_booted(self, timeout=60):
        """Waits until the host's systemd has started everything; raises CommandFailed if not."""
        deadline = time.monotonic() + timeout
        while not self._find_leader():
            if self._nspawn.poll() is not None or time.monotonic() > deadline:
                raise CommandFailed(f"{self.host.hostname} does not boot:\n{self.console()}")
            time.sleep(0.02)
        while not (self.root_seen_inside / "run/dbus/system_bus_socket").exists():
            if time.monotonic() > deadline:
                raise CommandFailed(f"{self.host.hostname} has no system bus:\n{self.console()}")
            time.sleep(0.02)
        state = self.run(["systemctl", "is-system-running", "--wait"], check=False,
                         timeout=timeout).stdout.strip()
        if state not in ("running", "degraded"):
            raise CommandFailed(f"{self.host.hostname} is '{state}' after boot")
        if state == "degraded":
            failed = self.run(["systemctl", "--failed", "--no-legend", "--plain"]).stdout
            raise CommandFailed(f"{self.host.hostname} booted, but these units failed:\n{failed}")

    def go_down(self, verb, timeout=60):
        """Types `systemctl VERB` (reboot, poweroff) and waits until the host is down; start() boots
        it again, as a power button would. Gives the CLOCK_MONOTONIC from just before."""
        # An open shell would keep the host up: systemd stops it before it kills it, and nsenter
        # then stops itself too, for ever, with a zombie in the host that systemd waits for.
        if self._shell:
            self._shell.close()
        started_ns = time.monotonic_ns()
        self.run(["systemctl", verb], check=False)
        try:
            self._nspawn.wait(timeout)
        except subprocess.TimeoutExpired as error:
            raise CommandFailed(f"{self.host.hostname} stays up after {verb}:\n"
                                f"{self.console()}") from error
        self._leader = self._shell = None
        return started_ns

    def lose_power(self, timeout=10):
        """Ends the host without a word to it: all its processes are killed at once. start() boots it again."""
        os.kill(self.leader, signal.SIGKILL)   # The kernel ends the rest of its PID namespace.
        if self._shell:
            self._shell.close()
        try:
            self._nspawn.wait(timeout)
        except subprocess.TimeoutExpired as error:
            raise CommandFailed(f"{self.host.hostname} outlives its power") from error
        self._leader = self._shell = None

    @property
    def leader(self):
        """The pid of the host's PID 1 on this machine; raises CommandFailed when it is down."""
        if not self._find_leader():
            raise CommandFailed(f"{self.host.hostname} is not running")
        return self._leader.pid

    @property
    def root_seen_inside(self):
        """The file system as the host sees it, with its /run, /tmp and /proc."""
        return Path(f"/proc/{self.leader}/root")

    def run(self, argv, *, timeout=60, check=True, input_text=None):
        """Runs a command in the host, as root."""
        return run(entering(self.leader, argv), timeout=timeout, check=check, input_text=input_text)

    @property
    def shell(self):
        """A root shell that is already open in the host, to type commands into."""
        if self._shell is None:
            self._shell = HostShell(self.leader, self.host.hostname)
        return self._shell

    def console(self):
        """What the host wrote to its console so far."""
        path = self._directory / "console.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def _find_leader(self):
        """The running PID 1, found by the host's cgroup, so also by a later lab.py."""
        if self._leader and self._leader.alive():
            return True
        self._leader = None
        for pid in cgroups.members(cgroups.named(self._name)):
            if processes.namespace_pid(pid) == 1:
                try:
                    self._leader = processes.identify(pid)
                except ProcessLookupError:
                    continue
                return True
        return False

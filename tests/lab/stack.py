"""A whole lab: its hosts installed by their own user-data, their network, the collector's API and the pager."""

import contextlib
import json
import re
import time

import application_repository
import bootstrap
import first_start
import layers
import network
import teardown
from collector_api import CollectorApi
from command import CommandFailed
from interrupts import cleaned_up_by
from machine import Machine
from names import lab_dir
from pager import Pager
from rootfs import RootFs
from settings import Settings
from state import State
from topology import APP, HOSTS, find_host


_INSTALLED_WITHIN = 180   # Seconds; it takes a tenth of that where nothing else runs.


class Lab:
    """A running lab. Its parts: machine(name), api, pager, and the network module by its id."""

    def __init__(self, lab_id):
        self.id = lab_id
        self.api = CollectorApi(lab_id)
        self.pager = Pager(lab_id)
        self.started = False
        self._expected = self._make = None
        self._machines = {host.name: Machine(lab_id, host) for host in HOSTS}

    def machine(self, name):
        """The host of that name, `db` or `db-1`; raises KeyError for an unknown one."""
        return self._machines[find_host(name).name]

    def put_together(self, lower_dirs, install):
        """Makes network and hosts, each with what install(files, host) puts into it; starts none."""
        def make(machine):
            machine.mount(lower_dirs)
            install(RootFs(machine.root), machine.host)

        network.create(self.id)
        self._make = make
        for machine in self._machines.values():
            make(machine)
        self.pager.start()

    def replace(self, machine):
        """Takes a machine in the place of another one of the same host, with a disk as at the first start."""
        self._make(machine)
        self._machines[machine.host.name] = machine

    def boot(self):
        """Boots all hosts at once and waits until each one's user-data has ended well."""
        for machine in self._machines.values():
            machine.start()
        for machine in self._machines.values():
            try:
                machine.wait_booted(_INSTALLED_WITHIN)
            except CommandFailed as error:
                raise CommandFailed(f"{error}\n{bootstrap.last_words(machine)}") from error
        self.started = True

    def wait_all_well(self, timeout=60):
        """Waits until every check is OK, no incident is open and the pager knows it.

        Gives the number of messages so far: those of what comes next have it or a higher one.
        Raises CommandFailed with what is still wrong.
        """
        self.api.wait_all_ok(self.expected_checks(), timeout)
        return self.pager.wait_settled()

    def expected_checks(self):
        """How many checks the agents' configurations hold, by the agents' own word."""
        if self._expected is None:
            said = [machine.run(["faultline-agent", "--check-config"]).stdout
                    for machine in self._machines.values()]
            self._expected = sum(int(re.search(r"OK, (\d+) checks", each)[1]) for each in said)
        return self._expected

    def wait_site_works(self, timeout=30):
        """Waits until the site answers over HTTPS with what it has read from its database."""
        deadline, seen = time.monotonic() + timeout, ""
        while time.monotonic() < deadline:
            seen = self.machine(APP.name).run(["curl", "-sk", "--max-time", "5",
                                               "https://127.0.0.1/db-check"], check=False).stdout
            with contextlib.suppress(ValueError):
                if json.loads(seen).get("status") == "ok":
                    return
            time.sleep(0.1)
        raise CommandFailed(f"the site cannot use its database after {timeout} s: {seen.strip()}")


def put_together(lab_id, say, packages=None, *, settings=None, with_peers=False, install_more=None):
    """Makes a lab whose hosts have not been started yet; gives the Lab.

    packages: Faultline's (debs.Packages); without them the hosts have none. settings: what they are told.
    install_more(files, host) can add to each host.
    """
    lower = layers.lower_dirs(say, with_peers)
    settings = settings or Settings()
    tar, repository = lab_dir(lab_id) / "packages.tar", lab_dir(lab_id) / "flask-app.git"
    if packages:
        settings.packages_sum = packages.tar(tar)
    application_repository.make(repository)

    def install(files, host):
        first_start.prepare(files, host, settings.of(host), packages and tar, repository)
        if install_more:
            install_more(files, host)

    lab = Lab(lab_id)
    lab.put_together(lower, install)
    return lab


def bring_up(lab_id, say, packages=None, **options):
    """Boots a lab with the stack and, when packages is given, Faultline; gives the Lab."""
    lab = put_together(lab_id, say, packages, **options)
    started = time.monotonic()
    lab.boot()
    lab.wait_site_works()
    say(f"Lab {lab_id}: {', '.join(host.hostname for host in HOSTS)} are up, and the site reads "
        f"its database, after {time.monotonic() - started:.1f} s")
    return lab


@contextlib.contextmanager
def temporary(say, packages=None, *, bring=bring_up, **options):
    """A lab for the time of the block; whatever happens, nothing is left of it.

    bring: bring_up, or put_together for a lab whose hosts the block itself starts.
    """
    teardown.remove_dead(say)
    lab_id = State.start()

    def cleanup():
        started = time.monotonic()
        teardown.remove(lab_id)
        say(f"Lab {lab_id} is gone without a trace ({time.monotonic() - started:.1f} s)")

    with cleaned_up_by(cleanup):
        yield bring(lab_id, say, packages, **options)

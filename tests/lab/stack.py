"""The whole lab: puts network, hosts and pager together, and says when the stack is up."""

import contextlib
import json
import re
import secrets
import time

import install_faultline
import install_stack
import layers
import network
import teardown
from certificates import Authority
from collector_api import CollectorApi
from command import CommandFailed
from interrupts import cleaned_up_by
from machine import Machine
from names import lab_dir
from pager import Pager
from rootfs import RootFs
from state import State
from topology import APP, COLLECTOR, DB, HOSTS, find_host


class Lab:
    """A running lab. Its parts: machine(name), api, pager, and the network module by its id."""

    def __init__(self, lab_id):
        self.id = lab_id
        self.api = CollectorApi(lab_id)
        self.pager = Pager(lab_id)
        self._expected = None
        self._machines = {host.name: Machine(lab_id, host) for host in HOSTS}

    def machine(self, name):
        """The host of that name, `db` or `db-1`; raises KeyError for an unknown one."""
        return self._machines[find_host(name).name]

    def boot(self, lower_dirs, install):
        """Boots all hosts, each after install(files, host) has put its own files into it."""
        network.create(self.id)
        for machine in self._machines.values():
            machine.mount(lower_dirs)
            install(RootFs(machine.root), machine.host)
        self.pager.start()
        for machine in self._machines.values():
            machine.start()
        for machine in self._machines.values():
            machine.wait_booted()

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


def bring_up(lab_id, say, programs=None, *, with_peers=False, install_more=None):
    """Boots a lab with the stack and, when programs is given, Faultline; gives the Lab.

    install_more(files, host) can add to each host before it boots.
    """
    lower = layers.lower_dirs(say, with_peers)
    started = time.monotonic()
    password, monitoring = secrets.token_urlsafe(18), secrets.token_urlsafe(18)
    authority = Authority(lab_dir(lab_id) / "pki") if programs else None
    lab = Lab(lab_id)

    def install(files, host):
        install_stack.identity(files, host)
        if host == APP:
            install_stack.application(files, password)
        if host == DB:
            install_stack.database(files, password, monitoring)
        if programs:
            install_faultline.users(files)
            install_faultline.agent(files, host, programs, authority, monitoring)
            if host == COLLECTOR:
                install_faultline.collector(files, programs, authority)
        if install_more:
            install_more(files, host)

    lab.boot(lower, install)
    lab.wait_site_works()
    say(f"Lab {lab_id}: {', '.join(host.hostname for host in HOSTS)} are up, and the site reads "
        f"its database, after {time.monotonic() - started:.1f} s")
    return lab


@contextlib.contextmanager
def temporary(say, programs=None, **options):
    """A lab for the time of the block; whatever happens, nothing is left of it."""
    teardown.remove_dead(say)
    lab_id = State.start()

    def cleanup():
        started = time.monotonic()
        teardown.remove(lab_id)
        say(f"Lab {lab_id} is gone without a trace ({time.monotonic() - started:.1f} s)")

    with cleaned_up_by(cleanup):
        yield bring_up(lab_id, say, programs, **options)

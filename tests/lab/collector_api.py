"""The collector's operator API, asked from inside its own network namespace."""

import time

import names
import netns
from command import CommandFailed
from topology import COLLECTOR, HTTP_PORT


class CollectorApi:
    """The operator API of one lab's collector."""

    def __init__(self, lab_id):
        self._namespace = names.thing(lab_id, COLLECTOR.name)

    def get(self, path, timeout=5):
        """GETs /api/v1<path>; raises CommandFailed when it cannot be had or is not well."""
        try:
            status, document = netns.get_json(self._namespace, "127.0.0.1", HTTP_PORT,
                                              f"/api/v1{path}", timeout)
        except (OSError, ValueError) as error:
            raise CommandFailed(f"the collector does not answer {path}: {error}") from error
        if status != 200:
            raise CommandFailed(f"the collector answers {path} with {status}: {document}")
        return document

    def checks(self):
        return self.get("/checks").get("checks", [])

    def hosts(self):
        return self.get("/hosts").get("hosts", [])

    def incidents(self):
        """All incidents, newest first, without timelines."""
        return self.get("/incidents").get("incidents", [])

    def incident(self, number):
        """One incident with its timeline."""
        return self.get(f"/incidents/{number}")

    def open_incidents(self):
        return [each for each in self.incidents() if each.get("state") == "STATE_OPEN"]

    def wait_all_ok(self, expected, timeout=60):
        """Waits until `expected` checks are there, all are OK, and no incident is open.

        Gives the checks; raises CommandFailed with what is still wrong.
        """
        deadline, trouble = time.monotonic() + timeout, "it was never asked"
        while time.monotonic() < deadline:
            try:
                checks = self.checks()
                trouble = _trouble(checks, self.open_incidents(), expected)
            except CommandFailed as error:
                trouble = str(error)
            if not trouble:
                return checks
            time.sleep(0.1)
        raise CommandFailed(f"not all is well after {timeout} s: {trouble}")


def _is_well(check):
    """OK, or a log in which the errors of what was broken a moment ago still count."""
    calms_down = check.get("kind") == "log" and check.get("state") == "STATE_WARNING"
    return (check.get("state") == "STATE_OK" or calms_down) and not check.get("stale")


def _trouble(checks, incidents, expected):
    """What is not well, in words; empty when all is."""
    words = [f"{check.get('host')} {check.get('id')} is {check.get('state')} "
             f"{check.get('reason', '')} {check.get('detail', '')}".strip()
             for check in checks if not _is_well(check)]
    words += [f"incident {each.get('id')} ({each.get('subject')}) is open" for each in incidents]
    # The collector keeps a check of its own for each host: is its agent heard? And agents tell of their identity
    # once there was something to tell.
    of_agents = [check for check in checks if check.get("kind") not in ("agent", "identity")]
    if len(of_agents) != expected:
        words.append(f"the collector knows {len(of_agents)} checks instead of {expected}")
    return "; ".join(words)

"""What became of a host's user-data, and running it again as cloud-init runs it at a first start."""

import contextlib
import json
import re
import time

import first_start
from command import CommandFailed

_STEP = re.compile(r"^step '([^']+)' (.*)$", re.MULTILINE)
_STAGES = (["init", "--local"], ["init"], ["modules", "--mode=config"], ["modules", "--mode=final"])


def script_of(machine):
    """Where the script of a host's role is, in the host."""
    return f"/var/lib/faultline/user-data/{machine.host.role}.sh"


def steps(text):
    """The names of the steps in a script or in user-data, in their order (pure)."""
    return [name for name, _ in _STEP.findall(text)]


def failing_in(text, name):
    """User-data in which the step of that name fails (pure)."""
    return _STEP.sub(lambda found: found[0] if found[1] != name
                     else f"step '{name}' ls /there/is/no/such/file", text)


def wait_ended(machine, timeout=60):
    """Waits until cloud-init has ended; gives the errors it tells, none when all went well."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, ValueError, CommandFailed):
            text = (machine.root_seen_inside / "run/cloud-init/result.json").read_text("utf-8")
            return json.loads(text)["v1"]["errors"]
        time.sleep(0.05)
    raise CommandFailed(f"cloud-init of {machine.host.hostname} did not end within {timeout} s")


def output(machine):
    """What user-data has written so far."""
    return (machine.root_seen_inside / "var/log/cloud-init-output.log").read_text("utf-8", "replace")


def last_words(machine, lines=15):
    """The end of that, for a message; empty where there is none."""
    try:
        return "\n".join(output(machine).splitlines()[-lines:])
    except (OSError, CommandFailed):
        return ""


def seed(machine):
    """The file that holds a running host's user-data."""
    return machine.root_seen_inside / first_start.SEED.lstrip("/") / "user-data"


def start_anew(machine, timeout=120):
    """Runs all stages of cloud-init as at a first start; gives the errors that it tells."""
    machine.run(["cloud-init", "clean", "--logs"])
    for stage in _STAGES:
        machine.run(["cloud-init", *stage], check=False, timeout=timeout)
    return wait_ended(machine)

"""A cgroup of its own for each process tree of the lab.

A host's systemd manages the cgroup it was started in: hosts that shared one would kill each
other's services. Besides, membership says for sure which processes are the lab's: they can be
ended without ever touching somebody else's, whatever became of their parents and pids.
"""

import contextlib
import os
import signal
import time
from pathlib import Path


def roots():
    """Where cgroups are named: the v1 systemd hierarchy and the unified one, if there."""
    found = []
    with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
        for line in mounts:
            fields = line.split()
            after = fields[fields.index("-") + 1:]
            if after[0] == "cgroup2" or (after[0] == "cgroup" and "name=systemd" in after[2]):
                found.append(Path(fields[4]))
    return found


def create(name):
    """Makes the cgroup in every hierarchy; gives their directories."""
    directories = [root / name for root in roots()]
    for directory in directories:
        directory.mkdir(exist_ok=True)
    return directories


def enter(directories):
    """Moves the calling process into the cgroup: for a child, between fork and exec."""
    for directory in directories:
        (directory / "cgroup.procs").write_text("0", encoding="ascii")


def named(prefix):
    """The directories of all cgroups whose name begins with `prefix`."""
    return [path for root in roots() for path in root.glob(f"{prefix}*") if path.is_dir()]


def members(directories):
    """The pids in these cgroups and below them."""
    pids = set()
    for directory in directories:
        # os.walk passes over what vanishes meanwhile: a host's systemd removes cgroups often.
        for path, _, _ in os.walk(directory):
            with contextlib.suppress(OSError):
                text = Path(path, "cgroup.procs").read_text(encoding="ascii")
                pids.update(int(pid) for pid in text.split())
    return pids - {0}


def remove(directories, timeout=10):
    """Kills whatever is in these cgroups and removes them; raises OSError when one stays."""
    deadline = time.monotonic() + timeout
    while pids := members(directories):
        for pid in pids:
            _kill_member(pid, directories)
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    for directory in directories:
        while not _remove_tree(directory):
            if time.monotonic() > deadline:
                raise OSError(f"{directory} cannot be removed: still used by "
                              f"{sorted(members([directory])) or 'the kernel'}")
            time.sleep(0.02)


def _kill_member(pid, directories):
    """Kills pid; a pid that was reused meanwhile is seen to be no member, and let live."""
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return
    try:
        if pid in members(directories):
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
    finally:
        os.close(handle)


def _remove_tree(directory):
    """Removes a cgroup and those in it, deepest first; False when one is still busy."""
    for path, _, _ in os.walk(directory, topdown=False):
        try:
            os.rmdir(path)
        except FileNotFoundError:
            continue
        except OSError:
            return False
    return not directory.exists()

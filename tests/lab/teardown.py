"""Ends a lab, whole or half made, by its id alone; and finds the labs that nobody ends any more."""

import contextlib
import fcntl
import os
import shutil
from pathlib import Path

import cgroups
import names
import network
from command import CommandFailed, run
from layers import BUILD_CGROUP
from state import State


def remove(lab_id):
    """Ends every process, mount, namespace, cgroup and file of a lab.

    Goes on after a failure and raises CommandFailed in the end; the lab's directory is then kept,
    so that it can be tried again.
    """
    errors = []
    for step in (_end_processes, _unmount, network.remove, _remove_traces):
        try:
            step(lab_id)
        except (OSError, CommandFailed) as error:
            errors.append(str(error))
    if errors:
        raise CommandFailed(f"lab {lab_id} could not be removed whole:\n" + "\n".join(errors))
    # By rename first: while a lab is to be seen, it is whole and says whose it is.
    gone = names.lab_dir(lab_id).rename(names.labs_dir() / f".gone-{lab_id}-{os.getpid()}")
    shutil.rmtree(gone, onerror=_unless_gone)


def _unless_gone(_function, _path, why):
    """Another lab that clears up may be at it, too."""
    if not issubclass(why[0], FileNotFoundError):
        raise why[1]


def remove_dead(say):
    """Removes what is left of labs whose owner is gone; gives how many there were."""
    removed = 0
    with _one_at_a_time():
        for lab_id in names.known_ids():
            if is_dead(lab_id):
                say(f"Removing lab {lab_id}, which nobody owns any more")
                remove(lab_id)
                removed += 1
        for left in names.labs_dir().glob(".gone-*"):
            shutil.rmtree(left, ignore_errors=True)   # Its owner may be at it, too.
    for directory in cgroups.named(BUILD_CGROUP):
        if not cgroups.members([directory]):
            cgroups.remove([directory])
    return removed


def is_dead(lab_id):
    """True when the lab's owner is gone and it was not left running for a person to play with."""
    try:
        state = State.read(lab_id)
    except FileNotFoundError:
        return False   # It has just been removed.
    if state.owner.alive():
        return False
    return not state.kept or not cgroups.members(cgroups.named(names.prefix(lab_id)))


@contextlib.contextmanager
def _one_at_a_time():
    names.labs_dir().mkdir(parents=True, exist_ok=True)
    with open(names.labs_dir() / "lock", "w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _end_processes(lab_id):
    cgroups.remove(cgroups.named(names.prefix(lab_id)))


def _unmount(lab_id):
    roots = {str(root) for root in names.lab_dir(lab_id).glob("*/root")}
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        mounted = [line.split()[1] for line in mounts]
    for path in mounted:
        if path in roots:
            run(["umount", path])


def _remove_traces(lab_id):
    """What nspawn leaves behind when it is killed."""
    for left in Path("/run/systemd/nspawn/propagate").glob(f"{names.prefix(lab_id)}*"):
        left.rmdir()

"""An instance that is gone and another in its place: the name and the address stay, nothing else does."""

import shutil

import cgroups
import names
from command import run
from machine import Machine


def pull_the_plug(lab, name):
    """Ends a host at once, as when its instance is terminated, and forgets its disk."""
    old = lab.machine(name)
    cgroups.remove(cgroups.named(names.thing(lab.id, old.host.name)))
    run(["umount", old.root])
    shutil.rmtree(names.lab_dir(lab.id) / old.host.name)


def another(lab, name):
    """A new instance under the name of one that is gone, started; gives its Machine."""
    host = lab.machine(name).host
    machine = Machine(lab.id, host)
    lab.replace(machine)
    machine.start()
    return machine

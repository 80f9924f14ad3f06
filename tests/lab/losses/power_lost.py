"""A host loses its power: nothing leaves it from one moment to the next, and it has to boot again."""

import time

import network
from topology import find_host

from .gone import promises
from .loss import Loss


def _break(lab, name):
    host = find_host(name)
    broken_ns = time.monotonic_ns()
    # First, so that neither the kernel's farewell (FIN, RST) nor what the host sees of its link gets out.
    network.cut_off(lab.id, host)
    lab.machine(name).lose_power()
    network.pull(lab.id, host)
    return broken_ns


def _mend(lab, name):
    mended_ns = time.monotonic_ns()
    network.mend(lab.id)
    network.plug(lab.id, find_host(name))
    lab.machine(name).start()
    return mended_ns


LOSS = Loss(
    name="power-lost",
    words="A host loses its power",
    what="The host's processes are killed at once and its network is gone with them; mended is when it is switched on.",
    reason="HOST_GONE",
    severity="critical",
    promises=promises(),
    break_it=_break,
    mend=_mend,
)

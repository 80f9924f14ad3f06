"""A host's cable is pulled: it lives, and sees that it is alone."""

import time

import network
from topology import find_host

from .gone import promises
from .loss import Loss


def _break(lab, name):
    broken_ns = time.monotonic_ns()
    network.pull(lab.id, find_host(name))
    return broken_ns


def _mend(lab, name):
    mended_ns = time.monotonic_ns()
    network.plug(lab.id, find_host(name))
    return mended_ns


LOSS = Loss(
    name="cable-pulled",
    words="A host's cable is pulled",
    what="The host's link goes down and comes up again; the host itself goes on.",
    reason="HOST_GONE",
    severity="critical",
    promises=promises(),
    break_it=_break,
    mend=_mend,
)

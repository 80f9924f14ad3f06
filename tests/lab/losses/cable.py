"""A cable that is pulled and put in again, whatever is lost with it."""

import time

import network
from topology import find_host


def pull(lab, name):
    """When it began, in ns of CLOCK_MONOTONIC."""
    began_ns = time.monotonic_ns()
    network.pull(lab.id, find_host(name))
    return began_ns


def plug(lab, name):
    began_ns = time.monotonic_ns()
    network.plug(lab.id, find_host(name))
    return began_ns

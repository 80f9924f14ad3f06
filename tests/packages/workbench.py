"""What the tests of one run share: the packages, and the hosts that they boot."""

import contextlib
import functools
import os
import tempfile
import time
import unittest
from pathlib import Path

import images
import needs
import package_files
import teardown
from host import Host
from interrupts import cleaned_up_by
from state import State

REPOSITORY = Path(__file__).resolve().parents[2]
_STARTED = time.monotonic()


def say(text):
    """One line of progress, with the seconds since the start."""
    print(f"[{time.monotonic() - _STARTED:6.1f}] {text}", flush=True)


class _Workbench:
    lab_id = None
    folder = None


_now = _Workbench()


@contextlib.contextmanager
def opened():
    """The time in which hosts can be booted; whatever happens, nothing is left of them."""
    with tempfile.TemporaryDirectory() as folder:
        _now.folder = Path(folder)
        if needs.missing():
            yield
            return
        teardown.remove_dead(say)
        _now.lab_id = State.start()
        with cleaned_up_by(lambda: teardown.remove(_now.lab_id)):
            yield


def folder():
    """A directory for the files of this run."""
    return _now.folder


def packages_dir():
    return os.environ.get("FAULTLINE_PACKAGES") or str(REPOSITORY / "build/deb")


def build_dir():
    return os.environ.get("FAULTLINE_BUILD") or str(REPOSITORY / "build/release")


@functools.cache
def packages():
    """Agent, collector and command, as they were built."""
    return package_files.find(packages_dir())


@functools.cache
def next_packages():
    """The version after it."""
    return [package_files.next_version(deb, folder()) for deb in packages()]


def boot(name, suite):
    """A fresh host with a Debian of that suite; skips the test where none can be booted."""
    if missing := needs.missing():
        raise unittest.SkipTest("a host cannot be booted here. Missing: " + "; ".join(missing))
    host = Host(_now.lab_id, name)
    image = images.image(suite, packages(), say)
    host.boot(image)
    say(f"{name}: Debian {suite} is up")
    return host

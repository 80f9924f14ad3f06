"""What every benchmark's command line shares: its options, and the exit code for what went wrong."""

import argparse
import sys
import time

import debs
import needs
from command import CommandFailed
from interrupts import Interrupted

_STARTED = time.monotonic()


def say(text):
    """One line of progress, with the seconds since the start."""
    print(f"[{time.monotonic() - _STARTED:6.1f}] {text}", flush=True)


def parser(description):
    options = argparse.ArgumentParser(description=description.splitlines()[0])
    options.add_argument("--packages", default=debs.DEFAULT_DIR,
                         help="directory of Faultline's packages (default: build/deb)")
    return options


def exit_code(run, options):
    """Runs run(options) where this machine can; gives the program's exit code."""
    program = sys.argv[0].rpartition("/")[2]
    if missing := needs.missing():
        print("The benchmark cannot run here. Missing: " + "; ".join(missing), file=sys.stderr)
        return needs.SKIPPED
    try:
        return run(options)
    except debs.PackagesMissing as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 2
    except CommandFailed as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 1
    except Interrupted as signal:
        print(f"{program}: {signal}", file=sys.stderr)
        return signal.exit_code

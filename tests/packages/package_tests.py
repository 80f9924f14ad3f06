#!/usr/bin/python3
"""The packages where they will live: real dpkg, apt and systemd, in booted hosts with Debian 12 and 13.

  package_tests.py [--packages DIR] [--build DIR] [NAME...]     NAME: as unittest knows it, e.g. life_test.OnDebian13

Needs root for the hosts (tests/lab/README.md); without it what boots nothing is tested, and the rest says why not.
"""

import argparse
import os
import sys
import unittest
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE), str(_HERE.parent / "lab")]

import package_files
import workbench
from interrupts import Interrupted


class _Result(unittest.TextTestResult):
    """Stops at a signal, which unittest would take for one more error of a test."""

    interrupted = None

    def addError(self, test, err):
        super().addError(test, err)
        if isinstance(err[1], Interrupted):
            self.interrupted = err[1]
            self.stop()


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--packages", help="folder of the .deb files (default: build/deb)")
    options.add_argument("--build", help="folder of the build that they were made from (default: build/release)")
    options.add_argument("names", nargs="*", help="only these tests")
    options = options.parse_args()
    for variable, value in (("FAULTLINE_PACKAGES", options.packages), ("FAULTLINE_BUILD", options.build)):
        if value:
            os.environ[variable] = str(Path(value).resolve())
    loader = unittest.TestLoader()
    try:
        workbench.packages()
        with workbench.opened():
            tests = (loader.loadTestsFromNames(options.names) if options.names
                     else loader.discover(str(_HERE), pattern="*_test.py"))
            result = unittest.TextTestRunner(verbosity=2, resultclass=_Result).run(tests)
            if result.interrupted:
                raise result.interrupted
    except package_files.PackagesMissing as error:
        print(f"package_tests.py: {error}", file=sys.stderr)
        return 2
    except Interrupted as signal:
        print(f"package_tests.py: {signal}", file=sys.stderr)
        return signal.exit_code
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())

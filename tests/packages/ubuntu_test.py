"""Whether Ubuntu 24.04 has what the packages depend on, by name and version.

No machine here reaches Ubuntu's archive, so the list is recorded: what the archive of noble had (amd64, its first
versions, since updates only grow) by listings of installed images and apt's own output in public build logs, looked up
in 2026. libssl3, libcurl4 and libc-ares2 are not on it: in noble their packages are called libssl3t64, libcurl4t64
(64-bit time) and libcares2, as in Debian 13, where life_test.py really installs and runs the packages.
"""

import re
import unittest

import workbench
from command import run

NOBLE = {
    "ca-certificates": "20240203",
    "libc6": "2.39-0ubuntu8",
    "libcares2": "1.27.0-1.0ubuntu1",
    "libcurl4t64": "8.5.0-2ubuntu10",
    "libgcc-s1": "14-20240412-0ubuntu1",
    "libmariadb3": "1:10.11.7-2ubuntu2",     # universe
    "libsqlite3-0": "3.45.1-1ubuntu2",
    "libssl3t64": "3.0.13-0ubuntu3",
    "libstdc++6": "14-20240412-0ubuntu1",
    "libsystemd0": "255.4-1ubuntu8",
    "nftables": "1.0.9-1build1",
    "systemd": "255.4-1ubuntu8",
    "zlib1g": "1:1.3.dfsg-3.1ubuntu2",
}
_ONE = re.compile(r"(?P<name>[a-z0-9+.-]+)(?: \((?P<relation>[<>=]+) (?P<version>[^)]+)\))?")


def satisfied(alternative):
    """Whether noble has this package in such a version."""
    wanted = _ONE.fullmatch(alternative.strip())
    here = NOBLE.get(wanted["name"])
    return here is not None and (wanted["version"] is None or run(
        ["dpkg", "--compare-versions", here, wanted["relation"], wanted["version"]], check=False).returncode == 0)


class OnUbuntu2404(unittest.TestCase):
    def test_every_dependency_has_an_alternative_that_is_there(self):
        for deb in workbench.packages():
            for dependency in deb.depends.split(","):
                self.assertTrue(any(satisfied(each) for each in dependency.split("|")), f"{deb.name}: {dependency}")

    def test_a_name_or_version_that_is_not_there_would_be_seen(self):
        self.assertFalse(satisfied("libssl3 (>= 3.0.0)"))
        self.assertFalse(satisfied("libc6 (>= 2.41)"))
        self.assertTrue(satisfied("libc6 (>= 2.34)"))


if __name__ == "__main__":
    unittest.main()

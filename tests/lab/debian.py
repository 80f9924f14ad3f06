"""How this machine gets Debian packages, so that the lab's hosts are built in the same way."""

import os

from command import run


def release():
    """The code name of this machine's Debian: the binaries need the libraries of the same one."""
    with open("/etc/os-release", encoding="utf-8") as lines:
        values = dict(line.rstrip("\n").split("=", 1) for line in lines if "=" in line)
    return values.get("VERSION_CODENAME", "").strip('"')


def sources():
    """This machine's own Debian archives, as (site, suite, component), main archive first.

    FAULTLINE_DEBIAN_MIRROR names another main archive, and then it is the only one.
    """
    suite = release()
    mirror = os.environ.get("FAULTLINE_DEBIAN_MIRROR")
    if mirror:
        return [(mirror, suite, "main")]
    listed = run(["apt-get", "indextargets", "--format",
                  "$(SITE) $(RELEASE) $(COMPONENT)|$(ORIGIN)|$(CREATED_BY)"]).stdout
    found = set()
    for line in listed.splitlines():
        place, origin, kind = line.split("|")
        if origin == "Debian" and kind == "Packages":
            found.add(tuple(place.split()))
    return sorted((s for s in found if s[1].startswith(suite)), key=lambda s: (s[1] != suite, s))


def apt_options():
    """The -o options that make an apt elsewhere fetch as this machine's own does."""
    dump = run(["apt-config", "dump", "--format", "%F=%v%n"]).stdout
    wanted = ("Acquire::Check-", "Acquire::http::Proxy", "Acquire::https::Proxy")
    options = []
    for line in dump.splitlines():
        if line.startswith(wanted) and not line.endswith("="):
            options += ["-o", line]
    return options

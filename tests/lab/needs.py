"""What the lab needs of this machine, and what of it is missing."""

import os
import shutil

import cgroups

SKIPPED = 77   # The exit code that says: could not be run here (as automake and meson know it).

_CAP_SYS_ADMIN = 21
_TOOLS = {   # command: Debian package
    "apt-get": "apt",
    "debootstrap": "debootstrap",
    "git": "git",
    "ip": "iproute2",
    "mount": "mount",
    "nft": "nftables",
    "nsenter": "util-linux",
    "openssl": "openssl",
    "systemctl": "systemd",
    "systemd-nspawn": "systemd-container",
}


def missing():
    """One sentence for each thing that is missing; empty where the lab can run."""
    _complete_path()
    found = []
    if os.geteuid() != 0:
        found.append("root rights (run it with sudo)")
    elif not _has_capability(_CAP_SYS_ADMIN):
        found.append("CAP_SYS_ADMIN: root of this container may not mount or make namespaces")
    for tool, package in _TOOLS.items():
        if not shutil.which(tool):
            found.append(f"{tool} (apt-get install {package})")
    roots = cgroups.roots()
    if not roots:
        found.append("a cgroup file system with the systemd or the unified hierarchy")
    for root in roots:
        if os.geteuid() == 0 and not os.access(root, os.W_OK):
            found.append(f"cgroups that can be written to ({root} is read-only)")
    return found


def _complete_path():
    """Debian's su keeps the caller's PATH, which may lack the administrator's directories."""
    parts = os.environ.get("PATH", os.defpath).split(":")
    parts += [each for each in ("/usr/sbin", "/sbin") if each not in parts]
    os.environ["PATH"] = ":".join(parts)


def _has_capability(number):
    with open("/proc/self/status", encoding="ascii", errors="replace") as lines:
        for line in lines:
            if line.startswith("CapEff:"):
                return bool(int(line.split()[1], 16) >> number & 1)
    return False

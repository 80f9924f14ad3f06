"""How everything that one lab makes is called: all names carry its id, so that two can live."""

import errno
import os
import re
import secrets
import tempfile
from pathlib import Path

ROUTER = "router"
RECEIVER = "receiver"
_ID = re.compile(r"[0-9a-f]{4}")


def labs_dir():
    """The directory that holds one directory for each lab: $FAULTLINE_LAB_DIR, or in /var/lib."""
    return Path(os.environ.get("FAULTLINE_LAB_DIR") or "/var/lib/faultline-lab")


def take_id(first_files):
    """Takes an id that no lab of this machine has; gives the id.

    The lab's directory appears at once with `first_files` (name -> text) in it, so that whoever
    sees a lab also sees whose it is.
    """
    labs_dir().mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=".new-", dir=labs_dir()))
    for name, text in first_files.items():
        (new / name).write_text(text, encoding="utf-8")
    while True:
        lab_id = secrets.token_hex(2)
        try:
            new.rename(labs_dir() / lab_id)   # Refused while that directory holds something.
            return lab_id
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise


def known_ids():
    """The ids of all labs that have a directory, dead ones too, oldest first."""
    if not labs_dir().is_dir():
        return []
    found = [path for path in labs_dir().iterdir() if _ID.fullmatch(path.name)]
    return [path.name for path in sorted(found, key=lambda path: path.stat().st_mtime)]


def lab_dir(lab_id):
    return labs_dir() / lab_id


def thing(lab_id, part):
    """The name of the namespace, machine or cgroup of one part (a host, the router, a helper)."""
    return f"{prefix(lab_id)}{part}"


def prefix(lab_id):
    """What the names of all namespaces, machines and cgroups of this lab begin with."""
    if not _ID.fullmatch(lab_id):
        raise ValueError(f"'{lab_id}' is not the id of a lab: four hexadecimal digits")
    return f"fl-{lab_id}-"

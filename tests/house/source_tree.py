"""The tree as the house checks see it: git's files and those not added yet, never what is ignored."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def files(root=ROOT):
    """Paths relative to the root, as text with '/', sorted."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        check=True,
        capture_output=True,
    ).stdout.decode()
    return sorted({name for name in listing.split("\0") if name and (root / name).is_file()})


def text(name, root=ROOT):
    """The file's text; a binary file is empty text."""
    data = (root / name).read_bytes()
    return "" if b"\0" in data[:4096] else data.decode("utf-8", errors="replace")


def sources(root=ROOT):
    """{path: text} of the C++ sources that we wrote."""
    return {name: text(name, root) for name in files(root) if name.endswith((".h", ".cc"))}

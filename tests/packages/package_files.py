"""Faultline's packages as files, and the next version of each."""

import dataclasses
import re
import tempfile
from pathlib import Path

from command import run

NAMES = ("faultline-agent", "faultline-collector", "faultline-cli")


class PackagesMissing(Exception):
    """The folder lacks a package; the text says which and what to do."""


@dataclasses.dataclass(frozen=True)
class Deb:
    """One package file and what it says of itself."""
    path: Path
    name: str
    version: str
    depends: str

    @classmethod
    def read(cls, path):
        said = [run(["dpkg-deb", "--field", path, field]).stdout.strip() for field in ("Package", "Version", "Depends")]
        return cls(Path(path), *said)


def find(directory):
    """The newest packages in a folder, in the order of NAMES; raises PackagesMissing."""
    found = []
    for name in NAMES:
        files = sorted(Path(directory).resolve().glob(f"{name}_*.deb"), key=lambda path: path.stat().st_mtime)
        if not files:
            raise PackagesMissing(f"{directory} has no {name}: make it with 'make deb', or name another folder "
                                  "with --packages")
        found.append(Deb.read(files[-1]))
    return found


def next_version(deb, directory):
    """The same package as a newer version, whose configuration file, if it has one, has changed as well."""
    version = f"{deb.version}+next"
    with tempfile.TemporaryDirectory() as unpacked:
        tree = Path(unpacked) / "tree"
        run(["dpkg-deb", "--raw-extract", deb.path, tree])
        control = tree / "DEBIAN/control"
        control.write_text(re.sub(r"(?m)^Version: .*$", f"Version: {version}", control.read_text(encoding="utf-8")),
                           encoding="utf-8")
        conffiles = tree / "DEBIAN/conffiles"
        for inside in conffiles.read_text(encoding="utf-8").split() if conffiles.exists() else ():
            with open(tree / inside.lstrip("/"), "a", encoding="utf-8") as file:
                file.write("# A line that came with the next version.\n")
        path = Path(directory) / f"{deb.name}_{version}.deb"
        run(["dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, path])
    return Deb.read(path)

"""Faultline's packages as `make deb` leaves them, in the tar that user-data installs from."""

import dataclasses
import hashlib
import tarfile
from pathlib import Path

import results

DEFAULT_DIR = str(results.REPOSITORY / "build" / "deb")
_PACKAGES = ("faultline-agent", "faultline-collector", "faultline-cli")


class PackagesMissing(Exception):
    """Not everything is built; the text says what is missing and what to do."""


@dataclasses.dataclass(frozen=True)
class Packages:
    """The newest packages of a directory."""
    files: tuple

    def tar(self, path):
        """Packs them into a tar; gives its SHA-256."""
        with tarfile.open(path, "w") as tar:
            for file in self.files:
                tar.add(file, file.name)
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def find(directory):
    """The packages in a directory; raises PackagesMissing."""
    directory, found, missing = Path(directory).resolve(), [], []
    for name in _PACKAGES:
        files = sorted(directory.glob(f"{name}_*.deb"), key=lambda path: path.stat().st_mtime)
        (found if files else missing).append(files[-1] if files else name)
    if missing:
        raise PackagesMissing(f"{directory} has no {', '.join(missing)}: make them with 'make deb', "
                              "or name the directory that has them with --packages")
    return Packages(tuple(found))

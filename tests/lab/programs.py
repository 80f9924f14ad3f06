"""Where the built programs are."""

from pathlib import Path

import results

DEFAULT_DIR = str(results.REPOSITORY / "build" / "release")

# Program: the layer's folder of a build directory that it is built in.
_FOLDERS = {"faultline-agent": "agent", "faultline-collector": "collector", "faultline": "cli"}


class ProgramsMissing(Exception):
    """Not everything is built; the text says what is missing and what to do."""


def find(directory):
    """The programs' paths by name, in a build directory or side by side in any other one."""
    directory = Path(directory).resolve()
    found = {name: path for name, folder in _FOLDERS.items()
             for path in (directory / folder / name, directory / name) if path.is_file()}
    missing = [name for name in _FOLDERS if name not in found]
    if missing:
        raise ProgramsMissing(f"{directory} has no {', '.join(missing)}: build them with "
                              "'make release', or name the directory that has them with --bin")
    return found

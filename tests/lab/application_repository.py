"""The watched application as a git repository, as it is where people deploy it from."""

import shutil
import tempfile
from pathlib import Path

from command import run

_APP = Path(__file__).resolve().parents[2] / "deploy" / "app"
_AUTHOR = ("-c", "user.name=lab", "-c", "user.email=lab@example.com", "-c", "init.defaultBranch=main")


def make(bare):
    """Makes a bare repository with deploy/app as its only commit."""
    with tempfile.TemporaryDirectory(prefix="faultline-lab-") as folder:
        shutil.copytree(_APP, f"{folder}/app",
                        ignore=shutil.ignore_patterns("__pycache__", "*.pyc", ".pytest_cache"))
        git = ["git", "-C", f"{folder}/app", *_AUTHOR]
        run([*git, "init", "--quiet"])
        run([*git, "add", "--all", "--force"])
        run([*git, "commit", "--quiet", "--message", "The application"])
        run(["git", "clone", "--quiet", "--bare", f"{folder}/app", bare])

"""A release as `make release` makes it, signed by a key that lives as long as this run."""

import functools
import os
import shutil
import unittest
from pathlib import Path

import workbench
from command import run

_TOOLS = {"gpg": "gnupg", "apt-ftparchive": "apt-utils", "ninja": "ninja-build", "dpkg-deb": "dpkg"}


def throwaway_key(name):
    """A new key in a GnuPG home of its own; gives that home."""
    home = workbench.folder() / f"gnupg-{name}"
    home.mkdir(mode=0o700)
    gpg(home, "--passphrase", "", "--quick-generate-key", f"{name} <{name}@example.org>", "ed25519", "sign", "1d")
    return home


def gpg(home, *words):
    """Runs gpg; the agent that it starts ends with it."""
    try:
        return run(["gpg", "--homedir", home, "--batch", "--quiet", "--armor", *words]).stdout
    finally:
        run(["gpgconf", "--homedir", home, "--kill", "gpg-agent"], check=False)


@functools.cache
def published():
    """The folder that `make release` would leave in build/publish; skips the test where it cannot be made."""
    missing = [package for tool, package in _TOOLS.items() if not shutil.which(tool)]
    if missing:
        raise unittest.SkipTest("a release cannot be made here. Missing: " + ", ".join(missing))
    if not Path(workbench.build_dir(), "build.ninja").exists():
        raise unittest.SkipTest(f"{workbench.build_dir()} is not the build that the packages came from")
    home = throwaway_key("publisher")
    done = release(home)
    if done.returncode != 0:
        raise AssertionError(f"scripts/release ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return workbench.folder() / "publish"


def release(home, key="publisher@example.org"):
    """Runs scripts/release on the packages under test; gives the CompletedProcess."""
    try:
        return run([workbench.REPOSITORY / "scripts/release", "--packages", workbench.packages_dir(), "--build",
                    workbench.build_dir(), "--output", workbench.folder() / "publish"], check=False, timeout=300,
                   env={**os.environ, "GNUPGHOME": str(home), "FAULTLINE_SIGNING_KEY": key})
    finally:
        run(["gpgconf", "--homedir", home, "--kill", "gpg-agent"], check=False)

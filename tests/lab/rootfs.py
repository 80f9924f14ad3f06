"""Puts files into a host's file system before it boots."""

import os
import shutil
from pathlib import Path

from command import run


class RootFs:
    """The mounted root directory of one host."""

    def __init__(self, root):
        self.root = Path(root)

    def path(self, inside):
        """Where an absolute path of the host is on this machine; its directory is made."""
        path = self.root / inside.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def write(self, inside, text, mode=0o644, group=None):
        path = self.path(inside)
        if path.is_symlink():
            path.unlink()
        path.write_text(text, encoding="utf-8")
        self._protect(path, mode, group)

    def copy(self, source, inside, mode=0o644, group=None):
        path = self.path(inside)
        shutil.copyfile(source, path)
        self._protect(path, mode, group)

    def copy_tree(self, source, inside):
        shutil.copytree(source, self.path(inside), dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))

    def link(self, inside, target):
        self.path(inside).symlink_to(target)

    def directory(self, inside, mode=0o755, group=None):
        path = self.path(inside)
        path.mkdir(exist_ok=True)
        self._protect(path, mode, group)

    def add_users(self):
        """Makes the system users that the sysusers.d files of the host declare."""
        run(["systemd-sysusers", f"--root={self.root}"])

    def enable(self, *units):
        run(["systemctl", "--quiet", f"--root={self.root}", "enable", *units])

    def _protect(self, path, mode, group):
        os.chown(path, 0, self._group_id(group) if group else 0)
        path.chmod(mode)

    def _group_id(self, name):
        with open(self.root / "etc/group", encoding="utf-8") as groups:
            for line in groups:
                fields = line.split(":")
                if fields[0] == name:
                    return int(fields[2])
        raise KeyError(f"there is no group '{name}' in {self.root}")

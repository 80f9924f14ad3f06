"""A real MariaDB server of the tests' own, on loopback, in a directory of its own."""

import os
import signal
import socket
import subprocess

import child
from waiting import until

ADDRESS = "127.0.0.1"


def free_port():
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return probe.getsockname()[1]


class PrivateMariaDb:
    """Its data outlives stop() and start()."""

    def __init__(self, directory, arguments=()):
        self._directory = directory
        self._arguments = arguments
        self._process = None
        self.port = free_port()
        self.socket = str(directory / "s")
        made = subprocess.run(
            ["mariadb-install-db", "--no-defaults", f"--datadir={directory}/data",
             "--open-files-limit=1024",
             "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve",
             "--innodb-log-file-size=4M", *self._as_user()],
            stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert made.returncode == 0, made.stdout + made.stderr
        self.start()
        # Only over the socket: an account at 127.0.0.1 would let every name come from there.
        self.sql("DELETE FROM mysql.global_priv WHERE Host <> 'localhost'; FLUSH PRIVILEGES")

    def start(self, *arguments):
        log = self._directory / "server.log"
        log.unlink(missing_ok=True)
        self._process = child.start(
            ["/usr/sbin/mariadbd", "--no-defaults", f"--datadir={self._directory}/data",
             f"--socket={self._directory}/s", f"--port={self.port}", f"--bind-address={ADDRESS}",
             f"--log-error={log}", f"--pid-file={self._directory}/pid", "--skip-name-resolve",
             "--open-files-limit=1024", "--innodb-buffer-pool-size=8M", "--innodb-flush-log-at-trx-commit=0",
             "--character-set-server=latin1",   # Not what the application speaks.
             *self._as_user(), *self._arguments, *arguments])
        until(lambda: log.exists() and "ready for connections" in log.read_text(errors="replace"),
              lambda: log.read_text(errors="replace"), 40)

    def stop(self):
        if self._process is not None:
            child.end(self._process, signal.SIGTERM)
            self._process = None

    def kill(self):
        """For the end: nobody wants its data any more."""
        child.end(self._process, signal.SIGKILL)

    def pause(self):
        self._process.send_signal(signal.SIGSTOP)

    def resume(self):
        self._process.send_signal(signal.SIGCONT)

    def sql(self, statements):
        """As its administrator; gives the answer's lines."""
        done = subprocess.run(
            ["mariadb", "--no-defaults", "--batch", "--skip-column-names", "-uroot",
             f"--socket={self._directory}/s", "--default-character-set=utf8mb4"],
            input=statements, capture_output=True, text=True)
        assert done.returncode == 0, f"{statements}: {done.stderr}"
        return done.stdout.splitlines()

    @staticmethod
    def _as_user():
        return ("--user=root",) if os.geteuid() == 0 else ()

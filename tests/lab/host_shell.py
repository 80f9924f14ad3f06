"""A shell inside a host: commands are typed into it as a person would, and timed from the key.

It is opened beforehand, so that a measurement from just before the command holds no start-up of
ours, only what the typed command itself does.
"""

import queue
import subprocess
import threading
import time

from command import CommandFailed

_ENVIRONMENT = ("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root",
                "LANG=C.UTF-8", "SYSTEMD_PAGER=")


def entering(leader, argv, extra_environment=()):
    """The argument list that runs argv inside the host whose PID 1 is `leader`."""
    return ["nsenter", "-t", str(leader), "-m", "-p", "-n", "-i", "-u", "-C", "--wdns=/",
            "env", "-i", *_ENVIRONMENT, *extra_environment, *argv]


class HostShell:
    """A root shell in a host. Not for use from several threads."""

    def __init__(self, leader, hostname):
        self._hostname = hostname
        self._process = subprocess.Popen(
            entering(leader, ["/bin/sh"]), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True)
        self._lines = queue.Queue()
        self._count = 0
        threading.Thread(target=self._read, daemon=True).start()
        self.type("true")

    def type(self, line, timeout=60):
        """Types one line and waits until it is done.

        Gives (started_ns, output): CLOCK_MONOTONIC from just before the line was sent. Raises
        CommandFailed when the line ends with an error or not in time.
        """
        started_ns = self.send(line)
        return started_ns, self.finish(timeout)

    def close(self):
        """Ends the shell."""
        self._process.stdin.close()
        self._process.wait()

    def send(self, line):
        """Types one line and returns at once, with the CLOCK_MONOTONIC from just before; finish()
        must be called before the next line."""
        self._count += 1
        keys = f"{line}\necho @@done-{self._count} $?\n"
        started_ns = time.monotonic_ns()
        self._process.stdin.write(keys)
        self._process.stdin.flush()
        return started_ns

    def finish(self, timeout=60):
        """Waits for the line that was sent; gives its output."""
        deadline, output = time.monotonic() + timeout, []
        while True:
            try:
                line = self._lines.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                raise CommandFailed(f"{self._hostname}: a command did not end within "
                                    f"{timeout} s") from None
            if line is None:
                raise CommandFailed(f"{self._hostname}: the shell has ended")
            if line.startswith(f"@@done-{self._count} "):
                break
            output.append(line)
        text = "".join(output)
        if (code := line.split()[1]) != "0":
            raise CommandFailed(f"{self._hostname}: the command ended with {code}: {text.strip()}")
        return text

    def _read(self):
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

"""What the agent watches: ports that open and close, and a log that is written to.

Each remembers what it did and when, which is the truth that the collector's store is held against.
"""

import dataclasses
import socket
import threading
import time


@dataclasses.dataclass(frozen=True)
class Change:
    """A port has been open or closed from `at` on (CLOCK_REALTIME, seconds)."""
    at: float
    is_open: bool


class Door:
    """A TCP port of a loopback address that nobody else uses."""

    def __init__(self, address):
        self._address = address
        self._socket = None
        self._lock = threading.Lock()
        self.port = 0
        self.changes = []
        self.open()

    @property
    def target(self):
        return f"{self._address}:{self.port}"

    @property
    def is_open(self):
        return self._socket is not None

    def toggle(self):
        if self.is_open:
            self.close()
        else:
            self.open()

    def open(self):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self._address, self.port))
        listener.listen(512)
        self.port = listener.getsockname()[1]
        self._socket = listener
        self.changes.append(Change(time.time(), True))
        threading.Thread(target=self._take, args=(listener,), daemon=True).start()

    def close(self):
        self.changes.append(Change(time.time(), False))
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._socket = None

    def _take(self, listener):
        """Where the agent may not send half-open probes it connects: those must not pile up."""
        while True:
            try:
                connection, _ = listener.accept()
                connection.close()
            except OSError:
                return


class Log:
    """A log file; each error line has a word that no other has."""

    # Without digits and hexadecimal letters: the agent's fingerprints leave such words out.
    _LETTERS = "ghijklmnopqrstuvwxyz"

    def __init__(self, path):
        self.path = path
        self.lines = []   # (word, when it was written)
        path.write_text("", encoding="ascii")

    def write(self):
        number, word = len(self.lines), ""
        while not word or number:
            number, digit = divmod(number, len(self._LETTERS))
            word += self._LETTERS[digit]
        word = f"word{word}"
        with open(self.path, "a", encoding="ascii") as file:
            file.write(f"ERROR cannot find {word} in the warehouse\n")
        self.lines.append((word, time.time()))

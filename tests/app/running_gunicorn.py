"""gunicorn as the unit starts it, on a socket of the tests' own."""

import http.client
import json
import os
import re
import signal
import socket

import child
from conftest import APP
from waiting import until

UNIT = (APP / "systemd/flask-app.service").read_text(encoding="utf-8")


def command(directory):
    """ExecStart of the unit, with its runtime directory elsewhere."""
    start = re.search(r"^ExecStart=((?:.*\\\n)*.*)$", UNIT, re.MULTILINE)[1].replace("\\\n", " ")
    assert "/run/flask-app" in start
    return start.replace("/run/flask-app", str(directory)).split()


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Gunicorn:
    def __init__(self, directory, environment):
        self._log = directory / "journal"
        self.socket = directory / "gunicorn.sock"
        with open(self._log, "wb") as log:
            self.process = child.start(
                command(directory), cwd=APP, stdout=log, stderr=log,
                env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **environment})

    def wait_until_it_answers(self):
        until(self.answers, self.text)

    def answers(self):
        """Whether it does now; a worker that ends may leave a connection without an answer."""
        assert self.process.poll() is None, self.text()
        try:
            return self.get("/healthz")[0] == 200
        except OSError:
            return False

    def get(self, page, method="GET", headers=None):
        """(status, JSON or None, headers)"""
        connection = _UnixConnection(self.socket)
        try:
            connection.request(method, page, headers=headers or {})
            response = connection.getresponse()
            text = response.read()
            return response.status, json.loads(text) if text else None, response.headers
        finally:
            connection.close()

    def text(self):
        return self._log.read_text(encoding="utf-8")

    def lines(self):
        """Every line it wrote, whole ones only; each has to be an object of JSON."""
        whole, _, _ = self.text().rpartition("\n")
        return [json.loads(line) for line in whole.splitlines()]

    def said(self, **fields):
        """The first line that has these fields, once it is there."""
        def find():
            return next((line for line in self.lines()
                         if all(line.get(name) == value for name, value in fields.items())), None)
        return until(find, lambda: f"{fields} in {self.text()}")

    def end(self, with_signal=signal.SIGTERM):
        return child.end(self.process, with_signal)

"""A collector, an agent and a pager on loopback, in a directory of their own; both can be killed."""

import contextlib
import http.server
import json
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

import spool_files

REPOSITORY = Path(__file__).resolve().parents[2]
_STACK, _ENV, _HOST = "shop", "prod", "app-1"


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A collector that was killed resets its connections: nothing to tell."""


class Pager:
    """Receives webhooks and remembers them in order of arrival."""

    def __init__(self):
        self.messages = []
        pager = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                pager.messages.append({"key": self.headers["Idempotency-Key"], "body": body})
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class Program:
    """A program that is started, killed and started again. `lives`: from when to when it ran
    (CLOCK_REALTIME, seconds; the last one may be without an end)."""

    def __init__(self, command, log):
        self._command = command
        self._log = log
        self._process = None
        self.lives = []

    @property
    def running(self):
        return self._process is not None

    def start(self):
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log,
                                             stdin=subprocess.DEVNULL, start_new_session=True)
        self.lives.append([time.time(), None])

    def kill(self):
        """SIGKILL; what ran until a moment before counts as its life."""
        self.end(signal.SIGKILL)

    def end(self, number=signal.SIGTERM):
        if self._process is None:
            return
        if self._process.poll() is not None:
            raise RuntimeError(f"{self._command[0]} ended by itself with "
                               f"{self._process.returncode}; its log is {self._log}")
        self.lives[-1][1] = time.time()
        self._process.send_signal(number)
        self._process.wait(timeout=30)
        self._process = None


class Stage:
    """Everything of one campaign. Use as a context manager: the end takes all of it down."""

    def __init__(self, directory, programs, checks_yaml):
        self.directory = directory
        self.database = directory / "store" / "faultline.db"
        self.spool = directory / "agent" / "spool"
        self.pager = Pager()
        self._http_port = _free_port()
        agents_port = _free_port()
        subprocess.run([REPOSITORY / "scripts" / "make-certificates", directory / "tls", _STACK,
                        _ENV, f"{_HOST}:app"], check=True, stdout=subprocess.DEVNULL)
        tls = "tls:\n  ca: {0}/ca.crt\n  certificate: {0}/{1}.crt\n  key: {0}/{1}.key\n"
        (directory / "collector.yaml").write_text(
            f"listen:\n  agents: 127.0.0.1:{agents_port}\n  http: 127.0.0.1:{self._http_port}\n"
            + tls.format(directory / "tls", "collector")
            + f"store:\n  path: {self.database}\n"
            + f"notify:\n  - name: pager\n    webhook:\n      url: {self.pager.url}\n",
            encoding="utf-8")
        (directory / "agent.yaml").write_text(
            f"collector:\n  address: 127.0.0.1:{agents_port}\n"
            + tls.format(directory / "tls", _HOST)
            + f"state_dir: {directory}/agent\nchecks:\n{checks_yaml}", encoding="utf-8")
        self.agent = Program([programs / "faultline-agent", "--config",
                              directory / "agent.yaml"], directory / "agent.log")
        self.collector = Program([programs / "faultline-collector", "--config",
                                  directory / "collector.yaml"], directory / "collector.log")
        self.written = set()   # Records found in the spool after a kill of the agent.

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for program in (self.agent, self.collector):
            with contextlib.suppress(Exception):
                program.kill()
        self.pager.close()

    def kill_agent(self):
        self.agent.kill()
        self.written |= spool_files.read(self.spool)

    def api(self, path):
        url = f"http://127.0.0.1:{self._http_port}/api/v1/{path}"
        try:
            # Never through a proxy: it is loopback.
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(url, timeout=5) as answer:
                return json.load(answer)
        except OSError:
            return {}

    def rows(self, query):
        """Rows of the collector's store, as dictionaries."""
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute(query)]


def wait_until(condition, seconds):
    """Polls; gives whether it held before the deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True




def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

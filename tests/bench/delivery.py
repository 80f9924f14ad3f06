#!/usr/bin/python3
"""How fast a collector empties its outbox on a slow disk, to a fast receiver.

    tests/bench/delivery.py [--count 2000] [--sync-ms 20] COLLECTOR [COLLECTOR ...]

Each COLLECTOR (a path of faultline-collector, for example of this tree and of a worktree of an
older commit) starts on a copy of the same outbox, in the order given, and its rate is printed. The
first one is also who makes the database, so it has to be the oldest. Needs a C compiler.
"""

import argparse
import http.server
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

_HERE = Path(__file__).resolve().parent


class Receiver:
    """Answers 200 at once and notes when what came."""

    def __init__(self):
        times = self.times = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # pylint: disable=invalid-name
                self.rfile.read(int(self.headers["Content-Length"]))
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                times.append(time.monotonic())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _configuration(folder, url):
    text = (f"listen: {{agents: 127.0.0.1:0, enrolment: 127.0.0.1:0, "
            f"http: 127.0.0.1:{_free_port()}}}\n"
            f"store: {{path: {folder}/f.db}}\nauthority: {{directory: {folder}/authority}}\n"
            f"notify: [{{name: pager, webhook: {{url: \"{url}\"}}}}]\n")
    path = folder / "collector.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def _start(collector, configuration, preload=None, sync_ms=0):
    environment = dict(os.environ, SLOW_SYNC_MS=str(sync_ms))
    if preload:
        environment["LD_PRELOAD"] = str(preload)
    return subprocess.Popen([collector, "--config", configuration], env=environment,
                            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)


def _make_database(collector, folder):
    """Made by the collector itself, then stopped."""
    process = _start(collector, _configuration(folder, "http://127.0.0.1:1/none"))
    for line in process.stderr:
        if "page and API on" in line:
            break
    process.terminate()
    process.communicate()


def _fill(path, count):
    """`count` incidents of as many hosts, each with one message that waits."""
    now = time.time_ns()
    with sqlite3.connect(path) as database:
        is_old = any(row[1] == "delivered_at" for row in
                     database.execute("PRAGMA table_info(outbox)"))
        for number in range(1, count + 1):
            host, subject = f"host-{number}", f"subject {number}"
            for version in (0, 1):
                database.execute(
                    "INSERT INTO incidents VALUES (?,?,?,'shop','prod',?,2,0,'',?,'R',?,?,?,?,0,0,"
                    "0,1)", (number, version, f"key {number}", subject, host, "CRITICAL down",
                             "CRITICAL down\n" + "A line of evidence.\n" * 8, now, now))
            if is_old:
                database.execute("INSERT INTO outbox (channel, incident, version, event, "
                                 "decided_at) VALUES ('pager',?,1,0,?)", (number, now))
            else:
                database.execute(
                    "INSERT INTO outbox (channel, incident, version, urgency, line, host, "
                    "decided_at) VALUES ('pager',?,1,0,?,?,?)",
                    (number, f"shop\x1fprod\x1f{subject}", f"shop\x1fprod\x1f{host}", now))
    database.close()


def measure(collector, source, count, preload, sync_ms, patience):
    """Messages a second, and how many came."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        shutil.copytree(source, folder, dirs_exist_ok=True)
        receiver = Receiver()
        process = _start(collector, _configuration(folder, receiver.url), preload, sync_ms)
        threading.Thread(target=process.stderr.read, daemon=True).start()
        end = time.monotonic() + patience
        while len(receiver.times) < count and time.monotonic() < end:
            time.sleep(0.02)
        came = receiver.times[:]
        process.terminate()
        process.wait()
        receiver.server.shutdown()
    span = came[-1] - came[0] if len(came) > 1 else float("inf")
    return (len(came) - 1) / span, len(came)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("collector", nargs="+")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--sync-ms", type=int, default=20)
    parser.add_argument("--patience", type=float, default=30, help="seconds for each")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        preload = Path(place) / "slow_sync.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", preload, _HERE / "slow_sync.c", "-ldl"],
                       check=True)
        source = Path(place) / "source"
        source.mkdir()
        _make_database(options.collector[0], source)
        _fill(source / "f.db", options.count)
        for collector in options.collector:
            rate, came = measure(collector, source, options.count, preload, options.sync_ms,
                                 options.patience)
            print(f"{rate:9.1f} messages/s  ({came} of {options.count}, each sync "
                  f"+{options.sync_ms} ms)  {collector}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Starts the lab's receiver and reads what it has got."""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import cgroups
import names
from command import CommandFailed
from topology import COLLECTOR, WEBHOOK_PORT


def open_keys(messages):
    """The deduplication keys of what has been opened and not resolved (pure)."""
    keys = []
    for message in messages:
        key, event = message["body"].get("dedup_key"), message["body"].get("event")
        if event == "opened" and key not in keys:
            keys.append(key)
        elif event == "resolved" and key in keys:
            keys.remove(key)
    return keys


class Pager:
    """The receiver of one lab, seen from the runner."""

    def __init__(self, lab_id):
        self._lab_id = lab_id
        self._socket = names.lab_dir(lab_id) / "receiver.sock"

    def start(self, timeout=10):
        """Starts the receiver in the collector's network namespace and waits until it listens."""
        directories = cgroups.create(names.thing(self._lab_id, names.RECEIVER))
        log_path = names.lab_dir(self._lab_id) / "receiver.log"
        with open(log_path, "wb") as log:
            process = subprocess.Popen(
                ["ip", "netns", "exec", names.thing(self._lab_id, COLLECTOR.name), sys.executable,
                 str(Path(__file__).with_name("receiver.py")), f"--port={WEBHOOK_PORT}",
                 f"--control={self._socket}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                preexec_fn=lambda: cgroups.enter(directories))
        deadline = time.monotonic() + timeout
        while not self._socket.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise CommandFailed(f"the receiver does not start:\n{log_path.read_text()}")
            time.sleep(0.01)

    def messages(self, after=0, wait=0):
        """The messages from number `after` on; waits up to `wait` seconds for there to be one."""
        return self._ask({"do": "messages", "after": after, "wait": wait}, wait + 5)["messages"]

    def count(self):
        """How many messages have arrived: the number to pass as `after` for later ones."""
        return len(self.messages())

    def wait_for(self, wanted, after, timeout):
        """The first message from number `after` on for which wanted(message); None in the end."""
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            for message in self.messages(after, min(left, 5)):
                if wanted(message):
                    return message
                after = message["number"] + 1
        return None

    def wait_settled(self, timeout=30):
        """Waits until every incident that was opened has been resolved too; gives the count.

        Raises CommandFailed with those that have not.
        """
        deadline, messages = time.monotonic() + timeout, self.messages()
        while still_open := open_keys(messages):
            if time.monotonic() > deadline:
                raise CommandFailed(f"the pager was not told that this is over: {still_open}")
            messages += self.messages(len(messages), wait=1)
        return len(messages)

    def hold(self):
        """From now on webhooks get no answer."""
        self._ask({"do": "hold"}, 5)

    def release(self):
        """All webhooks get their answer again, those that wait for one too."""
        self._ask({"do": "release"}, 5)

    def _ask(self, request, timeout):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(timeout)
            connection.connect(str(self._socket))
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as answer:
                return json.loads(answer.readline())

"""The receiver, as a real process with real sockets."""

import http.client
import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

import pager


class Receiver(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        control = Path(directory.name) / "control.sock"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, str(Path(pager.__file__).with_name("receiver.py")),
             f"--port={self.port}", f"--control={control}"])
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        deadline = time.monotonic() + 10
        while not control.exists():
            self.assertLess(time.monotonic(), deadline, "the receiver does not start")
            time.sleep(0.01)
        self.pager = pager.Pager("0000")
        self.pager._socket = control

    def post(self, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("POST", "/hook", body, {"Idempotency-Key": "k/1"})
        status = connection.getresponse().status
        connection.close()
        return status

    def test_it_remembers_when_and_what_arrived(self):
        before_ns = time.monotonic_ns()
        self.assertEqual(self.post(json.dumps({"event": "opened"})), 204)
        (message,) = self.pager.messages(0, wait=5)
        self.assertTrue(before_ns < message["arrived_ns"] < time.monotonic_ns())
        self.assertEqual((message["body"], message["idempotency_key"], message["path"]),
                         ({"event": "opened"}, "k/1", "/hook"))

    def test_while_it_holds_a_message_arrives_but_is_not_answered(self):
        self.pager.hold()
        answers = []
        client = threading.Thread(target=lambda: answers.append(self.post("{}")))
        client.start()
        (message,) = self.pager.messages(0, wait=5)
        self.assertFalse(message["answered"] or answers)
        self.pager.release()
        client.join(timeout=10)
        self.assertEqual(answers, [204])

    def test_what_is_not_json_is_kept_as_text(self):
        self.post(b"\xff{")
        self.assertIn("not_json", self.pager.messages(0, wait=5)[0]["body"])


if __name__ == "__main__":
    unittest.main()

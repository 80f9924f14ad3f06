"""The pager: receives webhooks inside the lab and remembers when each one arrived.

Runs as a process of its own in the collector's network namespace. On a Unix socket it answers one
JSON request a line: {"do": "messages", "after": N, "wait": SECONDS}, {"do": "hold"},
{"do": "release"}. While it holds, a webhook is recorded but its answer is kept back.
"""

import argparse
import http.server
import json
import os
import socketserver
import threading
import time

_MAX_BODY = 4 << 20


class Inbox:
    """The messages in order of arrival, and whether answers are held back. Thread-safe."""

    def __init__(self):
        self._changed = threading.Condition()
        self._messages = []
        self._holding = False

    def add(self, message):
        with self._changed:
            message["number"] = len(self._messages)
            self._messages.append(message)
            self._changed.notify_all()

    def wait_until_answers_are_allowed(self):
        with self._changed:
            self._changed.wait_for(lambda: not self._holding)

    def mark_answered(self, message):
        with self._changed:
            message["answered"] = True

    def set_holding(self, holding):
        with self._changed:
            self._holding = holding
            self._changed.notify_all()

    def after(self, number, wait):
        """The messages from that number on; waits until there is one, at most `wait` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._messages) > number, timeout=wait)
            return [dict(message) for message in self._messages[number:]]


def webhook_handler(inbox):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self):
            length = self.headers.get("Content-Length", "")
            if not length.isdigit() or int(length) > _MAX_BODY:
                self.send_error(411 if not length.isdigit() else 413)
                return
            body = self.rfile.read(int(length))
            message = {"arrived_ns": time.monotonic_ns(), "arrived_at": time.time(),
                       "path": self.path, "answered": False,
                       "idempotency_key": self.headers.get("Idempotency-Key"),
                       "body": _parsed(body)}
            inbox.add(message)
            inbox.wait_until_answers_are_allowed()
            self.send_response(204)
            self.send_header("Content-Length", "0")
            self.end_headers()
            self.wfile.flush()
            inbox.mark_answered(message)

        def log_message(self, *_):
            pass

    return Handler


def control_handler(inbox):
    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            for line in self.rfile:
                request = json.loads(line)
                answer = {}
                if request["do"] == "messages":
                    answer["messages"] = inbox.after(request["after"], request["wait"])
                elif request["do"] in ("hold", "release"):
                    inbox.set_holding(request["do"] == "hold")
                else:
                    answer["error"] = f"unknown request {request['do']!r}"
                self.wfile.write(json.dumps(answer).encode() + b"\n")

    return Handler


class _Http(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


class _Control(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


def _parsed(body):
    """The body as JSON, or wrapped as text where it is none, so that nothing is lost."""
    try:
        return json.loads(body)
    except ValueError:
        return {"not_json": body.decode("utf-8", errors="replace")}


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--control", required=True, help="path of the Unix socket to make")
    options = arguments.parse_args()
    inbox = Inbox()
    webhooks = _Http(("127.0.0.1", options.port), webhook_handler(inbox))
    threading.Thread(target=webhooks.serve_forever, daemon=True).start()
    # The socket appears last: whoever sees it can rely on the webhook port.
    not_yet = f"{options.control}.new"
    control = _Control(not_yet, control_handler(inbox))
    os.rename(not_yet, options.control)
    control.serve_forever()


if __name__ == "__main__":
    main()

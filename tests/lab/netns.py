"""Sockets inside a network namespace, for this process, which stays outside.

A socket belongs for ever to the namespace in which it was made; so the calling thread goes in,
makes it, and comes back. (Python has os.setns only from 3.12 on.)
"""

import contextlib
import ctypes
import http.client
import json
import os
import socket

_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def inside(name):
    """The calling thread is in the named network namespace until the block ends."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        there = os.open(f"/run/netns/{name}", os.O_RDONLY | os.O_CLOEXEC)
        try:
            _enter(there)
        finally:
            os.close(there)
        try:
            yield
        finally:
            _enter(home)
    finally:
        os.close(home)


def connect(name, address, timeout=5):
    """A TCP connection from inside the namespace; raises OSError as connecting does."""
    with inside(name):
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    connection.settimeout(timeout)
    try:
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection


class HttpConnection(http.client.HTTPConnection):
    """An HTTP connection from inside a namespace."""

    def __init__(self, namespace, host, port, timeout=5):
        super().__init__(host, port, timeout=timeout)
        self._namespace = namespace

    def connect(self):
        self.sock = connect(self._namespace, (self.host, self.port), self.timeout)


def get_json(namespace, host, port, path, timeout=5):
    """GETs a JSON document; gives (status, document). Raises OSError or ValueError."""
    connection = HttpConnection(namespace, host, port, timeout)
    try:
        connection.request("GET", path, headers={"Accept": "application/json"})
        answer = connection.getresponse()
        body = answer.read()
    except http.client.HTTPException as error:
        raise OSError(f"{path}: no proper HTTP answer: {error!r}") from error
    finally:
        connection.close()
    return answer.status, json.loads(body)


def _enter(descriptor):
    if _libc.setns(descriptor, _CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"cannot enter a network namespace: {os.strerror(number)}")

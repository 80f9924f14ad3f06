"""Random bytes on every port of the collector change nothing: it runs on and still pages."""

import contextlib
import socket

import judge
import names
import netns
from scenario import expect
from topology import AGENT_PORT, COLLECTOR, HTTP_PORT

_CONNECTIONS = 150
_MAX_BYTES = 64 << 10
_TLS_HELLO = bytes.fromhex("16030102000100")   # The start of a ClientHello, so that TLS reads on.
_BEGINNINGS = (
    b"",
    _TLS_HELLO,
    b"GET / HTTP/1.1\r\n",
    b"GET /" + b"a" * 20000,
    b"GET /api/v1/incidents/%00%ff HTTP/1.1\r\n\r\n",
    b"POST /api/v1/incidents HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
)


def run(lab, say, rng):
    collector = lab.machine("collector")
    running, quiet = _service(collector), lab.pager.count()
    targets = [("app", (COLLECTOR.address, AGENT_PORT)), ("db", (COLLECTOR.address, AGENT_PORT)),
               ("collector", ("127.0.0.1", AGENT_PORT)), ("collector", ("127.0.0.1", HTTP_PORT)),
               ("collector", ("127.0.0.1", HTTP_PORT))]
    left_open = []
    for _ in range(_CONNECTIONS):
        host, address = rng.choice(targets)
        connection = netns.connect(names.thing(lab.id, host), address)
        _throw(connection, rng)
        # Some stay open and silent: a peer that never goes on must not hold up the others.
        if rng.random() < 0.2:
            left_open.append(connection)
        else:
            connection.close()
    say(f"  {_CONNECTIONS} connections with garbage, {len(left_open)} of them left open")
    after = _service(collector)
    expect(running == after, f"the collector was {running} and is {after}")
    before = lab.wait_all_well()
    expect(before == quiet, f"the garbage made {before - quiet} messages")
    db = lab.machine("db")
    injected_ns = db.shell.send("systemctl stop mysql")
    opening = lab.pager.wait_for(lambda m: judge.is_opening(m, "database"), before, timeout=10)
    db.shell.finish()
    expect(opening, "afterwards a stop of the database sent nothing within 10 s")
    took_ms = (opening["arrived_ns"] - injected_ns) / judge.NS_PER_MS
    expect(took_ms <= 1000, f"afterwards the message of a stop took {took_ms:.0f} ms")
    say(f"  a stop of the database still pages, after {took_ms:.1f} ms")
    for connection in left_open:
        connection.close()
    others = [judge.describe(m) for m in lab.pager.messages(before)
              if m["number"] != opening["number"]]
    expect(not others, f"these messages came too: {others}")


def _service(machine):
    """Which process the collector is, and how often systemd had to start it again."""
    return machine.run(["systemctl", "show", "-P", "MainPID", "-P", "NRestarts",
                        "faultline-collector"]).stdout.split()


def _throw(connection, rng):
    connection.settimeout(1)
    # The other side may hang up in the middle: that is a right answer to garbage.
    with contextlib.suppress(OSError):
        connection.sendall(rng.choice(_BEGINNINGS) + rng.randbytes(rng.randrange(1, _MAX_BYTES)))
        if rng.random() < 0.5:
            connection.shutdown(socket.SHUT_WR)
            connection.recv(4096)

"""A host that slept past its certificate's end renews with it when it wakes, without a token.

For that the collector's clock is wrong at first, nearly the life of a certificate behind: what it gives ends soon.
While the host sleeps the clock is put right.
"""

import datetime
import time

import join_by_hand
import stack
from rootfs import RootFs
from scenario import expect

_DROP_IN = "/etc/systemd/system/faultline-collector.service.d/clock.conf"
_LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
_LIFE = 48 * 3600   # Seconds, by default.
_LEFT = 75          # Seconds that a certificate has; the hosts have to be up by then.
_IDENTITY = "/var/lib/faultline/agent/identity/identity.pem"


def LAB():
    return {"bring": stack.put_together}


def run(lab, say, rng):
    db, collector = lab.machine("db"), lab.machine("collector")
    RootFs(collector.root).write(_DROP_IN, f"[Service]\nEnvironment=LD_PRELOAD={_LIBRARY} FAKETIME=-{_LIFE - _LEFT}s "
                                           "FAKETIME_DONT_FAKE_MONOTONIC=1\n")
    lab.boot()
    db.run(["systemctl", "stop", "faultline-agent"])
    end = _end(db)
    say(f"  db-1 sleeps; its certificate ends in {end - time.time():.0f} s")
    expect(0 < end - time.time() < _LEFT + 5, f"the certificate ends in {end - time.time():.0f} s")
    collector.run(["rm", _DROP_IN])
    collector.run(["systemctl", "daemon-reload"])
    collector.run(["systemctl", "restart", "faultline-collector"])
    db.run(["tee", join_by_hand.TOKEN_FILE], input_text="no token any more\n")
    time.sleep(max(0, end + 2 - time.time()))
    say(f"  it wakes {time.time() - end:.0f} s after that")
    db.run(["systemctl", "start", "faultline-agent"])
    lab.wait_all_well(timeout=90)
    expect(_end(db) > time.time() + _LIFE / 2, "its certificate was not renewed")
    said = db.run(["journalctl", "-u", "faultline-agent", "-o", "cat", "-n", "8"]).stdout.strip()
    say(f"  all is well: {said}")


def _end(machine):
    """When the host's certificate ends, in seconds since 1970."""
    shown = machine.run(["openssl", "x509", "-noout", "-enddate", "-in", _IDENTITY]).stdout
    when = datetime.datetime.strptime(shown.strip(), "notAfter=%b %d %H:%M:%S %Y GMT")
    return when.replace(tzinfo=datetime.timezone.utc).timestamp()

"""A spent, an expired, a revoked and a wrong token let nobody in, and each says which of these it is."""

import time

import join_by_hand
from scenario import expect

_LIFE = 60   # Seconds, the shortest that there is.


def run(lab, say, rng):
    db, collector = lab.machine("db"), lab.machine("collector")
    short = join_by_hand.token(lab, "--role", "db", "--ttl", "1m")
    made = time.monotonic()

    once = join_by_hand.token(lab, "--role", "db", "--uses", "1")
    _expect(db, "db-7", "db", once, join_by_hand.JOINED, "faultline://shop/db-7", say)
    _expect(db, "db-8", "db", once, join_by_hand.REFUSED, "token", say)

    _expect(db, "app-7", "app", join_by_hand.token(lab, "--role", "db"), join_by_hand.REFUSED, "role", say)

    own = db.run(["cat", join_by_hand.TOKEN_FILE]).stdout.strip()
    wrong = own[:-1] + ("a" if own[-1] != "a" else "b")
    _expect(db, "db-8", "db", wrong, join_by_hand.REFUSED, "", say)
    unknown = "ftok.aaaaaaaaaa." + own.rpartition(".")[2]
    _expect(db, "db-8", "db", unknown, join_by_hand.REFUSED, "no such token", say)

    revoked = join_by_hand.token(lab, "--role", "db")
    collector.run(["faultline", "token", "revoke", revoked.split(".")[1]])
    _expect(db, "db-8", "db", revoked, join_by_hand.REFUSED, "revoked", say)

    time.sleep(max(0, _LIFE + 1 - (time.monotonic() - made)))
    _expect(db, "db-8", "db", short, join_by_hand.REFUSED, "expired", say)
    names = {each["name"] for each in lab.api.hosts()}
    expect("db-8" not in names, f"db-8 got in: {names}")


def _expect(machine, name, role, token, wanted, said, say):
    code, words = join_by_hand.join(machine, name, role, token)
    say(f"  {name}: {words.splitlines()[-1] if words else code}")
    expect(code == wanted and said in words, f"{name} ended with {code} instead of {wanted}: {words}")
    expect(token not in words, f"the token stands in what was said: {words}")

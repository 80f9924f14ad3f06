"""The incident of a stopped database says whose sudo stopped it."""

import time

import judge
from scenario import expect

_PERSON = "ubuntu"
_WITHIN = 5   # Seconds: the evidence may come a moment after the message.


def run(lab, say, rng):
    db, pager = lab.machine("db"), lab.pager
    db.run(["useradd", "--create-home", _PERSON])
    db.run(["tee", f"/etc/sudoers.d/{_PERSON}"], input_text=f"{_PERSON} ALL=(ALL) NOPASSWD: ALL\n")
    before = pager.count()
    db.shell.type(f"runuser -u {_PERSON} -- sudo systemctl stop mysql")
    opening = pager.wait_for(lambda m: judge.is_opening(m, "database"), before, timeout=10)
    expect(opening, "no message came within 10 s")
    deadline, texts = time.monotonic() + _WITHIN, []
    while time.monotonic() < deadline and not _named(texts):
        incident = lab.api.incident(opening["body"]["incident"])
        texts = [line.get("text", "") for line in incident.get("evidence", [])]
        time.sleep(0.05)
    expect(_named(texts), f"the evidence does not say who stopped it: {texts}")
    say(f"  evidence: {next(text for text in texts if _PERSON in text)}")
    in_message = _PERSON in str(opening["body"].get("text"))
    say(f"  the first message {'says so too' if in_message else 'came before that was known'}")
    db.shell.type("systemctl start mysql")
    expect(pager.wait_for(lambda m: judge.is_resolution(m, opening), before, timeout=60),
           "it was not resolved within 60 s of the start")


def _named(texts):
    return any(f'{_PERSON} ran "systemctl stop mysql"' in text for text in texts)

"""A collector with another authority is not joined, and does not get to see the token.

Who stands between knows a token's id, which is sent in the clear, and not its secret.
"""

import join_by_hand
import network
import settings
from scenario import expect
from topology import COLLECTOR, DB

_AGENTS, _ENROLMENT, _HTTP = 8443, 8444, 8480
_FOLDER = "/var/lib/faultline/collector/false"


def run(lab, say, rng):
    db, collector = lab.machine("db"), lab.machine("collector")
    network.allow(lab.id, DB, COLLECTOR, _ENROLMENT)
    own = db.run(["cat", join_by_hand.TOKEN_FILE]).stdout.strip()
    guessed = ".".join([*own.split(".")[:2], settings.new_token().rpartition(".")[2]])
    _start(collector, guessed)
    code, words = join_by_hand.join(db, "db-9", "db", own, port=_ENROLMENT)
    say(f"  joining the false one: {words}")
    expect(code == join_by_hand.REFUSED, f"it ended with {code}: {words}")
    secret = own.rpartition(".")[2]
    seen = collector.run(["sh", "-c", f"grep -raF {secret} {_FOLDER}; journalctl -u false-collector | grep -F {secret}"],
                         check=False).stdout
    expect(not seen, f"the false collector has seen the token's secret: {seen}")
    # The way is open: what it made itself does join.
    code, words = join_by_hand.join(db, "db-9", "db", guessed, port=_ENROLMENT)
    expect(code == join_by_hand.JOINED, f"with its own token it ended with {code}: {words}")
    code, words = join_by_hand.join(db, "db-9", "db", own)
    say(f"  joining the right one: {words.splitlines()[-1]}")
    expect(code == join_by_hand.JOINED, f"with the right one it ended with {code}: {words}")


def _start(collector, token):
    owner = ["-o", "faultline-collector", "-g", "faultline-collector"]
    collector.run(["install", "-d", "-m", "0700", *owner, _FOLDER])
    collector.run(["install", "-m", "0600", *owner, "/dev/stdin", f"{_FOLDER}/token"], input_text=token)
    text = (f"listen: {{agents: '0.0.0.0:{_AGENTS}', enrolment: '0.0.0.0:{_ENROLMENT}', http: '127.0.0.1:{_HTTP}'}}\n"
            f"store: {{path: {_FOLDER}/faultline.db}}\n"
            f"authority:\n  directory: {_FOLDER}/authority\n"
            f"  tokens: [{{file: {_FOLDER}/token, stack: shop, env: prod, roles: [db], uses: 5}}]\n")
    collector.run(["install", "-m", "0600", *owner, "/dev/stdin", f"{_FOLDER}/collector.yaml"], input_text=text)
    collector.run(["systemd-run", "--unit=false-collector", "--uid=faultline-collector", "--service-type=notify",
                   "faultline-collector", "--config", f"{_FOLDER}/collector.yaml"])

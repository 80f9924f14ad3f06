"""Joins the collector once by hand, under any name and with any token, beside a host's own agent."""

import uuid

from topology import COLLECTOR, ENROLMENT_PORT

JOINED, REFUSED = 0, 3   # Exit codes of `faultline-agent join` (docs/agent.md).
TOKEN_FILE = "/etc/faultline/join-token"


def join(machine, name, role, token, port=ENROLMENT_PORT):
    """Asks once, from that host; gives (exit code, what it said)."""
    folder = f"/tmp/join-{uuid.uuid4().hex[:8]}"
    machine.run(["install", "-d", "-m", "0700", folder])
    machine.run(["install", "-m", "0600", "/dev/stdin", f"{folder}/token"], input_text=token)
    done = machine.run(["faultline-agent", "join", "--collector", f"{COLLECTOR.address}:{port}", "--host", name,
                        "--role", role, "--token-file", f"{folder}/token", "--state-dir", f"{folder}/state"],
                       check=False)
    return done.returncode, (done.stdout + done.stderr).strip()


def token(lab, *options):
    """A new token of the lab's collector, made as a person makes it."""
    made = lab.machine("collector").run(["faultline", "token", "create", "--stack", "shop", "--env", "prod",
                                         *options])
    return next(word for word in made.stdout.split() if word.startswith("ftok."))

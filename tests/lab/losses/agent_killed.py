"""A host's agent is killed and nothing starts it again: a ticket, since the host answers."""

from .loss import Loss, Promise

_DROP_IN = "/run/systemd/system/faultline-agent.service.d"


def _break(lab, name):
    shell = lab.machine(name).shell
    shell.type(f"mkdir -p {_DROP_IN} && printf '[Service]\\nRestart=no\\n' > {_DROP_IN}/killed.conf && "
               "systemctl daemon-reload")
    broken_ns, _ = shell.type("kill -9 $(systemctl show -P MainPID faultline-agent)")
    return broken_ns


def _mend(lab, name):
    shell = lab.machine(name).shell
    shell.type(f"rm -r {_DROP_IN} && systemctl daemon-reload")
    mended_ns, _ = shell.type("systemctl start faultline-agent")
    return mended_ns


LOSS = Loss(
    name="agent-killed",
    words="An agent is killed",
    what="`kill -9` of the agent's process, which systemd is told not to start again; mended is `systemctl start`.",
    reason="AGENT_SILENT",
    severity="warning",
    promises={
        "db": Promise("agent on db-1 silent", 299, 303),
        "app": Promise("agent on app-1 silent", 299, 303),
    },
    break_it=_break,
    mend=_mend,
)

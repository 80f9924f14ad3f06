"""Installs the agent and the collector as systemd services, as a package would."""

from pathlib import Path

import configuration
import yaml_text
from command import CommandFailed, run

_UNITS = Path(__file__).resolve().parents[2] / "deploy" / "systemd"


def users(files):
    """The users of both services; must come before the other steps."""
    files.copy(_UNITS / "faultline.sysusers", "/usr/lib/sysusers.d/faultline.conf")
    files.add_users()
    files.directory("/etc/faultline")
    files.directory("/etc/faultline/tls")


def agent(files, host, programs, authority, mysql_password):
    """The agent of a host, with the certificate that says which host it is."""
    if host.role in ("app", "db"):
        files.write(configuration.MYSQL_PASSWORD_FILE, f"{mysql_password}\n", mode=0o640,
                    group="faultline-agent")
    _install(files, "agent", programs, authority, authority.agent(host), configuration.agent(host))


def collector(files, programs, authority):
    """The collector, and the operator's command beside it."""
    _install(files, "collector", programs, authority, authority.collector(),
             configuration.collector())
    _program(files, programs, "faultline")


def _install(files, name, programs, authority, identity, settings):
    service = f"faultline-{name}"
    certificate, key = identity
    _program(files, programs, service)
    files.copy(_UNITS / f"{service}.service", f"/usr/lib/systemd/system/{service}.service")
    files.copy(authority.certificate, f"{configuration.TLS_DIR}/ca.crt")
    files.copy(certificate, f"{configuration.TLS_DIR}/{name}.crt")
    files.copy(key, f"{configuration.TLS_DIR}/{name}.key", mode=0o640, group=service)
    files.write(f"/etc/faultline/{name}.yaml", yaml_text.dump(settings), mode=0o640, group=service)
    files.enable(f"{service}.service")


def _program(files, programs, name):
    """Copies a program; raises CommandFailed when the host lacks a library that it needs."""
    files.copy(programs[name], f"/usr/bin/{name}", mode=0o755)
    listed = run(["chroot", files.root, "ldd", f"/usr/bin/{name}"], check=False).stdout
    missing = [line.split()[0] for line in listed.splitlines() if "not found" in line]
    if missing:
        raise CommandFailed(f"{name} needs {', '.join(missing)}, which the lab's hosts lack: add "
                            "the packages to RUNTIME in tests/lab/packages.py")

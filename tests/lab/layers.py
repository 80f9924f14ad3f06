"""The hosts' cached file systems: a debootstrapped base, and layers of packages over it.

A layer is a directory <cache>/<name>-<hash of its recipe>. It appears by rename when it is whole,
so that a broken or interrupted build is never used, and a changed recipe builds a new one. Builders
of the same cache wait for each other. Nothing writes to a layer afterwards: hosts are overlays.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import time
from pathlib import Path

import cgroups
import debian
import packages
from command import CommandFailed, run, run_logged

BUILD_CGROUP = "fl-build-"
RECIPE = 3  # Count up when the steps below change what a layer holds.
_MASKED = ("console-getty.service", "apt-daily.timer", "apt-daily-upgrade.timer",
           "e2scrub_all.timer", "fstrim.timer", "dpkg-db-backup.timer", "systemd-networkd.service")
_STARTED_BY_ITS_ROLE = ("mariadb.service", "nginx.service", "nftables.service", "certbot.timer")
_PEER_SERVICES = ("monit", "prometheus", "prometheus-alertmanager", "prometheus-blackbox-exporter",
                  "prometheus-mysqld-exporter", "prometheus-node-exporter", "zabbix-agent2")


def cache_dir():
    """Where layers are kept: $FAULTLINE_LAB_CACHE, or a directory under /var/cache."""
    return Path(os.environ.get("FAULTLINE_LAB_CACHE") or "/var/cache/faultline-lab")


def lower_dirs(say, with_peers=False):
    """Builds what is missing; gives the layers of a host, uppermost first (as overlayfs wants)."""
    cache = cache_dir()
    cache.mkdir(parents=True, exist_ok=True)
    with _locked(cache / "lock", say):
        base = _layer("base", _base_recipe(), _build_base, say)
        if not with_peers:
            return [base]
        peers = _layer("peers", [str(base), *packages.PEERS],
                       lambda *more: _build_peers(base, *more), say)
        return [peers, base]


def cached(name, recipe, build, say):
    """The layer of that name and recipe; build(partial, execute, say) makes it when it is not there yet."""
    cache = cache_dir()
    cache.mkdir(parents=True, exist_ok=True)
    with _locked(cache / "lock", say):
        return _layer(name, recipe, build, say)


def _base_recipe():
    return [RECIPE, debian.release(), packages.BOOTSTRAP, packages.STACK, packages.RUNTIME, packages.UPGRADE,
            _MASKED]


def _layer(name, recipe, build, say):
    key = hashlib.sha256(json.dumps(recipe).encode()).hexdigest()[:12]
    ready = cache_dir() / f"{name}-{key}"
    if ready.is_dir():
        return ready
    partial, log = ready.with_suffix(".partial"), ready.with_suffix(".log")
    _discard(partial)
    log.unlink(missing_ok=True)
    started = time.monotonic()
    say(f"Building the hosts' file system '{name}' once, in {cache_dir()} (log: {log.name})")
    try:
        with _build_cgroup() as enter:
            build(partial, lambda timeout, command: run_logged(
                command, log, timeout=timeout, preexec_fn=enter), say)
    except BaseException:
        _discard(partial)
        raise
    partial.rename(ready)
    say(f"  '{name}' is ready after {time.monotonic() - started:.0f} s")
    return ready


@contextlib.contextmanager
def _build_cgroup():
    """A cgroup for a build's commands, so that an interrupted build leaves no process behind.

    Besides, nspawn makes cgroups below the one it runs in: here they are removed with it.
    """
    directories = cgroups.create(f"{BUILD_CGROUP}{os.getpid()}")
    try:
        yield lambda: cgroups.enter(directories)
    finally:
        cgroups.remove(directories)


def _build_base(partial, execute, say):
    site, suite, _ = debian.sources()[0]
    say(f"  debootstrap: Debian {suite}, minimal, with {', '.join(packages.BOOTSTRAP)}")
    execute(900, ["debootstrap", "--variant=minbase",
                  f"--include={','.join(packages.BOOTSTRAP)}", suite, partial, site])
    say(f"  apt-get install: {' '.join(packages.STACK + packages.RUNTIME)}")
    _install(partial, packages.STACK + packages.RUNTIME, execute, keep=packages.UPGRADE)
    for unit in _MASKED:
        (partial / "etc/systemd/system" / unit).symlink_to("/dev/null")
    _disable(partial, _STARTED_BY_ITS_ROLE)
    # A disk of the lab is thrown away: dpkg need not wait for it.
    (partial / "etc/dpkg/dpkg.cfg.d/lab").write_text("force-unsafe-io\n", encoding="ascii")
    (partial / "etc/machine-id").write_text("", encoding="ascii")  # Each host gets its own.


def _build_peers(base, partial, execute, say):
    say(f"  apt-get install: {' '.join(packages.PEERS)}")
    work, merged = partial.with_suffix(".work"), partial.with_suffix(".merged")
    for path in (partial, work, merged):
        path.mkdir()
    try:
        run(["mount", "-t", "overlay", "overlay", "-o",
             f"lowerdir={base},upperdir={partial},workdir={work}", merged])
        try:
            _install(merged, packages.PEERS, execute)
            _disable(merged, [f"{name}.service" for name in _PEER_SERVICES])
        finally:
            run(["umount", merged])
    finally:
        shutil.rmtree(work, ignore_errors=True)
        merged.rmdir()


def _install(root, names, execute, keep=None):
    """Installs packages into a root directory, starting none of their services.

    keep: a package whose file stays in the root directory, in packages.UPGRADE_DIR.
    """
    (root / "etc/apt/sources.list").write_text(
        "".join(f"deb {site} {suite} {part}\n" for site, suite, part in debian.sources()),
        encoding="ascii")
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
    policy.chmod(0o755)
    inside = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--pipe", "-D", root,
              "--setenv=DEBIAN_FRONTEND=noninteractive", "--resolv-conf=replace-host"]
    apt = [*inside, "apt-get", "-qq", *debian.apt_options(),
           "-o", "Dpkg::Options::=--force-unsafe-io"]
    execute(300, [*apt, "update"])
    execute(900, [*apt, "install", "--no-install-recommends", *names])
    if keep:
        (root / packages.UPGRADE_DIR.lstrip("/")).mkdir(parents=True)
        execute(300, [*inside, f"--chdir={packages.UPGRADE_DIR}", "apt-get", "-qq",
                      *debian.apt_options(), "-o", "APT::Sandbox::User=root", "download", keep])
    execute(60, [*inside, "apt-get", "clean"])
    policy.unlink()
    shutil.rmtree(root / "var/lib/apt/lists", ignore_errors=True)


def _disable(root, units):
    for unit in units:
        run(["systemctl", "--quiet", f"--root={root}", "disable", unit], check=False)


def _discard(partial):
    for path in (partial, partial.with_suffix(".merged"), partial.with_suffix(".work")):
        if not path.exists():
            continue
        # debootstrap mounts inside its target and leaves that behind when it is killed.
        for mounted in _mounts_under(path):
            run(["umount", mounted], check=False)
        if _mounts_under(path):
            raise CommandFailed(f"{path} still has something mounted; unmount it and try again")
        shutil.rmtree(path)


def _mounts_under(path):
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        points = [line.split()[1] for line in mounts]
    return sorted((p for p in points if p == str(path) or p.startswith(f"{path}/")), reverse=True)


@contextlib.contextmanager
def _locked(path, say):
    with open(path, "w", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another lab is building the hosts' file systems: waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield

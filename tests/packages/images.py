"""The file systems of the hosts that the packages are installed on: Debian as it comes, and a filled apt cache.

The hosts have no network. apt still does all its work there (resolving, verifying, unpacking, configuring), since lists
and archives of everything that it will want lie in its own cache.
"""

import debian
import layers

DEBIAN_12, DEBIAN_13 = "bookworm", "trixie"

_RECIPE = 1  # Count up when the steps below change what an image holds.
# What makes it boot. Nothing that the packages depend on is named, so that their own Depends must bring it.
_BOOTSTRAP = ("systemd", "systemd-sysv", "dbus")
_MASKED = ("console-getty.service", "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer",
           "e2scrub_all.timer", "fstrim.timer", "systemd-networkd.service")


def sources(suite):
    """This machine's own archives, for another suite: (site, suite, component), main archive first."""
    own = debian.release()
    return [(site, suite + each.removeprefix(own), part) for site, each, part in debian.sources()]


def image(suite, debs, say):
    """The directory of a suite's image, whose apt can install these packages without a network."""
    recipe = [_RECIPE, sources(suite), _BOOTSTRAP, _MASKED, sorted(deb.depends for deb in debs)]
    return layers.cached(f"packages-{suite}", recipe,
                         lambda partial, execute, _say: _build(suite, debs, partial, execute, say), say)


def _build(suite, debs, partial, execute, say):
    archives = sources(suite)
    say(f"  debootstrap: Debian {suite}, minimal")
    execute(900, ["debootstrap", "--variant=minbase", f"--include={','.join(_BOOTSTRAP)}",
                  suite, partial, archives[0][0]])
    (partial / "etc/apt/sources.list").write_text(
        "".join(f"deb {site} {each} {part}\n" for site, each, part in archives), encoding="ascii")
    # A disk that is thrown away: dpkg need not wait for it.
    (partial / "etc/dpkg/dpkg.cfg.d/unsafe-io").write_text("force-unsafe-io\n", encoding="ascii")
    for unit in _MASKED:
        (partial / "etc/systemd/system" / unit).symlink_to("/dev/null")
    (partial / "etc/machine-id").write_text("", encoding="ascii")  # Each host gets its own.
    say("  apt-get: the lists, and the archives of what the packages depend on")
    wanted = partial / "var/tmp/wanted"
    wanted.mkdir()
    for deb in debs:
        (wanted / deb.path.name).write_bytes(deb.path.read_bytes())
    apt = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--pipe", "-D", partial,
           "--resolv-conf=replace-host", "--setenv=DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq",
           *debian.apt_options()]
    execute(300, [*apt, "update"])
    execute(600, [*apt, "install", "-y", "--download-only",
                  *(f"/var/tmp/wanted/{deb.path.name}" for deb in debs)])
    for path in wanted.iterdir():
        path.unlink()
    wanted.rmdir()

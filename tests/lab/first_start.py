"""A host before its first start: who it is, and the seed from which cloud-init runs its user-data."""

import shutil
import uuid

import settings
import user_data
from topology import hosts_file

SEED = "/var/lib/cloud/seed/nocloud"

# As in a cloud's image, but for what the lab has none of: disks to grow, keys to make, packages to fetch.
_CLOUD_INIT = """\
datasource_list: [NoCloud, None]
network: {config: disabled}
preserve_hostname: true
cloud_init_modules: [bootcmd, write-files]
cloud_config_modules: [runcmd]
cloud_final_modules: [scripts-per-once, scripts-per-boot, scripts-per-instance, scripts-user, final-message]
"""


def prepare(files, host, values, packages=None, repository=None):
    """Puts into a host's file system what a cloud's image and metadata hold.

    values: the settings. packages, repository: files on this machine that the settings speak of.
    """
    files.write("/etc/hostname", f"{host.hostname}\n")
    files.write("/etc/hosts", hosts_file())
    files.write("/etc/machine-id", f"{uuid.uuid4().hex}\n", mode=0o444)
    files.write("/etc/resolv.conf", "# Every name of the lab is in /etc/hosts.\n")
    files.write("/etc/cloud/cloud.cfg.d/99-lab.cfg", _CLOUD_INIT)
    files.write(f"{SEED}/meta-data", f"instance-id: i-{uuid.uuid4().hex[:17]}\n")
    files.write(f"{SEED}/user-data", user_data.render(host.role, values), mode=0o600)
    if packages:
        files.copy(packages, settings.PACKAGES)
    if repository and host.role == "app":
        shutil.copytree(repository, files.path(settings.REPOSITORY))

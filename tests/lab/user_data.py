"""The user-data of the lab's hosts: deploy/terraform's own template, filled in as Terraform does (pure).

tests/terraform compares the result with what a real Terraform makes of it.
"""

import base64
import re
from pathlib import Path

_DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
_TEMPLATE = _DEPLOY / "terraform/modules/host/user-data.sh.tftpl"


def render(role, settings):
    """The script that cloud-init runs at a host's first start; settings: name -> text."""
    files = {path.name: path.read_text(encoding="utf-8") for path in _files(role)}
    encoded = base64.b64encode(settings_file(settings).encode()).decode()
    text = _without_secret_sources(_TEMPLATE.read_text(encoding="utf-8"))
    text = text.replace("${settings}", encoded).replace("${role}", role)
    return re.sub(r"%\{ for name, text in files ~\}\n(.*?)%\{ endfor ~\}\n",
                  lambda loop: "".join(_one_file(loop[1], name, files[name])
                                       for name in sorted(files)), text, flags=re.DOTALL)


def settings_file(settings):
    """The text of /etc/faultline/user-data.env."""
    def quoted(text):
        return "'" + text.replace("'", "'\\''") + "'"
    return "".join(f"{name}={quoted(settings[name])}\n" for name in sorted(settings))


def _files(role):
    scripts = _DEPLOY / "user-data"
    also = _DEPLOY / "app/db/init.sql" if role == "db" else scripts / "collector-service.sh"
    return [scripts / "common.sh", scripts / f"{role}.sh", also]


def _one_file(body, name, text):
    return (body.replace("${name}", name)
            .replace('${trimsuffix(text, "\\n")}', text.removesuffix("\n")))


def _without_secret_sources(template):
    # The lab gives secrets as values: there is no AWS to read them from.
    return re.sub(r"%\{ if fetches ~\}\n.*?%\{ endif ~\}\n", "", template, flags=re.DOTALL)

"""The unit, judged by systemd's own tool."""

import json
import re
import shutil
import subprocess

import pytest
from conftest import APP

UNIT = APP / "systemd/flask-app.service"

pytestmark = pytest.mark.skipif(shutil.which("systemd-analyze") is None,
                                reason="systemd-analyze is not here")


def test_systemd_finds_nothing_wrong_in_it(tmp_path):
    copy = shutil.copy(UNIT, tmp_path)
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", copy], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


def test_its_exposure_is_low_and_what_is_open_is_explained(tmp_path):
    copy = shutil.copy(UNIT, tmp_path)
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager",
                           "--json=short", "--threshold=15", copy], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr   # Above 1.5 it fails.
    open_ = {row["json_field"] for row in json.loads(done.stdout) if row["exposure"]}
    text = UNIT.read_text()
    said = {"SystemCallFilter_privileged": "gives its socket to the user",
            "RootDirectoryOrRootImage": "RootDirectory=",
            "RestrictAddressFamilies_AF_UNIX": "AF_UNIX:",
            "RestrictAddressFamilies_AF_INET_INET6": "AF_INET6", "PrivateNetwork": "PrivateNetwork=",
            "IPAddressDeny": "IPAddressDeny=", "DeviceAllow": None}   # None: systemd's own, for
    assert open_ <= set(said), open_ - set(said)                      # ProtectClock=.
    for word in filter(None, said.values()):
        assert re.search(rf"^# .*{re.escape(word)}", text, re.MULTILINE), word


def test_it_can_do_what_it_has_to():
    text = UNIT.read_text()
    assert "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6\n" in text   # MySQL over TCP
    assert "RuntimeDirectory=flask-app\n" in text                         # its socket
    assert "RestartPreventExitStatus=78\n" in text
    import flask_app.gunicorn_conf as conf
    assert conf.EX_CONFIG == 78
    assert conf.graceful_timeout < int(re.search(r"TimeoutStopSec=(\d+)", text)[1])

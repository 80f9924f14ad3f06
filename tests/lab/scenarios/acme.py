"""certbot gets a certificate from an ACME server, renews it, nginx reloads, and the agent sees the new one.

The server comes up only after the hosts did: until then the site has its own certificate, and a warning.
"""

import re
import time

import acme_server
import bootstrap
import settings
import stack
from scenario import expect
from topology import SITE_NAME

_LIVE = f"/etc/letsencrypt/live/{SITE_NAME}/fullchain.pem"
_TRUSTED = "/usr/local/share/ca-certificates"


def LAB():
    return {"bring": stack.put_together, "settings": settings.Settings(
        more={"APP_ACME_EMAIL": "admin@example.com", "APP_ACME_SERVER": acme_server.DIRECTORY})}


def run(lab, say, rng):
    lab.boot()
    app = lab.machine("app")
    waiting = _certificate_check(lab, "STATE_WARNING")
    say(f"  before there is one: {waiting['reason']}, {waiting['detail']}")
    expect(app.run(["systemctl", "is-active", "user-data-again.timer"], check=False).stdout.strip() == "active",
           "nothing tries again")
    server = acme_server.AcmeServer(lab.id)
    server.start(say)
    for name, text in (("server", server.certificate), ("root", server.root)):
        app.run(["tee", f"{_TRUSTED}/acme-{name}.crt"], input_text=text)
    app.run(["update-ca-certificates"])
    app.run(["systemctl", "restart", "faultline-agent"])
    app.run(["systemctl", "start", "user-data-again.service"], timeout=120)
    expect(app.run(["systemctl", "is-enabled", "user-data-again.timer"], check=False).stdout.strip() == "disabled",
           "it is still tried again")
    lab.wait_all_well()
    first = _served(app)
    say(f"  obtained: {first}")
    expect("Pebble" in first and first == _on_disk(app), f"served is {first}, on disk is {_on_disk(app)}")

    pids = _workers(app)
    app.run(["certbot", "renew", "--force-renewal", "--quiet",
             "--no-random-sleep-on-renew"], timeout=120)
    deadline = time.monotonic() + 10
    while _served(app) == first and time.monotonic() < deadline:
        time.sleep(0.1)
    second = _served(app)
    expect(second != first and second == _on_disk(app), f"after the renewal {second} is served, not {_on_disk(app)}")
    expect(_workers(app)[0] == pids[0], "nginx was restarted instead of reloaded")
    say(f"  renewed, and nginx serves it by the hook: {second}")
    lab.wait_all_well()
    check = _certificate_check(lab, "STATE_OK")
    say(f"  the agent: {check['detail']}")
    said = app.run(["bash", bootstrap.script_of(app)], timeout=120).stdout
    expect("nothing was changed" in said, f"user-data again changed something: {said}")


def _certificate_check(lab, state, timeout=30):
    deadline, check = time.monotonic() + timeout, {}
    while time.monotonic() < deadline:
        for check in lab.api.checks():
            if check.get("kind") == "certificate" and check.get("state") == state:
                return check
        time.sleep(0.2)
    expect(False, f"the certificate check is not {state}: {check}")


def _served(app):
    script = (f"openssl s_client -connect 127.0.0.1:443 -servername {SITE_NAME} </dev/null 2>/dev/null"
              " | openssl x509 -noout -serial -issuer")
    return app.run(["sh", "-c", script]).stdout.replace("\n", " ").strip()


def _on_disk(app):
    return app.run(["openssl", "x509", "-in", _LIVE, "-noout", "-serial", "-issuer"]).stdout.replace("\n", " ").strip()


def _workers(app):
    return re.findall(r"\d+", app.run(["systemctl", "show", "-P", "MainPID", "nginx"]).stdout)

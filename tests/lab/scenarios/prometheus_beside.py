"""With ENABLE_PROMETHEUS the collector's host has a Prometheus that scrapes Faultline and tells when it is gone."""

import json
import time

from scenario import expect
from settings import Settings
from topology import HTTP_PORT

_TARGETS = "http://127.0.0.1:9090/api/v1/targets"
_ALERTMANAGERS = "http://127.0.0.1:9090/api/v1/alertmanagers"


def LAB():
    return {"with_peers": True,   # Their layer holds the packages.
            "settings": Settings(own={"collector": {"ENABLE_PROMETHEUS": "true"}})}


def run(lab, say, rng):
    collector = lab.machine("collector")
    for unit in ("prometheus", "prometheus-alertmanager"):
        collector.run(["systemctl", "is-active", unit])
    collector.run(["promtool", "check", "config", "/etc/prometheus/prometheus.yml"])
    collector.run(["amtool", "check-config", "/etc/prometheus/alertmanager.yml"])
    target = _wait_for(collector, _TARGETS,
                       lambda data: [each for each in data["activeTargets"] if each["health"] == "up"])
    say(f"  scraped: {target[0]['scrapeUrl']}")
    expect(f":{HTTP_PORT}/metrics" in target[0]["scrapeUrl"], f"it scrapes {target}")
    found = _wait_for(collector, _ALERTMANAGERS, lambda data: data["activeAlertmanagers"])
    say(f"  tells: {found[0]['url']}")


def _wait_for(machine, url, wanted, timeout=40):
    deadline, text = time.monotonic() + timeout, ""
    while time.monotonic() < deadline:
        text = machine.run(["curl", "-s", "--max-time", "3", url], check=False).stdout
        try:
            if found := wanted(json.loads(text)["data"]):
                return found
        except (ValueError, KeyError):
            pass
        time.sleep(0.2)
    return expect(False, f"{url} says: {text}")

"""Prometheus, node_exporter, blackbox_exporter and Alertmanager, set as fast as they go.

Everything that can wait is told not to: 1 s scrape and evaluation (below that Prometheus is out of
its intended use), `for: 0s`, `group_wait: 0s`, no clustering. They see what Faultline's agents see:
node_exporter the unit on the database's host, blackbox the port. Blackbox connects fully each time,
which MySQL counts (max_connect_errors); so it has the collector's host as its own client address,
and not the application's, which would be locked out.
"""

import time

import netns
import names
import network
import yaml_text
from command import CommandFailed
from topology import COLLECTOR, DB, MYSQL_PORT, WEBHOOK_PORT

NAME = "Prometheus + node_exporter + blackbox + Alertmanager, 1 s"
WEBHOOK_PATH = "/alertmanager"
_NODE_PORT, _BLACKBOX_PORT, _PROMETHEUS_PORT, _ALERTMANAGER_PORT = 9100, 9115, 9090, 9093
_TARGET = f"{DB.address}:{MYSQL_PORT}"

_PROMETHEUS = {
    "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
    "rule_files": ["/etc/prometheus/rules.yml"],
    "alerting": {"alertmanagers": [
        {"static_configs": [{"targets": [f"127.0.0.1:{_ALERTMANAGER_PORT}"]}]}]},
    "scrape_configs": [
        {"job_name": "node", "static_configs": [{"targets": [f"{DB.address}:{_NODE_PORT}"]}]},
        {"job_name": "port", "metrics_path": "/probe",
         "params": {"module": ["tcp_connect"], "target": [_TARGET]},
         "static_configs": [{"targets": [f"127.0.0.1:{_BLACKBOX_PORT}"]}]},
    ],
}
# Prometheus spreads scrapes and evaluations over the second by hashes of names. With this name the
# rules are evaluated 70 ms after the later of both scrapes; with "database" it would be 770 ms.
_RULES = {"groups": [{"name": "fast", "rules": [
    {"alert": "DatabaseUnitDown", "for": "0s",
     "expr": 'node_systemd_unit_state{name="mariadb.service",state="active"} == 0'},
    {"alert": "DatabasePortDown", "for": "0s", "expr": 'probe_success{job="port"} == 0'},
]}]}
_ALERTMANAGER = {
    "route": {"receiver": "pager", "group_wait": "0s", "group_interval": "1s",
              "repeat_interval": "4h"},
    "receivers": [{"name": "pager", "webhook_configs": [
        {"url": f"http://127.0.0.1:{WEBHOOK_PORT}{WEBHOOK_PATH}", "send_resolved": True}]}],
}
_BLACKBOX = {"modules": {"tcp_connect": {"prober": "tcp", "timeout": "1s"}}}


def install(files, host):
    """Configures and enables the peers of one host, before it boots."""
    if host == DB:
        files.write("/etc/default/prometheus-node-exporter",
                    'ARGS="--collector.systemd --collector.systemd.unit-include=mariadb.service"\n')
        files.enable("prometheus-node-exporter.service")
    if host == COLLECTOR:
        files.write("/etc/prometheus/prometheus.yml", yaml_text.dump(_PROMETHEUS))
        files.write("/etc/prometheus/rules.yml", yaml_text.dump(_RULES))
        files.write("/etc/prometheus/alertmanager.yml", yaml_text.dump(_ALERTMANAGER))
        files.write("/etc/prometheus/blackbox.yml", yaml_text.dump(_BLACKBOX))
        files.write("/etc/default/prometheus-alertmanager",
                    "ARGS=\"--cluster.listen-address=''\"\n")
        files.enable("prometheus.service", "prometheus-alertmanager.service",
                     "prometheus-blackbox-exporter.service")


def open_paths(lab):
    """Lets Prometheus and blackbox through the router to the database's host."""
    for port in (_NODE_PORT, MYSQL_PORT):
        network.allow(lab.id, COLLECTOR, DB, port)


def wait_all_ok(lab, timeout=60):
    """Waits until both ways of looking see the database well and no alert is active."""
    deadline, trouble = time.monotonic() + timeout, "never asked"
    while time.monotonic() < deadline:
        try:
            unit = _query(lab, 'node_systemd_unit_state{name="mariadb.service",state="active"}')
            port = _query(lab, 'probe_success{job="port"}')
            alerts = _get(lab, _ALERTMANAGER_PORT, "/api/v2/alerts?active=true")
            trouble = f"unit {unit}, port {port}, {len(alerts)} alerts"
            if (unit, port, alerts) == ("1", "1", []):
                return
        except (OSError, ValueError) as error:
            trouble = str(error)
        time.sleep(0.2)
    raise CommandFailed(f"the peers do not see all well after {timeout} s: {trouble}")


def is_firing(message):
    return message["path"] == WEBHOOK_PATH and message["body"].get("status") == "firing"


def is_resolved(message):
    return message["path"] == WEBHOOK_PATH and message["body"].get("status") == "resolved"


def _query(lab, expression):
    """The newest value of an expression that has one series, as text; None without one."""
    path = "/api/v1/query?query=" + "".join(f"%{byte:02x}" for byte in expression.encode())
    found = _get(lab, _PROMETHEUS_PORT, path)["data"]["result"]
    return found[0]["value"][1] if found else None


def _get(lab, port, path):
    status, document = netns.get_json(names.thing(lab.id, COLLECTOR.name), "127.0.0.1", port, path)
    if status != 200:
        raise ValueError(f"{path} answers {status}: {document}")
    return document

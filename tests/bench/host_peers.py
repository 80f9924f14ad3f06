"""The peers that look at a host as the agent does, each doing the nearest thing that it can.

- node_exporter with its systemd collector and mysqld_exporter on the database's host, and
  blackbox_exporter on the application's (port 3306, the page over HTTPS, a ping), scraped every
  second. None of them reads logs, firewall rules or routes.
- zabbix-agent2, asked every second for the unit, the port, disk, memory and load.
- monit, which looks every second by itself at process, port, disk, memory, load and the error log.
"""

import json
import struct
import threading
import time

import netns
import names
import network
import yaml_text
from topology import APP, COLLECTOR, DB, MYSQL_PORT

EXPORTERS = "node_exporter + blackbox_exporter + mysqld_exporter, scraped every second"
# (host, systemd unit) of the exporters that together see what an agent sees.
EXPORTER_UNITS = ((DB, "prometheus-node-exporter"), (APP, "prometheus-blackbox-exporter"),
                  (DB, "prometheus-mysqld-exporter"))
OTHER_UNITS = {"zabbix_agent2": (DB, "zabbix-agent2"), "monit": (DB, "monit")}

_NODE_PORT, _BLACKBOX_PORT, _MYSQLD_PORT, _ZABBIX_PORT = 9100, 9115, 9104, 10050
_DATABASE_ACCESS = """\
CREATE USER IF NOT EXISTS 'prometheus'@'localhost' IDENTIFIED VIA unix_socket;
GRANT PROCESS, REPLICATION CLIENT, SELECT ON *.* TO 'prometheus'@'localhost';
"""
_MONIT = """\
set daemon 1
set log /var/log/monit.log
set pidfile /run/monit.pid
set idfile /var/lib/monit/id
set statefile /var/lib/monit/state
check process mariadb with pidfile /run/mysqld/mysqld.pid
  if failed port 3306 type tcp then alert
check filesystem root with path /
  if space usage > 90% then alert
check system host
  if memory usage > 95% then alert
  if loadavg (1min) > 20 then alert
check file errors with path /var/log/mysql/error.log
  if match "ERROR" then alert
"""
_ZABBIX_KEYS = ("systemd.unit.info[mariadb.service,ActiveState]", f"net.tcp.listen[{MYSQL_PORT}]",
                "vfs.fs.size[/,pused]", "vm.memory.size[pavailable]", "system.cpu.load[all,avg1]")


def install(files, host):
    """Configures and enables the peers of one host, before it boots."""
    if host == DB:
        files.write("/etc/default/prometheus-node-exporter", "ARGS=\"--collector.systemd "
                    "--collector.systemd.unit-include=mariadb.service\"\n")
        files.write("/etc/default/prometheus-mysqld-exporter", "DATA_SOURCE_NAME="
                    "\"prometheus@unix(/run/mysqld/mysqld.sock)/\"\nARGS=\"\"\n")
        files.write("/etc/zabbix/zabbix_agent2.conf", "Server=127.0.0.1\nHostname=db-1\n"
                    "LogFile=/var/log/zabbix/zabbix_agent2.log\n"
                    "PidFile=/run/zabbix/zabbix_agent2.pid\n"
                    "ControlSocket=/run/zabbix/agent.sock\n")
        files.write("/etc/monit/monitrc", _MONIT, mode=0o600)
        files.enable("prometheus-node-exporter.service", "prometheus-mysqld-exporter.service",
                     "zabbix-agent2.service", "monit.service")
    if host == APP:
        files.write("/etc/prometheus/blackbox.yml", yaml_text.dump({"modules": {
            "tcp": {"prober": "tcp", "timeout": "1s"}, "ping": {"prober": "icmp", "timeout": "1s"},
            "page": {"prober": "http", "timeout": "2s",
                     "http": {"tls_config": {"insecure_skip_verify": True}}}}}))
        files.enable("prometheus-blackbox-exporter.service")


class Scraper:
    """Asks all peers once a second, as a Prometheus and a Zabbix server would."""

    def __init__(self, lab):
        self._collector = names.thing(lab.id, COLLECTOR.name)
        self._database = names.thing(lab.id, DB.name)
        self._done = threading.Event()
        self._connections = {}
        self.received = {}   # what -> bytes
        self.failures = []
        for host, port in ((DB, _NODE_PORT), (DB, _MYSQLD_PORT), (APP, _BLACKBOX_PORT)):
            network.allow(lab.id, COLLECTOR, host, port)
        lab.machine(DB.name).run(["mysql"], input_text=_DATABASE_ACCESS)

    def __enter__(self):
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()
        for connection in self._connections.values():
            connection.close()

    def _run(self):
        while not self._done.is_set():
            started = time.monotonic()
            for host, port, path in _scrapes():
                self._attempt("exporters", lambda: self._scrape(host, port, path))
            for key in _ZABBIX_KEYS:
                self._attempt("zabbix_agent2", lambda: self._ask_zabbix(key))
            self._done.wait(max(0.0, started + 1 - time.monotonic()))

    def _attempt(self, what, ask):
        try:
            self.received[what] = self.received.get(what, 0) + ask()
        except (OSError, ValueError) as error:
            self.failures.append(f"{what}: {error}")
            self._connections.clear()

    def _scrape(self, host, port, path):
        """As Prometheus does: over a connection that stays open."""
        key = (host.name, port)
        if key not in self._connections:
            self._connections[key] = netns.HttpConnection(self._collector, host.address, port)
        connection = self._connections[key]
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise ValueError(f"{path} answers {answer.status}")
        return len(body)

    def _ask_zabbix(self, key):
        """The passive protocol: "ZBXD", a flag, two lengths, the text; the same back."""
        with netns.connect(self._database, ("127.0.0.1", _ZABBIX_PORT)) as connection:
            request = key.encode()
            connection.sendall(b"ZBXD\x01" + struct.pack("<II", len(request), 0) + request)
            answer = b""
            while chunk := connection.recv(4096):
                answer += chunk
        if not answer.startswith(b"ZBXD") or b"ZBX_NOTSUPPORTED" in answer:
            raise ValueError(f"{key}: {json.dumps(answer[:200].decode(errors='replace'))}")
        return len(answer)


def _scrapes():
    """What Prometheus would get: (host, port, path)."""
    target = f"{DB.address}:{MYSQL_PORT}"
    return ((DB, _NODE_PORT, "/metrics"), (DB, _MYSQLD_PORT, "/metrics"),
            (APP, _BLACKBOX_PORT, f"/probe?module=tcp&target={target}"),
            (APP, _BLACKBOX_PORT, f"/probe?module=ping&target={DB.address}"),
            (APP, _BLACKBOX_PORT, "/probe?module=page&target=https://127.0.0.1/"))

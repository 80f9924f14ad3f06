"""What the lab's agents and collector are told to do (pure data; the keys are documented there)."""

from topology import (AGENT_PORT, APP, COLLECTOR, DB, HTTP_PORT, MYSQL_PORT, WEBHOOK_PORT)

TLS_DIR = "/etc/faultline/tls"
SITE_CERTIFICATE = "/etc/letsencrypt/live/app/fullchain.pem"

CHECKS = {
    DB.name: [
        {"kind": "unit", "target": "mysql.service"},
        {"kind": "listener", "target": str(MYSQL_PORT), "unit": "mysql.service"},
        {"kind": "log", "target": "mysql.service"},
    ],
    APP.name: [
        {"kind": "unit", "target": "flask-app.service"},
        {"kind": "unit", "target": "nginx.service"},
        {"kind": "port", "target": f"{DB.address}:{MYSQL_PORT}", "interval": "500ms",
         "subject": "database"},
        {"kind": "port", "target": "127.0.0.1:80"},
        {"kind": "port", "target": "127.0.0.1:443"},
        {"kind": "log", "target": "flask-app.service"},
        {"kind": "certificate", "target": SITE_CERTIFICATE},
    ],
    COLLECTOR.name: [
        {"kind": "unit", "target": "faultline-collector.service"},
    ],
}


def agent(host):
    """The agent's configuration on a host."""
    return {
        "collector": {"address": f"{COLLECTOR.address}:{AGENT_PORT}"},
        "tls": _tls("agent"),
        "state_dir": "/var/lib/faultline/agent",
        "checks": CHECKS[host.name],
    }


def collector():
    """The collector's configuration; its messages go to the lab's receiver."""
    return {
        "listen": {"agents": f"0.0.0.0:{AGENT_PORT}", "http": f"127.0.0.1:{HTTP_PORT}"},
        "tls": _tls("collector"),
        "store": {"path": "/var/lib/faultline/collector/faultline.db"},
        "notify": [{"name": "pager",
                    "webhook": {"url": f"http://127.0.0.1:{WEBHOOK_PORT}/hook"}}],
        "display": {"timezone": "Europe/Berlin", "url": f"http://127.0.0.1:{HTTP_PORT}"},
        "heartbeat": "1s",
        "grace": {"restart": "30s", "upgrade": "10m", "reboot": "5m"},
    }


def _tls(name):
    return {"ca": f"{TLS_DIR}/ca.crt", "certificate": f"{TLS_DIR}/{name}.crt",
            "key": f"{TLS_DIR}/{name}.key"}

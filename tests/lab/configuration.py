"""What the lab's agents and collector are told to do (pure data; the keys are documented there)."""

from topology import (AGENT_PORT, APP, COLLECTOR, DB, HTTP_PORT, MYSQL_PORT, SITE_NAME,
                      WEBHOOK_PORT)

TLS_DIR = "/etc/faultline/tls"
SITE_CERTIFICATE = "/etc/letsencrypt/live/app/fullchain.pem"

MYSQL_PASSWORD_FILE = "/etc/faultline/mysql.password"
MYSQL_LOG = "/var/log/mysql/error.log"
SITE_LOG = "/var/log/nginx/error.log"   # Where the role looks by itself.

# What each host's agent has to be told beside its role.
_FACTS = {
    APP.name: {
        # The certificate is signed by itself until an ACME server has issued one.
        "site": {"domain": SITE_NAME, "certificate": SITE_CERTIFICATE, "ca": SITE_CERTIFICATE},
        "database": {"address": f"{DB.address}:{MYSQL_PORT}",
                     "password_file": MYSQL_PASSWORD_FILE},
    },
    DB.name: {"database": {"password_file": MYSQL_PASSWORD_FILE, "error_log": MYSQL_LOG}},
    COLLECTOR.name: {},
}


def agent(host):
    """The agent's configuration on a host."""
    return {
        "collector": {"address": f"{COLLECTOR.address}:{AGENT_PORT}"},
        "tls": _tls("agent"),
        "state_dir": "/var/lib/faultline/agent",
        "role": host.role,
        **_FACTS[host.name],
        # No user-data makes these hosts; nspawn keeps the clock from them; and their load is that of
        # the whole machine.
        "disable": ["bootstrap:cloud-init", "clock:system", "load:system"],
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

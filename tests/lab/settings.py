"""What the hosts of a lab are told at their first start: the settings of deploy/terraform/README.md."""

import dataclasses
import secrets

from topology import (AGENT_PORT, APP, COLLECTOR, DB, ENROLMENT_PORT, ENV, MYSQL_PORT, SITE_NAME,
                      STACK, WEBHOOK_PORT)

PACKAGES = "/srv/faultline/packages.tar"     # Where a host finds Faultline's packages,
REPOSITORY = "/srv/flask-app.git"            # and the application's code.
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


def new_token():
    """A join token as docs/joining.md describes it for those who make their own."""
    def some(count):
        return "".join(secrets.choice(_LETTERS) for _ in range(count))
    return f"ftok.{some(10)}.{some(26)}"


@dataclasses.dataclass
class Settings:
    """The secrets of one lab, and whatever a scenario wants different: `more` for all hosts, `own` for
    those of a role."""
    packages_sum: str = ""                   # Empty: hosts without Faultline.
    token: str = dataclasses.field(default_factory=new_token)
    password: str = dataclasses.field(default_factory=lambda: secrets.token_urlsafe(18))
    monitoring: str = dataclasses.field(default_factory=lambda: secrets.token_urlsafe(18))
    more: dict = dataclasses.field(default_factory=dict)
    own: dict = dataclasses.field(default_factory=dict)

    def of(self, host):
        """The settings of one host: name -> text."""
        return {**self._common(host), **_OWN[host.role](self), **self.more,
                **self.own.get(host.role, {})}

    def _common(self, host):
        return {
            "ROLE": host.role, "HOST_NAME": host.hostname, "HOST_ADDRESS": host.address,
            "STACK_NAME": STACK, "ENVIRONMENT": ENV, "AWS_REGION": "",
            "FAULTLINE_PACKAGE_URL": f"file://{PACKAGES}" if self.packages_sum else "",
            "FAULTLINE_PACKAGE_SHA256": self.packages_sum,
            "COLLECTOR_ADDRESS": f"{COLLECTOR.address}:{AGENT_PORT}",
            "ENROLMENT_ADDRESS": f"{COLLECTOR.address}:{ENROLMENT_PORT}",
            "JOIN_TOKEN": self.token,
            # nspawn keeps the clock from the hosts, and their load is that of the whole machine.
            "AGENT_DISABLE": "clock:system,load:system",
            # Without a network nothing gets better by waiting.
            "USER_DATA_PATIENCE_S": "0",
        }

    def database(self):
        return {"DB_PORT": str(MYSQL_PORT), "DB_NAME": "appdb", "DB_USER": "appuser",
                "DB_PASSWORD": self.password, "DB_MONITOR_PASSWORD": self.monitoring}


def _app(settings):
    return {**settings.database(), "DB_HOST": DB.address, "APP_REPO_URL": f"file://{REPOSITORY}",
            "APP_DOMAIN_NAME": SITE_NAME, "APP_ACME_EMAIL": "", "APP_IP_ALLOWLIST": "",
            "COLLECTOR_COLOCATED": "false", "AGENT_PORT": str(AGENT_PORT),
            "ENROLMENT_PORT": str(ENROLMENT_PORT)}


def _db(settings):
    return {**settings.database(), "APP_ADDRESS": APP.address, "DB_ALLOWED_HOST_PATTERN": "10.0.1.%"}


def _collector(_):
    return {"AGENT_PORT": str(AGENT_PORT), "ENROLMENT_PORT": str(ENROLMENT_PORT),
            "DB_HOST": DB.address, "DB_PORT": str(MYSQL_PORT), "TIMEZONE": "Europe/Berlin",
            "WEBHOOK_URL": f"http://127.0.0.1:{WEBHOOK_PORT}/hook"}


_OWN = {"app": _app, "db": _db, "collector": _collector}

"""What the application needs to be told, from its environment; on a host from one file."""

import dataclasses
import os
import re
import ssl

# systemd reads it (EnvironmentFile=); the application itself may not, since it holds the password.
FILE = "/etc/flask-app.env"
_LEVELS = ("debug", "info", "warning", "error", "critical")


class SettingsError(Exception):
    """What is wrong in the environment, all of it, each with its fix. Holds no password."""

    def __init__(self, problems):
        super().__init__(f"{'; '.join(problems)}. Mend {FILE}, then: "
                         "sudo systemctl restart flask-app")
        self.problems = problems


@dataclasses.dataclass(frozen=True)
class Settings:
    """Access to the database, and how much to log. Times are in seconds."""
    db_host: str
    db_name: str
    db_user: str
    db_password: str = dataclasses.field(repr=False)
    db_port: int = 3306
    db_ssl: ssl.SSLContext = dataclasses.field(default=None, repr=False)   # None: no TLS
    connect_timeout: float = 2
    read_timeout: float = 5
    pool_size: int = 4   # As many as gunicorn has threads: a request never waits for another's.
    log_level: str = "info"

    @property
    def address(self):
        host = f"[{self.db_host}]" if ":" in self.db_host else self.db_host
        return f"{host}:{self.db_port}"

    @classmethod
    def from_environment(cls, environment=os.environ):
        """Reads the variables that README.md lists; raises SettingsError."""
        read = _Reader(environment)
        settings = cls(
            db_host=read.host("DB_HOST"),
            db_name=read.text("DB_NAME"),
            db_user=read.text("DB_USER"),
            db_password=read.text("DB_PASSWORD"),
            db_port=read.number("DB_PORT", 3306, 1, 65535, int),
            db_ssl=read.tls("DB_SSL_CA", "DB_SSL_VERIFY_IDENTITY"),
            connect_timeout=read.number("DB_CONNECT_TIMEOUT", 2, 0.1, 60, float),
            read_timeout=read.number("DB_READ_TIMEOUT", 5, 0.1, 60, float),
            pool_size=read.number("DB_POOL_SIZE", 4, 1, 100, int),
            log_level=read.choice("LOG_LEVEL", "info", _LEVELS))
        if read.problems:
            raise SettingsError(read.problems)
        return settings


class _Reader:
    """Collects what is wrong, so that one look tells all of it."""

    def __init__(self, environment):
        self._environment = environment
        self.problems = []

    def text(self, name):
        value = self._environment.get(name, "")
        if not value:
            self.problems.append(f"{name} is not set: add a line {name}=...")
        return value

    def host(self, name):
        value = self.text(name)
        if value and not re.fullmatch(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f.]*",
                                      value):
            self.problems.append(f"{name} is {_shown(value)}, which is no host: write an address or "
                                 "a name alone, and the port into DB_PORT")
        return value

    def number(self, name, default, low, high, kind):
        value = self._environment.get(name, "").strip()
        if not value:
            return default
        try:
            number = kind(value)
        except ValueError:
            number = None
        if number is None or not low <= number <= high:
            self.problems.append(f"{name} is {_shown(value)}: write a number from {low} to {high}, "
                                 f"or remove the line for {default}")
            return default
        return number

    def choice(self, name, default, allowed):
        value = self._environment.get(name, "").strip().lower() or default
        if value not in allowed:
            self.problems.append(f"{name} is {_shown(value)}: write one of {', '.join(allowed)}")
        return value

    def tls(self, name, verify_name):
        path = self._environment.get(name, "").strip()
        verify = self.choice(verify_name, "yes", ("yes", "no"))
        if not path:
            return None
        try:
            context = ssl.create_default_context(cafile=path)
        except (OSError, ssl.SSLError) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else error
            self.problems.append(f"{name} is {_shown(path)}, which cannot be used ({why}): name a "
                                 "PEM file that the user flask-app may read, or remove the line")
            return None
        context.check_hostname = verify == "yes"
        return context


def _shown(value):
    return repr(value if len(value) <= 80 else value[:77] + "...")

"""What the application needs to be told: the access to its database."""

import dataclasses
import os


@dataclasses.dataclass(frozen=True)
class Settings:
    """Access to the database. On a host the values come from /etc/flask-app.env."""
    db_host: str
    db_name: str
    db_user: str
    db_password: str
    db_port: int = 3306
    connect_timeout: int = 2   # seconds

    @classmethod
    def from_environment(cls, environment=os.environ):
        """Reads DB_HOST, DB_NAME, DB_USER, DB_PASSWORD and, if set, DB_PORT."""
        missing = [name for name in ("DB_HOST", "DB_NAME", "DB_USER", "DB_PASSWORD")
                   if not environment.get(name)]
        if missing:
            raise RuntimeError(f"not set: {', '.join(missing)}; see /etc/flask-app.env")
        return cls(db_host=environment["DB_HOST"], db_name=environment["DB_NAME"],
                   db_user=environment["DB_USER"], db_password=environment["DB_PASSWORD"],
                   db_port=int(environment.get("DB_PORT", "3306")))

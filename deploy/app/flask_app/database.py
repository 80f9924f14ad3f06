"""The application's database: a small pool that notices a lost server within seconds."""

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError


class DatabaseUnavailable(Exception):
    """A query could not be run. `number` is the driver's (2003, 1045, ...), or None."""

    def __init__(self, number, text_):
        super().__init__(f"({number}) {text_}")
        self.number = number
        self.text = text_


class Database:
    """Queries over a pool of connections."""

    def __init__(self, engine):
        self._engine = engine

    def version(self):
        """The server's version, asked of the server; raises DatabaseUnavailable."""
        try:
            with self._engine.connect() as connection:
                return connection.execute(text("SELECT VERSION()")).scalar_one()
        except DBAPIError as error:
            raise _explained(error.orig) from error


def open_database(settings):
    """Makes the pool; connects only when there is something to ask."""
    url = URL.create("mysql+pymysql", username=settings.db_user, password=settings.db_password,
                     host=settings.db_host, port=settings.db_port, database=settings.db_name)
    return Database(create_engine(
        url, pool_pre_ping=True, pool_size=2, max_overflow=3, pool_timeout=5, pool_recycle=1800,
        connect_args={"connect_timeout": settings.connect_timeout,
                      "read_timeout": 5, "write_timeout": 5}))


def _explained(driver_error):
    """PyMySQL's errors carry (number, text); anything else is passed on as its text."""
    args = getattr(driver_error, "args", ())
    if len(args) >= 2 and isinstance(args[0], int):
        return DatabaseUnavailable(args[0], str(args[1]))
    return DatabaseUnavailable(None, str(driver_error))

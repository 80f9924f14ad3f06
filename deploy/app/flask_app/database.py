"""The application's database: a small pool that notices a lost server within seconds."""

import dataclasses
import functools
import socket
import time

from pymysql.constants import CLIENT
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from .hints import hint_for
from .mysql_connection import MySqlConnection

# A check ends before those who ask for it give up: Faultline's agent after 5 s, nginx after 15 s.
_CHECK_SECONDS = 4.5
_POOL_SECONDS = 1   # Waiting for a connection that another request has.


class DatabaseUnavailable(Exception):
    """A query could not be run. `number` is the driver's (2003, 1045, ...), or None."""

    def __init__(self, number, text_, hint=None):
        super().__init__(f"({number}) {text_}" if number else text_)
        self.number = number
        self.text = text_
        self.hint = hint


@dataclasses.dataclass(frozen=True)
class Found:
    """What a check read."""
    version: str   # of the server
    schema: str    # the version that db/init.sql has written; None when it was removed


class Database:
    """Queries over a pool of connections."""

    def __init__(self, engine, address):
        self._engine = engine
        self.address = address

    def check(self):
        """Reads the application's own table and writes one, as a page would; bounded in time.

        What it writes is rolled back: nothing stays, nothing is replicated, and still a server that
        has become read-only or has a full disk says so. Raises DatabaseUnavailable.
        """
        deadline = time.monotonic() + _CHECK_SECONDS
        try:
            with self._engine.connect() as connection:
                driver = connection.connection.dbapi_connection
                with driver.answers_within(max(0.5, deadline - time.monotonic())):
                    version, schema = connection.execute(text(
                        "SELECT VERSION(), "
                        "(SELECT value FROM app_info WHERE name = 'schema_version')")).one()
                    connection.execute(text("INSERT INTO db_checks (checked_by) VALUES (:host)"),
                                       {"host": socket.gethostname()[:64]})
                return Found(version, schema)   # Without a commit: the pool rolls back.
        except PoolTimeout as error:
            raise DatabaseUnavailable(
                None, f"no free connection within {_POOL_SECONDS} s: all "
                f"{self._engine.pool.size()} of this process are in use",
                "slow queries hold them, or DB_POOL_SIZE is too small") from error
        except DBAPIError as error:
            raise _explained(error.orig) from error

    def close(self):
        """Lets go of the connections that nobody uses."""
        self._engine.dispose()


def open_database(settings):
    """Makes the pool; connects only when there is something to ask."""
    # A function, not a URL: what has no password cannot show it. UTF-8, since PyMySQL would refuse
    # what Latin-1 does not have; bytes that are no text at all pass as they came.
    connect = functools.partial(
        MySqlConnection, host=settings.db_host, port=settings.db_port, user=settings.db_user,
        password=settings.db_password.encode("utf-8", "surrogateescape"),
        database=settings.db_name, charset="utf8mb4", ssl=settings.db_ssl,
        client_flag=CLIENT.FOUND_ROWS,   # SQLAlchemy counts the rows that matched.
        connect_timeout=settings.connect_timeout, read_timeout=settings.read_timeout,
        write_timeout=settings.read_timeout, program_name="flask-app")
    # future: no commit that nobody asked for, in SQLAlchemy 1.4 as in 2.
    engine = create_engine(
        "mysql+pymysql://", creator=connect, future=True, hide_parameters=True, pool_pre_ping=True,
        pool_size=settings.pool_size, max_overflow=0, pool_timeout=_POOL_SECONDS,
        pool_recycle=1800, pool_use_lifo=True)
    return Database(engine, settings.address)


def _explained(driver_error):
    """PyMySQL's errors carry (number, text); anything else is passed on as its text."""
    args = getattr(driver_error, "args", ())
    if len(args) >= 2 and isinstance(args[0], int) and args[0] > 0:
        return DatabaseUnavailable(args[0], str(args[1]), hint_for(args[0]))
    return DatabaseUnavailable(None, str(driver_error) or type(driver_error).__name__)

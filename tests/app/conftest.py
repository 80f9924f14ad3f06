"""What the application's tests share: the database server, the application, the summary.

The application is tested against a real MariaDB, a real gunicorn and a real nginx.
"""

import os
import pathlib
import shutil
import sys
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
APP = ROOT / "deploy" / "app"
sys.path.insert(0, str(APP))
sys.path.insert(0, str(APP / "nginx"))
sys.dont_write_bytecode = True

import private_mariadb  # noqa: E402  (after the paths)
from flask_app import create_app  # noqa: E402
from flask_app.settings import Settings  # noqa: E402

PASSWORD = "pa'ss\"w\\o$rd #%@:/?ü€ "


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    started = private_mariadb.PrivateMariaDb(tmp_path_factory.mktemp("mariadb"))
    yield started
    started.kill()


@pytest.fixture
def database(server):
    """The server with the application's schema and user as on a host, whatever the last test did."""
    quoted = PASSWORD.replace("\\", "\\\\").replace("'", "\\'")
    server.sql(
        "SET GLOBAL read_only = 0; SET GLOBAL max_connections = 50; DROP DATABASE IF EXISTS appdb; "
        "DROP USER IF EXISTS appuser@'127.0.0.%', appuser@'10.0.1.%';"
        + (APP / "db/init.sql").read_text(encoding="utf-8")
        + f"CREATE USER appuser@'127.0.0.%' IDENTIFIED BY '{quoted}';"
        "GRANT SELECT, INSERT, UPDATE, DELETE ON appdb.* TO appuser@'127.0.0.%';")
    return server


@pytest.fixture
def environment(database):
    """The lines of the environment file, as a dictionary."""
    return {"DB_HOST": private_mariadb.ADDRESS, "DB_PORT": str(database.port), "DB_NAME": "appdb",
            "DB_USER": "appuser", "DB_PASSWORD": PASSWORD}


@pytest.fixture
def client(environment):
    """A function: the application's test client, with some lines of its environment changed."""
    made = []

    def make(**changed):
        application = create_app(Settings.from_environment({**environment, **changed}))
        made.append(application)
        return application.test_client()

    yield make
    for application in made:
        application.extensions["database"].close()


def pytest_configure(config):
    # Nothing stays: pytest would keep the files of its last runs, a database among them.
    if config.option.basetemp is None:
        config.option.basetemp = tempfile.mkdtemp(prefix="flask-app-tests-")
        config.add_cleanup(lambda: shutil.rmtree(config.option.basetemp, ignore_errors=True))


_counts = {"passed": 0, "failed": 0, "skipped": 0}


def pytest_runtest_logreport(report):
    if report.failed:
        _counts["failed"] += 1
    elif report.skipped:
        _counts["skipped"] += 1
    elif report.when == "call":
        _counts["passed"] += 1


def pytest_sessionfinish(session):
    """Tests that were not found, or all skipped, have shown nothing: that is a failure."""
    if session.exitstatus == 0 and _counts["passed"] == 0 and not session.config.option.collectonly:
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED


def pytest_unconfigure():
    """The line that scripts/stages.sh counts by."""
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**_counts))


# Proxies of this machine have no part in asking loopback.
os.environ.update(no_proxy="*", NO_PROXY="*")

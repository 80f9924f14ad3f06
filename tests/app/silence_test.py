"""A database that does not answer: /db-check ends in time, and the other pages do not care."""

import socket
import time

import private_mariadb
import pymysql
import pytest
from conftest import PASSWORD
from flask_app import database as database_module
from flask_app.database import DatabaseUnavailable, open_database
from flask_app.settings import Settings


@pytest.fixture
def paused(database):
    """The server, to be stopped by a signal within the test and always woken after it."""
    yield database
    database.resume()


QUICK = {"DB_CONNECT_TIMEOUT": "0.5", "DB_READ_TIMEOUT": "1"}
# What a busy machine may add. Without a bound these would wait for ever, or for half a minute.
SLACK = 3


def timed(client, page):
    begun = time.monotonic()
    response = client.get(page)
    return response, time.monotonic() - begun


def test_a_paused_server_is_given_up_by_a_pooled_connection_and_by_a_new_one(client, paused):
    pooled, fresh = client(**QUICK), client(**QUICK)
    assert pooled.get("/db-check").status_code == 200
    paused.pause()
    # The ping's half second, and the new connection's.
    response, took = timed(pooled, "/db-check")
    assert (response.status_code, response.json["errno"]) == (503, 2013)
    assert 0.9 < took < 1 + SLACK
    response, took = timed(fresh, "/db-check")
    assert (response.status_code, response.json["errno"]) == (503, 2013)
    assert took < 0.5 + SLACK
    for page in ("/", "/healthz"):
        response, took = timed(pooled, page)
        assert (response.status_code, response.json) == (200, {"status": "ok"})
        assert took < SLACK
    paused.resume()
    assert pooled.get("/db-check").status_code == 200


def test_with_the_times_of_a_host_it_ends_before_those_who_ask_give_up(client, paused):
    """Faultline's agent waits 5 s, and wants the application's own words."""
    asked = client()
    assert asked.get("/db-check").status_code == 200
    paused.pause()
    response, took = timed(asked, "/db-check")
    assert (response.status_code, response.json["errno"]) == (503, 2013)
    assert 3.9 < took < 4.2 + SLACK   # 4.0 on an idle machine


def test_a_query_that_hangs_is_given_up(client, database):
    asked = client(**QUICK)
    assert asked.get("/db-check").status_code == 200
    with pymysql.connect(unix_socket=database.socket, user="root") as other, other.cursor() as run:
        run.execute("LOCK TABLES appdb.db_checks WRITE")
        response, took = timed(asked, "/db-check")
    assert (response.status_code, response.json["errno"]) == (503, 2013)
    assert "timed out" in response.json["error"]
    assert took < 1 + SLACK


def test_a_packet_that_is_dropped_on_its_way_is_given_up_after_the_connect_timeout(client):
    # A full backlog answers nothing, as a firewall's DROP: no rights are needed for it.
    with socket.socket() as listener:
        listener.bind((private_mariadb.ADDRESS, 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex((private_mariadb.ADDRESS, port))
            fillers.append(filler)
        response, took = timed(client(DB_PORT=str(port), **QUICK), "/db-check")
        for filler in fillers:
            filler.close()
    assert (response.status_code, response.json["errno"]) == (503, 2003)
    assert "timed out" in response.json["error"]
    assert took < 0.5 + SLACK


def test_a_pool_that_is_used_up_says_so_at_once(environment, monkeypatch):
    monkeypatch.setattr(database_module, "_POOL_SECONDS", 0.2)
    pool = open_database(Settings.from_environment({**environment, "DB_POOL_SIZE": "1"}))
    try:
        with pool._engine.connect():
            begun = time.monotonic()
            with pytest.raises(DatabaseUnavailable) as raised:
                pool.check()
            assert time.monotonic() - begun < 0.2 + SLACK
        assert raised.value.number is None
        assert "no free connection within 0.2 s: all 1" in raised.value.text
        assert "DB_POOL_SIZE" in raised.value.hint
        assert "MariaDB" in pool.check().version
    finally:
        pool.close()


def test_the_password_is_in_nothing_that_an_error_could_show(environment):
    settings = Settings.from_environment({**environment, "DB_PORT": "1"})
    pool = open_database(settings)
    with pytest.raises(DatabaseUnavailable) as raised:
        pool.check()
    error, seen = raised.value, []
    while error is not None:
        assert error not in seen, "the chain of errors is a circle"
        seen.append(error)
        assert PASSWORD not in repr(error) and PASSWORD not in str(error)
        error = error.__cause__ or error.__context__
    assert len(seen) > 1
    for shown in (repr(settings), repr(pool._engine), repr(pool._engine.url)):
        assert PASSWORD not in shown and repr(PASSWORD)[1:-1] not in shown

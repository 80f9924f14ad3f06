"""The application in a real gunicorn, started as the unit starts it."""

import os
import signal
import stat

import pytest
from conftest import PASSWORD
from running_gunicorn import Gunicorn
from waiting import until


@pytest.fixture
def gunicorn(tmp_path, environment):
    """A function: a gunicorn that is ended with the test."""
    started = []

    def start(wait=True, **changed):
        directory = tmp_path / str(len(started))
        directory.mkdir()
        started.append(Gunicorn(directory, {**environment, "WEB_CONCURRENCY": "1", **changed}))
        if wait:
            started[-1].wait_until_it_answers()
        return started[-1]

    yield start
    for each in started:
        each.end(signal.SIGINT)   # At once: SIGTERM waits up to a second for a worker to look up.
        assert each.lines()
        for shown in (PASSWORD, repr(PASSWORD)[1:-1], PASSWORD[:5],
                      PASSWORD.encode("unicode_escape").decode()):
            assert shown not in each.text(), "the password is in the log"


def test_it_serves_its_pages_and_writes_json_only(gunicorn):
    server = gunicorn(WEB_CONCURRENCY="2")
    assert server.get("/")[:2] == (200, {"status": "ok"})
    status, answer, headers = server.get("/db-check", headers={
        "X-Request-ID": "feedfacefeedface", "X-Real-IP": "203.0.113.9"})
    assert (status, answer["status"]) == (200, "ok")
    assert headers["X-Request-ID"] == "feedfacefeedface"
    line = server.said(logger="gunicorn.access", request_id="feedfacefeedface")
    assert line["message"] == "GET /db-check 200"
    assert (line["level"], line["status"], line["client"]) == ("info", 200, "203.0.113.9")
    # As nginx's group may, and nobody else.
    assert stat.S_IMODE(os.stat(server.socket).st_mode) == 0o770
    assert server.end() == 0
    assert server.said(message="Shutting down: Master")["logger"] == "gunicorn.error"


def test_strangers_choose_no_word_of_the_journal(gunicorn):
    """Faultline's log check looks for such words: nobody outside may raise an alarm with them."""
    server = gunicorn()
    bad = "/level=error/(1045,?x=ERROR:&severity=fatal"
    assert server.get(bad, headers={"User-Agent": "CRITICAL ERROR", "X-Real-IP": "ERROR"})[0] == 404
    assert server.get("/", method="ERROR")[0] == 405
    assert server.said(message="GET no page 404")
    assert server.said(message="other no page 405")
    assert "1045" not in server.text() and "ERROR" not in server.text()
    assert "CRITICAL" not in server.text() and "fatal" not in server.text()


def test_without_a_database_it_starts_and_says_so_and_recovers(gunicorn, database):
    database.stop()
    try:
        server = gunicorn()
        assert server.get("/")[0] == 200
        status, answer, _ = server.get("/db-check")
        assert (status, answer["errno"]) == (503, 2003)
        line = server.said(level="error")
        # These words are what Faultline's log check knows it by.
        assert line["message"].startswith("database check failed: (2003) Can't connect to MySQL server")
        assert (line["errno"], line["address"]) == (2003, f"127.0.0.1:{database.port}")
        assert line["request_id"] == answer["request_id"]
        assert "is the database running" in line["hint"]
    finally:
        database.start()
    assert server.get("/db-check")[0] == 200


def test_wrong_settings_end_it_at_once_with_one_line_that_says_why(gunicorn):
    server = gunicorn(wait=False, DB_HOST="", DB_PORT="33o6")
    assert server.process.wait(40) == 78
    line = server.said(level="critical")
    assert line["message"].startswith("cannot start: DB_HOST is not set: add a line DB_HOST=...; "
                                      "DB_PORT is '33o6'")
    assert "Mend /etc/flask-app.env" in line["message"]
    assert all(line["level"] in ("info", "critical") for line in server.lines())


def test_not_even_a_refused_login_logs_the_password_at_the_lowest_level(gunicorn):
    """Of every other test here the fixture asks the same."""
    server = gunicorn(LOG_LEVEL="debug", DB_USER="nobody")
    assert server.get("/db-check")[1]["errno"] == 1045
    assert "using password: YES" in server.said(level="error")["message"]


def test_a_worker_that_is_killed_is_replaced_and_the_log_stays_json(gunicorn):
    server = gunicorn()
    worker = server.said(message="GET /healthz 200")["pid"]
    os.kill(worker, signal.SIGKILL)
    # 20.1 warns "Worker with pid 7 was terminated due to signal 9"; of 23.0 it is an error,
    # "Worker (pid:7) was sent SIGKILL!".
    until(lambda: [line for line in server.lines()
                   if line["level"] in ("warning", "error") and str(worker) in line["message"]], server.text)
    until(lambda: server.get("/")[0] == 200, server.text)
    assert server.lines()


def test_a_reload_takes_new_workers(gunicorn):
    server = gunicorn()
    old = server.said(message="GET /healthz 200")["pid"]
    server.process.send_signal(signal.SIGHUP)
    until(lambda: server.answers() and any(
        line.get("status") == 200 and line["pid"] != old for line in server.lines()), server.text)

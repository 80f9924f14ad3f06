"""The log: one JSON object a line, whatever is logged, without the password."""

import json
import logging
import os
import sys

import pytest
from flask_app import create_app, logs
from flask_app.settings import Settings

SECRET = "hunter2 'quoted'\\"


@pytest.fixture(autouse=True)
def quiet():
    yield
    logging.getLogger().handlers.clear()


def line_of(record=None, with_priority=False, **changed):
    record = record or logging.LogRecord("name", logging.ERROR, "f.py", 1, "words", (), None)
    record.__dict__.update(changed)
    return logs.JsonFormatter(with_priority).format(record)


def raised():
    try:
        try:
            {}["missing"]
        except KeyError as error:
            raise ValueError(f"no\nvalue {SECRET}") from error
    except ValueError:
        return sys.exc_info()


def test_an_exception_is_one_line_with_its_type_and_the_way_it_came():
    text = line_of(exc_info=raised())
    assert "\n" not in text
    said = json.loads(text)
    assert said["type"] == "builtins.ValueError"
    assert said["error"].startswith("no\nvalue")
    assert any("logs_test.py" in frame and "raised" in frame for frame in said["traceback"])
    assert "caused by KeyError: 'missing'" in said["traceback"]
    # Faultline's log check would wait for the rest of a traceback that begins so.
    assert "Traceback (most recent call last)" not in text


def test_the_password_is_taken_out_wherever_it_comes_from():
    logs.hide(SECRET)
    for text in (line_of(exc_info=raised()), line_of(msg="%r and %s", args=(SECRET, SECRET)),
                 line_of(fields={"a": SECRET, "b": [f"x{SECRET}y"]})):
        assert "hunter2" not in text and "***" in text
        json.loads(text)


def test_anything_can_be_logged():
    text = line_of(msg="%s", args=("\x00\x1b[31m\u2028\udc80" + "x" * 10000,),
                   fields={"object": object(), "none": None})
    assert len(text.splitlines()) == 1 and len(text) < 6000
    assert "none" not in json.loads(text)


def test_the_priority_is_the_journals():
    for level, priority in ((logging.DEBUG, 7), (logging.INFO, 6), (logging.WARNING, 4),
                            (logging.ERROR, 3), (logging.CRITICAL, 2)):
        text = line_of(with_priority=True, levelno=level)
        assert text.startswith(f"<{priority}>{{")
        json.loads(text[3:])


def test_the_journal_is_known_by_its_stream():
    seen = os.fstat(1)
    assert logs.stderr_is_the_journal({"JOURNAL_STREAM": f"{seen.st_dev}:{seen.st_ino}"}, 1)
    assert not logs.stderr_is_the_journal({"JOURNAL_STREAM": "1:2"}, 1)
    assert not logs.stderr_is_the_journal({}, 1)


def test_a_page_that_breaks_answers_json_and_logs_one_line(capfd):
    app = create_app(Settings("127.0.0.1", "appdb", "appuser", SECRET))

    @app.get("/broken")
    def broken():
        raise RuntimeError(f"with {SECRET}")

    response = app.test_client().get("/broken", headers={"X-Request-ID": "0123456789abcdef"})
    assert response.status_code == 500
    assert response.json["request_id"] == response.headers["X-Request-ID"] == "0123456789abcdef"
    assert "hunter2" not in response.get_data(as_text=True)
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert len(lines) == 1
    assert (lines[0]["level"], lines[0]["type"]) == ("error", "builtins.RuntimeError")
    assert lines[0]["request_id"] == "0123456789abcdef"
    assert any("logs_test.py" in frame for frame in lines[0]["traceback"])


def test_what_is_not_there_answers_json(capfd):
    client = create_app(Settings("127.0.0.1", "appdb", "appuser", SECRET)).test_client()
    for method, page, status in (("get", "/nothing", 404), ("post", "/", 405)):
        response = getattr(client, method)(page)
        assert (response.status_code, response.json["status"]) == (status, "error")
    assert "GET" in client.post("/").headers["Allow"]
    # An id that could not be one is not taken over.
    assert client.get("/", headers={"X-Request-ID": "a b"}).headers["X-Request-ID"] != "a b"

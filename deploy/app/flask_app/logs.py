"""The log: one JSON object a line on stderr, which systemd hands to the journal."""

import datetime
import json
import logging
import os
import sys
import traceback

from flask import g, has_request_context

_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
_MAX_TEXT = 4000   # A line stays far below what the journal would split.
_MAX_FRAMES = 30
_secrets = set()


def configure(level, secrets=()):
    """Sends every logger of this process through it. `secrets` never appear in a line."""
    hide(*secrets)
    root = logging.getLogger()
    root.handlers = [handler()]
    root.setLevel(level.upper())
    logging.captureWarnings(True)


def hide(*secrets):
    # One that is very short is a part of ordinary words. Nothing logs it, this is the second line.
    _secrets.update(secret for secret in secrets if len(secret) >= 4)


def handler():
    made = _LineHandler()
    made.setFormatter(JsonFormatter(with_priority=stderr_is_the_journal()))
    return made


def stderr_is_the_journal(environment=os.environ, descriptor=2):
    """As systemd.exec(5) tells to find out."""
    try:
        seen = os.fstat(descriptor)
    except OSError:
        return False
    return environment.get("JOURNAL_STREAM") == f"{seen.st_dev}:{seen.st_ino}"


class _LineHandler(logging.Handler):
    """One write a line, so that the lines of several processes do not mix."""

    def emit(self, record):
        try:
            os.write(2, self.format(record).encode() + b"\n")
        except Exception:
            self.handleError(record)


class JsonFormatter(logging.Formatter):
    """Level and message come first: they are what a person wants of a line that was cut.

    With priority: "<3>" in front, which systemd takes off again and keeps as the line's priority, so
    that `journalctl -p err` and Faultline's log check know an error whatever its words are.
    """

    def __init__(self, with_priority=False):
        super().__init__()
        self._with_priority = with_priority

    def format(self, record):
        fields = {"level": record.levelname.lower(), "message": record.getMessage(),
                  "time": _time(record.created), "logger": record.name, "pid": record.process}
        if has_request_context() and "request_id" in g:
            fields["request_id"] = g.request_id
        fields.update(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[1] is not None:
            fields.update(_exception(record.exc_info[1]))
        line = json.dumps({name: _clean(value) for name, value in fields.items()
                           if value is not None}, default=str)
        if not self._with_priority:
            return line
        priority = next((number for level, number in _PRIORITIES if record.levelno >= level), 7)
        return f"<{priority}>{line}"


def _exception(error):
    """As fields. Not as Python prints it: many lines, with a headline that makes readers of the
    journal wait for the rest."""
    frames = []
    cause = error
    seen = set()   # A chain can be a circle.
    while cause is not None and id(cause) not in seen and len(frames) < _MAX_FRAMES:
        seen.add(id(cause))
        if cause is not error:
            frames.append(f"caused by {_words(cause)}")
        frames += [f"{frame.filename}:{frame.lineno} {frame.name}"
                   for frame in reversed(traceback.extract_tb(cause.__traceback__))]
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return {"type": f"{type(error).__module__}.{type(error).__qualname__}",
            "error": str(error), "traceback": frames[:_MAX_FRAMES]}


def _words(error):
    return f"{type(error).__name__}: {error}"


def _time(seconds):
    at = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _clean(value):
    if isinstance(value, (list, tuple)):
        return [_clean(part) for part in value]
    if not isinstance(value, str):
        return value
    for secret in _secrets:
        # As it is, and as it looks inside a repr().
        value = value.replace(secret, "***").replace(repr(secret)[1:-1], "***")
    return value if len(value) <= _MAX_TEXT else value[:_MAX_TEXT] + "..."


def log_uncaught(kind, error, trace):
    """For sys.excepthook: what ends the process is in the log too, as one line."""
    logging.getLogger("flask_app").critical("%s: %s", kind.__name__, error,
                                            exc_info=(kind, error, trace))
    sys.stderr.flush()

"""gunicorn's settings: gunicorn --config python:flask_app.gunicorn_conf flask_app.wsgi:app

Where it listens is the caller's to say (--bind); the unit does.
"""

import logging
import os
import sys

from flask_app import logs
from flask_app.settings import Settings, SettingsError

EX_CONFIG = 78   # sysexits.h; systemd shows 78/CONFIG, and the unit does not try again.

workers = int(os.environ.get("WEB_CONCURRENCY", "2") or 2)
worker_class = "gthread"
threads = 4
timeout = 30            # A worker that has not given a sign of life for so long is killed.
graceful_timeout = 8    # Shorter than the unit's TimeoutStopSec: requests end, not the process.
umask = 0o007           # Its socket is for its own group, of which nginx is.
logger_class = "flask_app.gunicorn_logger.GunicornLogger"


def on_starting(_server):
    """In the master, before anything is forked: wrong settings end the service at once, with one
    line that says why, instead of workers that die one after the other."""
    sys.excepthook = logs.log_uncaught
    try:
        settings = Settings.from_environment()
    except SettingsError as error:
        logs.configure("info", secrets=[os.environ.get("DB_PASSWORD", "")])
        logging.getLogger("flask_app").critical("cannot start: %s", error)
        sys.exit(EX_CONFIG)
    logs.configure(settings.log_level, secrets=[settings.db_password])

"""Gives each request an id, and tells the access log which page it was for."""

import re
import uuid

from flask import g, request

# Where gunicorn's logger finds it (gunicorn_logger.py).
ENVIRON_KEY = "flask_app.request"
_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


def install(app):
    @app.before_request
    def begin():
        # nginx sends one, the same as in its own access log.
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if _ID.fullmatch(given) else uuid.uuid4().hex
        request.environ[ENVIRON_KEY] = {
            "request_id": g.request_id,
            "route": request.url_rule.rule if request.url_rule else None,
        }

    @app.after_request
    def finish(response):
        response.headers["X-Request-ID"] = g.request_id
        # An answer about a state must not be an old one.
        response.headers["Cache-Control"] = "no-store"
        return response

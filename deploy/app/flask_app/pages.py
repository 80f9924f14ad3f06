"""The pages. Only /db-check touches the database, so that the others answer while it is away."""

import time

from flask import Blueprint, current_app, g, jsonify

from .database import DatabaseUnavailable

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def index():
    return jsonify(status="ok")


@blueprint.get("/healthz")
def healthz():
    """That this process answers, and nothing more."""
    return jsonify(status="ok")


@blueprint.get("/db-check")
def db_check():
    """Reads and writes for real, and says what the driver said when it cannot."""
    database = current_app.extensions["database"]
    begun = time.monotonic()
    try:
        found = database.check()
    except DatabaseUnavailable as error:
        current_app.logger.error("database check failed: %s", error, extra={"fields": {
            "errno": error.number, "address": database.address, "hint": error.hint}})
        answer = {"status": "error", "errno": error.number, "error": error.text,
                  "address": database.address, "request_id": g.request_id}
        if error.hint:
            answer["hint"] = error.hint
        return jsonify(answer), 503
    return jsonify(status="ok", database=found.version, schema=found.schema,
                   address=database.address,
                   milliseconds=round((time.monotonic() - begun) * 1000, 1))

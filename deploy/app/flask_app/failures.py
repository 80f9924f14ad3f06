"""What a request that fails gets: JSON like every other answer, and never a traceback."""

from flask import g, jsonify
from werkzeug.exceptions import HTTPException


def install(app):
    """Flask has logged an unhandled exception, with its traceback, before it asks for the answer."""
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(500, _failed)


def _refused(error):
    response = error.get_response()   # It may carry headers: Allow of a 405, Location of a 308.
    if error.code is None or error.code < 400:
        return response
    response.data = _answer(error.name).get_data()
    response.content_type = "application/json"
    return response


def _failed(_error):
    return _answer("internal error; the log has it under this request_id"), 500


def _answer(text):
    return jsonify(status="error", error=text, request_id=g.get("request_id"))

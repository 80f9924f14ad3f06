"""The watched application: a small Flask site whose pages need its MySQL database."""

from flask import Flask, jsonify

from .database import DatabaseUnavailable, open_database
from .settings import Settings


def create_app(settings=None):
    """Makes the application; settings come from the environment unless they are given."""
    app = Flask(__name__)
    database = open_database(settings or Settings.from_environment())

    @app.get("/")
    def index():
        return jsonify(status="ok")

    @app.get("/db-check")
    def db_check():
        """Runs a real query, and says what the driver said when it cannot."""
        try:
            version = database.version()
        except DatabaseUnavailable as error:
            app.logger.error("database check failed: %s", error)
            return jsonify(status="error", error=error.text, errno=error.number), 503
        return jsonify(status="ok", database=version)

    return app

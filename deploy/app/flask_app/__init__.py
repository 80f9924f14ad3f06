"""The watched application: a small Flask site whose pages need its MySQL database."""

from flask import Flask

from . import failures, logs, pages, request_log
from .database import open_database
from .settings import Settings


def create_app(settings=None):
    """Makes the application; settings come from the environment unless they are given.

    Nothing connects here: the application starts, and says so, while its database is away.
    Raises SettingsError.
    """
    settings = settings or Settings.from_environment()
    logs.configure(settings.log_level, secrets=[settings.db_password])
    app = Flask(__name__)
    app.extensions["database"] = open_database(settings)
    request_log.install(app)
    failures.install(app)
    app.register_blueprint(pages.blueprint)
    return app

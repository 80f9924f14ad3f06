"""What gunicorn loads."""

from flask_app import create_app

app = create_app()

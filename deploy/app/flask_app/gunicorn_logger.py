"""gunicorn's own log and its access log in the application's form."""

import ipaddress
import logging

from gunicorn.glogging import Logger

from . import logs
from .request_log import ENVIRON_KEY

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"))


class GunicornLogger(Logger):
    """What gunicorn writes its lines to."""

    def setup(self, cfg):
        self.loglevel = self.LOG_LEVELS.get(cfg.loglevel.lower(), logging.INFO)
        self.error_log.setLevel(self.loglevel)
        self.access_log.setLevel(logging.INFO)
        self.error_log.handlers = self.access_log.handlers = [logs.handler()]

    def access(self, resp, req, environ, request_time):
        """The page that was asked for, not the path as it came: strangers choose that, and could
        write words into the journal that look like an error. nginx's access log has the path."""
        known = environ.get(ENVIRON_KEY) or {}
        method = environ.get("REQUEST_METHOD", "")
        method = method if method in _METHODS else "other"
        route = known.get("route") or "no page"
        status = str(resp.status).split(None, 1)[0]
        self.access_log.info("%s %s %s", method, route, status, extra={"fields": {
            "method": method, "route": route, "status": int(status),
            "milliseconds": round(request_time.total_seconds() * 1000, 1),
            "bytes": getattr(resp, "sent", None), "client": _client(environ),
            "request_id": known.get("request_id")}})


def _client(environ):
    # Only nginx reaches our socket, and it says itself who its client is.
    try:
        return str(ipaddress.ip_address(environ.get("HTTP_X_REAL_IP", "")))
    except ValueError:
        return None

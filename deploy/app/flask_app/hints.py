"""Where to look for the cause of a database error, by its number."""

_GONE = "the database stopped, hung or was restarted: look at it on its own host"
_HINTS = {
    1040: "the database has no connection left: SHOW PROCESSLIST, max_connections",
    1044: "DB_USER has no rights in DB_NAME: GRANT them",
    1045: "DB_USER or DB_PASSWORD is not the database's: correct /etc/flask-app.env, then restart "
          "flask-app",
    1049: "DB_NAME does not exist: run db/init.sql on the database host",
    1129: "the database has blocked this host: mysqladmin flush-hosts on the database host",
    1130: "no user of the database may come from this host: compare db_allowed_host_pattern with "
          "this host's address",
    1142: "DB_USER may not do this in DB_NAME: GRANT SELECT, INSERT, UPDATE, DELETE",
    1146: "the application's tables are missing: run db/init.sql on the database host",
    1290: "the database is read-only: SHOW VARIABLES LIKE '%read_only%'",
    1836: "the database is read-only: SHOW VARIABLES LIKE '%read_only%'",
    2003: "nothing answers at the address: is the database running, does it listen there, do "
          "security groups and firewall let this host in",
    2005: "DB_HOST is a name that nobody knows: correct it or the name service",
    2006: _GONE,
    2012: "what answers at the address may be no MySQL: compare DB_HOST and DB_PORT",
    2013: _GONE,
    2026: "DB_SSL_CA does not fit the database's certificate, or the database offers no TLS",
    2059: "a package is missing on this host: apt install python3-cryptography",
}


def hint_for(number):
    """A sentence for the person who reads the answer, or None."""
    return _HINTS.get(number)

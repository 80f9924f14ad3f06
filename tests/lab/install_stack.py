"""Installs the watched stack: what the runbook's user-data does on its two EC2 instances."""

import uuid
from pathlib import Path

import certificates
from configuration import MYSQL_LOG, SITE_CERTIFICATE
from topology import APP, DB, MYSQL_PORT, hosts_file

_APP = Path(__file__).resolve().parents[2] / "deploy" / "app"
_DATABASE, _USER = "appdb", "appuser"


def identity(files, host):
    """What makes a host this host: its names, its id."""
    files.write("/etc/hostname", f"{host.hostname}\n")
    files.write("/etc/hosts", hosts_file())
    files.write("/etc/machine-id", f"{uuid.uuid4().hex}\n", mode=0o444)
    files.write("/etc/resolv.conf", "# Every name of the lab is in /etc/hosts.\n")


def application(files, password):
    """The site: nginx with HTTPS, gunicorn, the Flask application."""
    files.copy_tree(_APP / "flask_app", "/opt/flask-app/app/flask_app")
    files.copy(_APP / "systemd/flask-app.sysusers", "/usr/lib/sysusers.d/flask-app.conf")
    files.copy(_APP / "systemd/flask-app.service", "/etc/systemd/system/flask-app.service")
    files.copy(_APP / "nginx/flask-app.conf", "/etc/nginx/sites-available/flask-app.conf")
    files.link("/etc/nginx/sites-enabled/flask-app.conf", "../sites-available/flask-app.conf")
    files.copy(_APP / "nginx/ip-allowlist.conf", "/etc/nginx/ip-allowlist.conf")
    files.write("/etc/flask-app.env", mode=0o600, text=(
        f"DB_HOST={DB.address}\nDB_PORT={MYSQL_PORT}\nDB_NAME={_DATABASE}\n"
        f"DB_USER={_USER}\nDB_PASSWORD={password}\n"))
    # As certbot lays it out: live/ holds links to the newest of archive/.
    archive = "/etc/letsencrypt/archive/app"
    certificates.self_signed_site(files.path(f"{archive}/fullchain1.pem"),
                                  files.path(f"{archive}/privkey1.pem"))
    files.link(SITE_CERTIFICATE, "../../archive/app/fullchain1.pem")
    files.link("/etc/letsencrypt/live/app/privkey.pem", "../../archive/app/privkey1.pem")
    files.write("/etc/letsencrypt/renewal/app.conf", "# Nothing is renewed within a lab's life.\n")
    files.add_users()
    files.enable("flask-app.service", "nginx.service")


def database(files, password, monitoring_password):
    """The database server, reachable from other hosts, with its users from its first start on."""
    files.write("/etc/mysql/mariadb.conf.d/90-stack.cnf", "[mysqld]\nbind-address = 0.0.0.0\n"
                f"log_error = {MYSQL_LOG}\ninit_file = /etc/mysql/stack.sql\n")
    files.write("/etc/tmpfiles.d/mysql-log.conf", f"d {Path(MYSQL_LOG).parent} 2750 mysql adm -\n")
    files.write("/etc/mysql/stack.sql", mode=0o640, group="mysql", text=(
        (_APP / "db/init.sql").read_text(encoding="utf-8") + database_access(password)
        + monitoring_access(monitoring_password)))
    files.enable("mariadb.service")


def database_access(password):
    """The SQL that gives the application its rows, and no more than them (pure)."""
    statements = []
    for user in _from_the_application(_USER):
        statements += [f"CREATE USER IF NOT EXISTS {user} IDENTIFIED BY '{password}'",
                       f"GRANT SELECT, INSERT, UPDATE, DELETE ON {_DATABASE}.* TO {user}"]
    return ";\n".join(statements) + ";\n"


def monitoring_access(password):
    """The SQL for the user of the agents' mysql checks (pure): it may log in, and nothing else."""
    users = [*_from_the_application("faultline"), "'faultline'@'localhost'"]
    return "".join(f"CREATE USER IF NOT EXISTS {user} IDENTIFIED BY '{password}';\n"
                   for user in users)


def _from_the_application(user):
    # MySQL knows a client that has a name by that name.
    return f"'{user}'@'{APP.hostname}'", f"'{user}'@'{APP.address}'"

"""/db-check against a server that refuses: each error number, as the server itself gives it."""

import contextlib
import socket
import threading

import private_mariadb
import pymysql
import pytest
from conftest import PASSWORD
from waiting import until


def refused(client, **changed):
    """What /db-check says, which has to be an error without the password."""
    response = client(**changed).get("/db-check")
    assert response.status_code == 503, response.get_data(as_text=True)
    assert PASSWORD not in response.get_data(as_text=True)
    assert response.json["status"] == "error"
    assert response.json["request_id"] == response.headers["X-Request-ID"]
    return response.json


def test_a_database_that_is_well_is_read_and_written_with_the_least_rights(client, database):
    response = client().get("/db-check")
    assert response.status_code == 200, response.get_data(as_text=True)
    assert response.json["status"] == "ok"
    assert "MariaDB" in response.json["database"]
    assert response.json["schema"] == "1"
    assert response.json["address"] == f"127.0.0.1:{database.port}"
    assert response.headers["Cache-Control"] == "no-store"
    # Written, and not kept.
    assert database.sql("SELECT COUNT(*) FROM appdb.db_checks") == ["0"]
    assert database.sql("SELECT AUTO_INCREMENT > 1 FROM information_schema.TABLES "
                        "WHERE TABLE_NAME = 'db_checks'") == ["1"]


def test_2003_nothing_listens(client):
    port = private_mariadb.free_port()
    said = refused(client, DB_PORT=str(port))
    assert said["errno"] == 2003
    assert said["error"].startswith("Can't connect to MySQL server on '127.0.0.1'")
    assert "refused" in said["error"]
    assert said["address"] == f"127.0.0.1:{port}"


def test_2005_a_name_that_nobody_knows(client):
    said = refused(client, DB_HOST="db.invalid")
    assert (said["errno"], said["address"].split(":")[0]) == (2005, "db.invalid")


def test_1045_a_wrong_password(client):
    said = refused(client, DB_PASSWORD="another")
    assert said["errno"] == 1045
    assert "Access denied for user 'appuser'@'127.0.0.1' (using password: YES)" in said["error"]
    assert "/etc/flask-app.env" in said["hint"]


def test_1044_a_database_that_is_not_ours(client, database):
    assert refused(client, DB_NAME="mysql")["errno"] == 1044


def test_1049_a_database_that_does_not_exist(client, database):
    database.sql("DROP DATABASE appdb")
    said = refused(client)
    assert (said["errno"], said["error"]) == (1049, "Unknown database 'appdb'")
    assert "db/init.sql" in said["hint"]


def test_1146_tables_that_nobody_has_made(client, database):
    database.sql("DROP TABLE appdb.app_info")
    said = refused(client)
    assert said["errno"] == 1146
    assert "db/init.sql" in said["hint"]


def test_1142_a_user_that_may_not_write(client, database):
    database.sql("REVOKE INSERT ON appdb.* FROM appuser@'127.0.0.%'")
    assert refused(client)["errno"] == 1142


def test_1290_a_server_that_is_read_only(client, database):
    database.sql("SET GLOBAL read_only = 1")
    said = refused(client)
    assert said["errno"] == 1290
    assert "read-only" in said["hint"]


def test_1130_a_host_that_the_pattern_does_not_cover(client, database):
    database.sql("RENAME USER appuser@'127.0.0.%' TO appuser@'10.0.1.%'")
    said = refused(client)
    assert said["errno"] == 1130
    # Whole: PyMySQL 1.0 cuts what comes before the login.
    assert said["error"].startswith("Host '127.0.0.1' is not allowed to connect"), said


def test_1040_no_connection_left_and_whole_words(client, database):
    database.sql("SET GLOBAL max_connections = 10")
    with contextlib.ExitStack() as held:
        with pytest.raises(pymysql.err.OperationalError):
            for _ in range(20):
                held.enter_context(pymysql.connect(
                    host="127.0.0.1", port=database.port, user="appuser",
                    password=PASSWORD.encode()))
        said = refused(client)
    assert (said["errno"], said["error"]) == (1040, "Too many connections")


def test_2013_a_connection_that_is_killed_while_it_waits(client, database):
    asked = client()
    assert asked.get("/db-check").status_code == 200
    with pymysql.connect(unix_socket=database.socket, user="root") as other, other.cursor() as run:
        run.execute("LOCK TABLES appdb.app_info WRITE")
        answers = []
        asking = threading.Thread(target=lambda: answers.append(asked.get("/db-check")))
        asking.start()
        killed = _kill_who_waits(database)
        asking.join(10)
    assert killed and answers[0].status_code == 503
    assert answers[0].json["errno"] in (2013, 1927)   # 1927: MariaDB's own "connection was killed"
    assert asked.get("/db-check").status_code == 200


def _kill_who_waits(database):
    waits = ("SELECT ID FROM information_schema.PROCESSLIST "
             "WHERE USER = 'appuser' AND STATE LIKE 'Waiting%'")
    number = until(lambda: database.sql(waits), "the check waits for the lock")[0]
    database.sql(f"KILL {number}")
    return number


def test_a_lost_connection_in_the_pool_is_noticed_and_replaced(client, database):
    asked = client()
    assert asked.get("/db-check").status_code == 200
    for number in database.sql("SELECT ID FROM information_schema.PROCESSLIST "
                               "WHERE USER = 'appuser'"):
        database.sql(f"KILL {number}")
    assert asked.get("/db-check").status_code == 200


def test_a_restarted_server_is_used_again(client, database):
    asked = client()
    assert asked.get("/db-check").status_code == 200
    database.stop()
    try:
        assert asked.get("/db-check").json["errno"] == 2003
    finally:
        database.start()
    assert asked.get("/db-check").status_code == 200


# 1129 as MariaDB sends it: a real one counts no errors of 127.0.0.1, and another address would need
# a network of its own.
_BLOCKED = (b"Host 'app-1' is blocked because of many connection errors; "
            b"unblock with 'mariadb-admin flush-hosts'")


@pytest.mark.parametrize("spoken, number, words", [
    (len(_BLOCKED + b"...").to_bytes(3, "little") + b"\0\xff\x69\x04" + _BLOCKED, 1129,
     _BLOCKED.decode()),
    (b"SSH-2.0-OpenSSH_9.2\r\n", 2012, "what answers is not understood"),
    (b"", 2013, "Lost connection"),
])
def test_what_no_mysql_says_has_a_number_too(client, spoken, number, words):
    with _speaker(spoken) as port:
        said = refused(client, DB_PORT=str(port))
    assert said["errno"] == number, said
    assert words in said["error"]


@contextlib.contextmanager
def _speaker(text):
    """Says something to everybody who connects, and hangs up; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(text)

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)

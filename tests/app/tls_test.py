"""TLS to the database: demanded means demanded."""

import certificate
import private_mariadb
import pytest


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A directory with ca.pem, the certificate of the server by the address 127.0.0.1."""
    directory = tmp_path_factory.mktemp("tls")
    certificate.self_signed(directory / "ca.pem", directory / "key.pem", "IP:127.0.0.1")
    certificate.self_signed(directory / "other.pem", directory / "other.key", "IP:127.0.0.1")
    certificate.self_signed(directory / "named.pem", directory / "named.key", "DNS:db.internal")
    return directory


@pytest.fixture
def secure(database, own):
    """A function: the server started anew with a certificate."""
    def restart(name, key):
        database.stop()
        database.start(f"--ssl-cert={own}/{name}", f"--ssl-key={own}/{key}")
        return own

    yield restart
    database.stop()
    database.start()


@pytest.fixture
def plain(database):
    """The server started anew without TLS: since 11.4 it makes a certificate of its own."""
    database.stop()
    database.start("--skip-ssl")
    yield database
    database.stop()
    database.start()


def test_a_server_of_the_named_authority_is_used_over_tls(client, database, secure):
    directory = secure("ca.pem", "key.pem")
    # Now the account may not log in without.
    database.sql("ALTER USER appuser@'127.0.0.%' REQUIRE SSL")
    response = client(DB_SSL_CA=str(directory / "ca.pem")).get("/db-check")
    assert response.status_code == 200, response.json
    assert client().get("/db-check").json["errno"] == 1045
    other = client(DB_SSL_CA=str(directory / "other.pem")).get("/db-check")
    assert (other.status_code, other.json["errno"]) == (503, 2026)
    assert "CERTIFICATE_VERIFY_FAILED" in other.json["error"]


def test_a_certificate_of_another_name_counts_only_when_names_do_not(client, secure):
    directory = secure("named.pem", "named.key")
    ca = str(directory / "named.pem")
    said = client(DB_SSL_CA=ca).get("/db-check").json
    assert said["errno"] == 2026 and "IP address mismatch" in said["error"], said
    assert client(DB_SSL_CA=ca, DB_SSL_VERIFY_IDENTITY="no").get("/db-check").status_code == 200


def test_a_server_without_tls_is_refused_before_anything_is_sent(client, plain, own):
    assert plain.sql("SELECT @@have_ssl") != ["YES"]
    said = client(DB_SSL_CA=str(own / "ca.pem")).get("/db-check").json
    assert said["errno"] == 2026
    assert "the server does not offer TLS" in said["error"]
    assert private_mariadb.ADDRESS in said["address"]

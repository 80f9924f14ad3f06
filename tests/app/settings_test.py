"""Settings: what is wrong is named with its fix, all of it at once, and never the password."""

import pytest
from flask_app.settings import Settings, SettingsError

GOOD = {"DB_HOST": "10.0.2.10", "DB_NAME": "appdb", "DB_USER": "appuser", "DB_PASSWORD": "x y'\"\\$"}


def problems(**changed):
    with pytest.raises(SettingsError) as raised:
        Settings.from_environment({**GOOD, **changed})
    assert "/etc/flask-app.env" in str(raised.value)
    assert "systemctl restart flask-app" in str(raised.value)
    return raised.value.problems


def test_four_lines_are_enough():
    settings = Settings.from_environment(GOOD)
    assert settings.address == "10.0.2.10:3306"
    assert settings.db_password == GOOD["DB_PASSWORD"]
    assert (settings.connect_timeout, settings.read_timeout, settings.pool_size) == (2, 5, 4)
    assert settings.db_ssl is None and settings.log_level == "info"


def test_everything_that_is_missing_is_named_at_once():
    said = problems(DB_HOST="", DB_PASSWORD="")
    assert said == ["DB_HOST is not set: add a line DB_HOST=...",
                    "DB_PASSWORD is not set: add a line DB_PASSWORD=..."]


@pytest.mark.parametrize("name, value, fix", [
    ("DB_PORT", "33o6", "a number from 1 to 65535, or remove the line for 3306"),
    ("DB_PORT", "70000", "a number from 1 to 65535"),
    ("DB_HOST", "10.0.2.10:3306", "the port into DB_PORT"),
    ("DB_HOST", "mysql://10.0.2.10", "an address or a name alone"),
    ("DB_READ_TIMEOUT", "0", "a number from 0.1 to 60"),
    ("DB_CONNECT_TIMEOUT", "nan", "a number from 0.1 to 60"),
    ("DB_POOL_SIZE", "many", "a number from 1 to 100"),
    ("LOG_LEVEL", "loud", "one of debug, info, warning"),
    ("DB_SSL_VERIFY_IDENTITY", "maybe", "one of yes, no"),
    ("DB_SSL_CA", "/nowhere/ca.pem", "No such file or directory"),
])
def test_a_wrong_value_is_quoted_with_its_fix(name, value, fix):
    said = problems(**{name: value})
    assert len(said) == 1
    assert said[0].startswith(f"{name} is {value!r}") and fix in said[0], said[0]


def test_a_file_that_is_no_certificate_is_refused_at_the_start(tmp_path):
    (tmp_path / "ca.pem").write_text("no certificate")
    assert "cannot be used" in problems(DB_SSL_CA=str(tmp_path / "ca.pem"))[0]


def test_addresses_of_both_families_and_names_are_hosts():
    for host, address in (("2001:db8::1", "[2001:db8::1]:3306"), ("db-1.internal", "db-1.internal:3306")):
        assert Settings.from_environment({**GOOD, "DB_HOST": host}).address == address


def test_the_password_is_never_shown():
    assert GOOD["DB_PASSWORD"] not in repr(Settings.from_environment(GOOD))
    assert "secret77" not in " ".join(problems(DB_PASSWORD="secret77", DB_PORT="x"))

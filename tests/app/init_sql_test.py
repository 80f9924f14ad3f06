"""db/init.sql: makes what the application needs, and can be run again."""

from conftest import APP

INIT = (APP / "db/init.sql").read_text(encoding="utf-8")


def test_run_again_it_changes_nothing(database):
    database.sql("UPDATE appdb.app_info SET value = '7' WHERE name = 'schema_version'; "
                 "INSERT INTO appdb.app_info (name, value) VALUES ('mine', 'kept')")
    before = database.sql("SELECT * FROM appdb.app_info ORDER BY name")
    database.sql(INIT + INIT)
    assert database.sql("SELECT * FROM appdb.app_info ORDER BY name") == before


def test_its_tables_can_roll_back_and_hold_any_character(database):
    assert set(database.sql("SELECT ENGINE, TABLE_COLLATION FROM information_schema.TABLES "
                            "WHERE TABLE_SCHEMA = 'appdb'")) == {"InnoDB\tutf8mb4_unicode_ci"}


def test_a_server_can_read_it_at_its_start(tmp_path, database):
    """As the lab does (init_file), whose reader is not the client's."""
    database.sql("DROP DATABASE appdb")
    (tmp_path / "init.sql").write_text(INIT)
    database.stop()
    database.start(f"--init-file={tmp_path}/init.sql")
    assert database.sql("SELECT value FROM appdb.app_info WHERE name = 'schema_version'") == ["1"]

"""Migration from nothing on both databases, and refusal of what this program must not touch."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.script import ScriptDirectory

from jacana.audit import count_entries, verify_log
from jacana.db.engine import Database
from jacana.db.schema import SchemaOutdatedError, SchemaTooNewError, check_schema, migrate_schema
from jacana.db.tables import metadata


@pytest.fixture
def empty(database: Database) -> Database:
    """A database without a single table."""
    with database.write() as connection:
        if database.is_sqlite:
            for name in sa.inspect(connection).get_table_names():
                connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
                connection.exec_driver_sql(f'DROP TABLE "{name}"')
        else:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
    return database


def test_an_empty_database_is_refused_then_migrated(empty: Database) -> None:
    with pytest.raises(SchemaOutdatedError, match="revision none") as caught:
        check_schema(empty)
    assert "no database yet" in caught.value.message
    assert "jacana init" in caught.value.remedy
    assert "jacana migrate" in caught.value.remedy
    revision = migrate_schema(empty)
    assert check_schema(empty) == revision
    with empty.read() as connection:
        inspector = sa.inspect(connection)
        assert set(metadata.tables) | {"alembic_version"} == set(inspector.get_table_names())
        for table in metadata.tables.values():
            columns = {column["name"]: column["nullable"] for column in inspector.get_columns(table.name)}
            assert columns == {column.name: bool(column.nullable) for column in table.columns}, table.name
        assert count_entries(connection)[0] == 0
        assert verify_log(connection).green


def test_a_missing_file_is_refused_untouched_then_made(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    database = Database(f"sqlite:///{folder / 'jacana.db'}")
    with pytest.raises(SchemaOutdatedError, match="no database yet") as caught:
        check_schema(database)
    assert "jacana init" in caught.value.remedy
    assert not folder.exists()
    assert migrate_schema(database) == check_schema(database)
    assert folder.stat().st_mode & 0o777 == 0o700
    database.close()


def test_an_older_schema_is_refused_with_a_remedy(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ScriptDirectory, "get_current_head", lambda _scripts: "9999")
    with pytest.raises(SchemaOutdatedError, match="at revision 0") as caught:
        check_schema(database)
    assert "stop every Jacana" in caught.value.remedy


def test_migrating_again_changes_nothing(database: Database) -> None:
    with database.read() as connection:
        before = sa.inspect(connection).get_table_names()
    assert migrate_schema(database) == check_schema(database)
    with database.read() as connection:
        assert sa.inspect(connection).get_table_names() == before


def set_revision(database: Database, revision: str) -> None:
    with database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def test_a_newer_schema_is_refused_untouched(database: Database) -> None:
    set_revision(database, "9999")
    for touch in (check_schema, migrate_schema):
        with pytest.raises(SchemaTooNewError, match="9999") as caught:
            touch(database)
        assert caught.value.remedy
    with database.read() as connection:
        assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == "9999"


def test_a_migration_that_breaks_off_leaves_nothing(empty: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(*_arguments: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(Operations, "bulk_insert", break_off)
    with pytest.raises(RuntimeError):
        migrate_schema(empty)
    with empty.read() as connection:
        assert sa.inspect(connection).get_table_names() == []
    monkeypatch.undo()
    migrate_schema(empty)
    assert check_schema(empty)

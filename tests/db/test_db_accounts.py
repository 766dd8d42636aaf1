"""Migration 0006 on a database that was in use: the events of before are numbered in the order they came."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import jacana.db
from jacana.db.engine import Database
from jacana.db.tables.ingest import ingest_events

MOMENT = 1_790_000_000_000_000


@pytest.fixture
def used_database(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Database:
    """A database at revision 0005 with three events, put in out of order."""
    database = Database(database_url)
    if database.is_sqlite:
        database.close()
        database = Database(f"sqlite:///{tmp_path / 'before.db'}")
        database.create_file()
    else:
        with database.write() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
    request.addfinalizer(database.close)
    upgrade(database, "0005")
    with database.write() as connection:
        for event_id, received in (("event_c", 3), ("event_a", 1), ("event_b", 1)):
            connection.exec_driver_sql(
                "INSERT INTO ingest_events (id, type, account_id, occurred_at, received_at, payload, fingerprint) "
                f"VALUES ('{event_id}', 'follow', 'anna', {MOMENT}, {MOMENT + received}, '{{}}', 'f')"
            )
    return database


def upgrade(database: Database, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(jacana.db.__file__).parent / "migrations"))
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_events_of_before_are_numbered_in_the_order_they_came(used_database: Database) -> None:
    upgrade(used_database, "head")
    with used_database.read() as connection:
        query = sa.select(ingest_events.c.id, ingest_events.c.sequence).order_by(ingest_events.c.sequence)
        assert connection.execute(query).all() == [("event_a", 1), ("event_b", 2), ("event_c", 3)]

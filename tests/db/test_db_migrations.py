"""The migrations make exactly the tables the program declares, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from jacana.db.engine import Database
from jacana.db.tables import metadata


def test_migrated_schema_is_the_declared_one(database: Database) -> None:
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
    assert differences == []


def test_every_table_carries_the_verb_of_its_stage() -> None:
    verbs = {"ingest", "detect", "decide", "preserve", "act", "review", "report", "audit", "web"}
    assert [name for name in metadata.tables if name != "outbox" and name.partition("_")[0] not in verbs] == []

"""`jacana migrate`: brings the schema up to this program."""

from jacana.cli.context import console, current_settings
from jacana.db.engine import Database
from jacana.db.schema import migrate_schema


def migrate() -> None:
    """Apply missing migrations; a schema newer than this program is refused. Stop every Jacana first."""
    database = Database(current_settings().settings.resolved_database_url())
    try:
        console.print(f"the schema is at revision {migrate_schema(database)}")
    finally:
        database.close()

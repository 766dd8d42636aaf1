"""Brings the schema up to this program, and refuses one that is newer. One Alembic tree for both databases."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from jacana.db.engine import MISSING, MISSING_REMEDY, Database
from jacana.model.errors import SetupInvalidError


class SchemaTooNewError(SetupInvalidError):
    """The database was written by a newer Jacana."""

    code = "database.schema_too_new"


class SchemaOutdatedError(SetupInvalidError):
    """The database was written by an older Jacana, is empty, or is not there."""

    code = "database.schema_outdated"


def migrate_schema(database: Database) -> str:
    """Apply what is missing and return the revision; makes the SQLite file if there is none.

    Raises SchemaTooNewError before touching a newer schema, DatabaseUnavailableError.
    """
    script = _scripts()
    database.create_file()
    _refuse_newer(database, script)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return str(script.get_current_head())


def check_schema(database: Database) -> str:
    """Return the revision if it is exactly this program's. Raises SchemaTooNewError or SchemaOutdatedError."""
    script = _scripts()
    current = None if database.is_missing() else _refuse_newer(database, script)
    if current is None:
        raise SchemaOutdatedError(f"{MISSING} (it is at revision none)", remedy=MISSING_REMEDY)
    if current != script.get_current_head():
        raise SchemaOutdatedError(
            f"the database is at revision {current}", remedy="stop every Jacana and run `jacana migrate`"
        )
    return current


def _refuse_newer(database: Database, script: ScriptDirectory) -> str | None:
    with database.read() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in {revision.revision for revision in script.walk_revisions()}:
        raise SchemaTooNewError(
            f"the database is at revision {current}, which this Jacana does not know",
            remedy="install the newer Jacana that wrote it, or restore a backup",
        )
    return current


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(Path(__file__).parent / "migrations"))

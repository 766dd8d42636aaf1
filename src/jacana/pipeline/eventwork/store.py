"""How far a worker has come in the event log."""

from datetime import datetime

import sqlalchemy as sa

from jacana.db.engine import Connection
from jacana.db.tables.detect_accounts import detect_cursors


def read_cursor(connection: Connection, name: str) -> int:
    """Return the number of the last event that was worked; 0 at the start."""
    found = connection.scalar(sa.select(detect_cursors.c.sequence).where(detect_cursors.c.name == name))
    return found or 0


def move_cursor(connection: Connection, name: str, sequence: int, now: datetime) -> None:
    """Record that every event up to this number is worked."""
    values = {"sequence": sequence, "updated_at": now}
    changed = connection.execute(detect_cursors.update().where(detect_cursors.c.name == name).values(values))
    if changed.rowcount == 0:
        connection.execute(detect_cursors.insert().values(name=name, **values))

"""Rows of look-backs, and which entries one looks for. Takes the caller's connection, opens no transaction."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from jacana.db.engine import Connection
from jacana.db.tables.detect import detect_media
from jacana.db.tables.detect_banks import detect_bank_changes, detect_bank_entries, detect_banks
from jacana.db.tables.detect_lookback import detect_lookbacks
from jacana.model.bank import BankRole
from jacana.model.lookback import LookBack, LookBackState
from jacana.model.media import FORGOTTEN, MediaFacts, MediaKind


def insert_lookback(connection: Connection, lookback: LookBack) -> None:
    """Add a row."""
    connection.execute(detect_lookbacks.insert().values(_to_row(lookback)))


def update_lookback(connection: Connection, lookback: LookBack) -> None:
    """Write a row as it is now."""
    connection.execute(detect_lookbacks.update().where(detect_lookbacks.c.id == lookback.id).values(_to_row(lookback)))


def find_lookback(connection: Connection, lookback_id: str) -> LookBack | None:
    """Return one."""
    row = connection.execute(sa.select(detect_lookbacks).where(detect_lookbacks.c.id == lookback_id)).first()
    return _read(row) if row else None


def select_lookbacks(connection: Connection, limit: int = 50) -> list[LookBack]:
    """Return the newest first."""
    query = sa.select(detect_lookbacks).order_by(detect_lookbacks.c.created_at.desc(), detect_lookbacks.c.id.desc())
    return [_read(row) for row in connection.execute(query.limit(limit))]


def read_looked_until(connection: Connection) -> int:
    """Return the bank change up to which a look-back was begun, 0 before the first."""
    return connection.scalar(sa.select(sa.func.max(detect_lookbacks.c.to_sequence))) or 0


def select_added(connection: Connection, after: int, until: int) -> list[int]:
    """Return the numbers of the entries that were added in these changes and still match something bad today."""
    changes, entries = detect_bank_changes.c, detect_bank_entries.c
    query = (
        sa.select(changes.entry_number)
        .join(detect_bank_entries, entries.number == changes.entry_number)
        .join(detect_banks, detect_banks.c.id == entries.bank_id)
        .where(
            changes.sequence > after,
            changes.sequence <= until,
            changes.kind == "added",
            entries.removed_at.is_(None),
            detect_banks.c.removed_at.is_(None),
            detect_banks.c.role == BankRole.KNOWN.value,
        )
        .order_by(changes.sequence)
    )
    return list(connection.scalars(query))


def _to_row(lookback: LookBack) -> dict[str, Any]:
    names = [column.name for column in detect_lookbacks.columns if column.name not in {"cursor", "state"}]
    values = {name: getattr(lookback, name) for name in names}
    return values | {"state": lookback.state.value, "cursor": {"done": list(lookback.done_parts)}}


def _read(row: sa.Row[Any]) -> LookBack:
    values = {name: value for name, value in row._mapping.items() if name not in {"cursor", "state"}}
    bare = LookBack(**values, state=LookBackState(row.state))
    return replace(bare, done_parts=tuple(row.cursor["done"]))


def count_analyses(connection: Connection) -> int:
    """Return how many files have a stored analysis."""
    return connection.scalar(sa.select(sa.func.count()).select_from(detect_media)) or 0


def select_analyses(connection: Connection, after: str, limit: int) -> list[MediaFacts]:
    """Return stored analyses in the order of their SHA-256, after one."""
    query = sa.select(detect_media).where(detect_media.c.sha256 > after).order_by(detect_media.c.sha256).limit(limit)
    return [MediaFacts(**{**row, "kind": MediaKind(row["kind"])}) for row in connection.execute(query).mappings()]


def forget_analyses(connection: Connection, before: datetime) -> int:
    """Empty the hashes of analyses made before a moment; return how many. The rest of what was found stays."""
    old = sa.and_(detect_media.c.analysed_at < before, detect_media.c.sampling != FORGOTTEN)
    emptied = {"frames": b"", "windows": b"", "frame_count": 0, "window_count": 0, "sampling": FORGOTTEN}
    return connection.execute(detect_media.update().where(old).values(emptied)).rowcount

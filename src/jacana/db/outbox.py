"""The outbox: work promised in the same transaction as the change that caused it.

The pump (`pipeline`) starts one durable workflow per row, under the row's id, so a row is never worked twice in effect.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from jacana.db.engine import Connection
from jacana.db.tables.outbox import outbox


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One promised piece of work. `payload` holds ids only, never content."""

    id: str
    topic: str
    payload: dict[str, Any]
    not_before: datetime


def promise_work(connection: Connection, *, id: str, topic: str, payload: dict[str, Any], not_before: datetime) -> bool:
    """Add a row; an id that is already there is left alone. Return whether it was new."""
    if connection.execute(sa.select(outbox.c.id).where(outbox.c.id == id)).first():
        return False
    connection.execute(outbox.insert().values(id=id, topic=topic, payload=payload, not_before=not_before))
    return True


def list_due(connection: Connection, now: datetime, limit: int = 100) -> list[OutboxRow]:
    """Return rows whose time has come and that were neither started nor cancelled, oldest first."""
    rows = connection.execute(
        sa.select(outbox)
        .where(outbox.c.started_at.is_(None), outbox.c.cancelled_at.is_(None), outbox.c.not_before <= now)
        .order_by(outbox.c.not_before, outbox.c.id)
        .limit(limit)
    )
    return [OutboxRow(row.id, row.topic, row.payload, row.not_before) for row in rows]


def mark_started(connection: Connection, id: str, now: datetime) -> None:
    """Record that a workflow runs under this id; it will finish the work across any crash."""
    connection.execute(outbox.update().where(outbox.c.id == id).values(started_at=now))


def mark_finished(connection: Connection, id: str, now: datetime) -> None:
    """Record that the work is done."""
    connection.execute(outbox.update().where(outbox.c.id == id).values(finished_at=now))


def cancel_work(connection: Connection, id: str, now: datetime) -> bool:
    """Cancel a row that has not started. Return False if it is too late."""
    changed = connection.execute(
        outbox.update()
        .where(outbox.c.id == id, outbox.c.started_at.is_(None), outbox.c.cancelled_at.is_(None))
        .values(cancelled_at=now)
    )
    return changed.rowcount == 1


def count_waiting(connection: Connection) -> dict[str, int]:
    """Return how many rows per topic are neither finished nor cancelled."""
    rows = connection.execute(
        sa.select(outbox.c.topic, sa.func.count())
        .where(outbox.c.finished_at.is_(None), outbox.c.cancelled_at.is_(None))
        .group_by(outbox.c.topic)
    )
    return dict(rows.tuples().all())

"""The outbox: work promised in the same transaction as the change that caused it.

The pump (`pipeline`) starts one durable workflow per row, under the row's id, so a row is never worked twice in effect.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from jacana.db.engine import Connection
from jacana.db.tables.outbox import outbox


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One promised piece of work. `payload` holds ids only, never content; `failures` counts attempts that raised."""

    id: str
    topic: str
    payload: dict[str, Any]
    not_before: datetime
    failures: int = 0

    @property
    def run_id(self) -> str:
        """Id of the workflow that works this attempt: the row's id, and the attempt after the first."""
        return self.id if not self.failures else f"{self.id}~{self.failures}"


def promise_work(connection: Connection, *, id: str, topic: str, payload: dict[str, Any], not_before: datetime) -> bool:
    """Add a row; an id that is there already, or comes at the same moment, is left alone. Return whether it was new."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    query = insert(outbox).values(id=id, topic=topic, payload=payload, not_before=not_before).on_conflict_do_nothing()
    return connection.execute(query.returning(outbox.c.id)).first() is not None


def list_due(
    connection: Connection, now: datetime, limit: int = 100, *, except_topics: Collection[str] = ()
) -> list[OutboxRow]:
    """Return rows whose time has come and that were neither started nor cancelled, oldest first."""
    rows = connection.execute(
        sa.select(outbox)
        .where(outbox.c.started_at.is_(None), outbox.c.finished_at.is_(None), outbox.c.cancelled_at.is_(None))
        .where(outbox.c.not_before <= now)
        .where(outbox.c.topic.not_in(list(except_topics)))
        .order_by(outbox.c.not_before, outbox.c.id)
        .limit(limit)
    )
    return [OutboxRow(row.id, row.topic, row.payload, row.not_before, row.failures) for row in rows]


def mark_started(connection: Connection, id: str, now: datetime, *, failures: int = 0) -> None:
    """Record that a workflow works the attempt after `failures`; it will finish across any crash.

    An attempt that ended before this was recorded has moved the row on; then nothing is recorded.
    """
    connection.execute(
        outbox.update()
        .where(outbox.c.id == id, outbox.c.failures == failures, outbox.c.finished_at.is_(None))
        .values(started_at=now)
    )


def list_started(connection: Connection, limit: int = 1000) -> list[OutboxRow]:
    """Return rows that were started and are not finished."""
    rows = connection.execute(
        sa.select(outbox)
        .where(outbox.c.started_at.is_not(None), outbox.c.finished_at.is_(None), outbox.c.cancelled_at.is_(None))
        .order_by(outbox.c.started_at)
        .limit(limit)
    )
    return [OutboxRow(row.id, row.topic, row.payload, row.not_before, row.failures) for row in rows]


def mark_finished(connection: Connection, id: str, now: datetime) -> None:
    """Record that the work is done."""
    connection.execute(outbox.update().where(outbox.c.id == id).values(finished_at=now))


def record_failure(connection: Connection, row: OutboxRow, problem: str, retry_at: datetime) -> None:
    """Record that an attempt raised `problem` (an error code, no content) and when the row is due again."""
    connection.execute(
        outbox.update()
        .where(outbox.c.id == row.id, outbox.c.failures == row.failures, outbox.c.finished_at.is_(None))
        .values(failures=row.failures + 1, problem=problem[:200], not_before=retry_at, started_at=None)
    )


def cancel_work(connection: Connection, id: str, now: datetime) -> bool:
    """Cancel a row that has not started. Return False if it is too late."""
    changed = connection.execute(
        outbox.update()
        .where(outbox.c.id == id, outbox.c.started_at.is_(None), outbox.c.cancelled_at.is_(None))
        .values(cancelled_at=now)
    )
    return changed.rowcount == 1


def list_stuck(connection: Connection, failures: int, limit: int = 100) -> list[tuple[OutboxRow, str]]:
    """Return unfinished rows that failed at least `failures` times, with the last problem."""
    rows = connection.execute(
        sa.select(outbox)
        .where(outbox.c.finished_at.is_(None), outbox.c.cancelled_at.is_(None), outbox.c.failures >= failures)
        .order_by(outbox.c.not_before)
        .limit(limit)
    )
    return [(OutboxRow(row.id, row.topic, row.payload, row.not_before, row.failures), row.problem) for row in rows]


def count_waiting(connection: Connection) -> dict[str, int]:
    """Return how many rows per topic are neither finished nor cancelled."""
    rows = connection.execute(
        sa.select(outbox.c.topic, sa.func.count())
        .where(outbox.c.finished_at.is_(None), outbox.c.cancelled_at.is_(None))
        .group_by(outbox.c.topic)
    )
    return {row[0]: row[1] for row in rows}

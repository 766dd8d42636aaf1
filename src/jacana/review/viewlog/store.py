"""SQL of the view log. Never judges a claim: `review.views` does, before anything is written here."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from jacana.audit import list_entries
from jacana.db.engine import Connection
from jacana.db.tables.review import review_views
from jacana.review.cases import View, ViewPurpose
from jacana.review.errors import ViewMissingError
from jacana.review.views import Range

SEEN_WHOLE = "media.seen_whole"
"""Verb of the audit entry without which no claim of having seen a file counts."""


def insert_view(connection: Connection, view: View) -> None:
    """Add a view that begins."""
    connection.execute(
        review_views.insert().values(
            id=view.id,
            user_id=view.user_id,
            case_id=view.case_id,
            sha256=view.sha256,
            purpose=view.purpose.value,
            started_at=view.started_at,
            seen_seconds=0.0,
            revealed_ms=0,
            whole=False,
            ranges=[],
            served=[],
        )
    )


def load_view(connection: Connection, view_id: str, user_id: str) -> View:
    """Return the person's view, locked until commit. Raises ViewMissingError."""
    query = sa.select(review_views).where(review_views.c.id == view_id, review_views.c.user_id == user_id)
    row = connection.execute(query.with_for_update()).first()
    if row is None:
        raise ViewMissingError("there is no such view")
    return _view(row)


def end_views(connection: Connection, user_id: str, now: datetime, view_id: str | None = None) -> None:
    """End the person's views that have not ended, or only this one."""
    query = review_views.update().where(review_views.c.user_id == user_id, review_views.c.ended_at.is_(None))
    if view_id is not None:
        query = query.where(review_views.c.id == view_id)
    connection.execute(query.values(ended_at=now))


def save_progress(connection: Connection, view: View) -> None:
    """Write what was revealed in the view."""
    connection.execute(
        review_views.update()
        .where(review_views.c.id == view.id)
        .values(
            ranges=[list(pair) for pair in view.ranges],
            seen_seconds=view.seen_seconds,
            revealed_ms=view.revealed_ms,
        )
    )


def save_whole(connection: Connection, view: View, entry: int) -> View:
    """Write that in this view the file came to be seen whole, as the audit entry at that position says."""
    connection.execute(review_views.update().where(review_views.c.id == view.id).values(whole=True, whole_entry=entry))
    return replace(view, whole=True, whole_entry=entry)


def save_served(connection: Connection, view_id: str, served: tuple[Range, ...]) -> None:
    """Write which bytes were sent for the view."""
    connection.execute(
        review_views.update().where(review_views.c.id == view_id).values(served=[list(pair) for pair in served])
    )


def list_looks(connection: Connection, user_id: str, sha256: str) -> list[View]:
    """Return every view of the person of these bytes, in any case."""
    rows = connection.execute(
        sa.select(review_views).where(review_views.c.user_id == user_id, review_views.c.sha256 == sha256)
    )
    return [_view(row) for row in rows]


def list_views(connection: Connection, case_id: str) -> list[View]:
    """Return the views begun from the case, oldest first."""
    rows = connection.execute(
        sa.select(review_views)
        .where(review_views.c.case_id == case_id)
        .order_by(review_views.c.started_at, review_views.c.id)
    )
    return [_view(row) for row in rows]


def has_viewed_whole(connection: Connection, sha256: str, user_id: str | None) -> bool:
    """Return whether somebody (this person, if named) has seen the whole file, as the audit log says, too.

    Raises AuditEntryBrokenError.
    """
    query = sa.select(review_views).where(
        review_views.c.sha256 == sha256, review_views.c.whole, review_views.c.whole_entry.is_not(None)
    )
    if user_id is not None:
        query = query.where(review_views.c.user_id == user_id)
    return any(_is_logged(connection, _view(row)) for row in connection.execute(query).all())


def _is_logged(connection: Connection, view: View) -> bool:
    """Return whether the audit log holds this very claim where the view says."""
    claim = (SEEN_WHOLE, view.sha256, f"user:{view.user_id}", view.id)
    return any(
        position == view.whole_entry and (entry.verb, entry.subject, entry.actor, entry.details.get("view_id")) == claim
        for position, entry in list_entries(connection, subject=view.sha256, start=view.whole_entry or 0, limit=1)
    )


def sum_exposure(connection: Connection, user_id: str, since: datetime) -> int:
    """Return the milliseconds revealed to the person in views begun since then."""
    total = connection.execute(
        sa.select(sa.func.sum(review_views.c.revealed_ms)).where(
            review_views.c.user_id == user_id, review_views.c.started_at >= since
        )
    ).scalar()
    return int(total or 0)


def _view(row: Any) -> View:
    return View(
        row.id,
        row.user_id,
        row.case_id,
        row.sha256,
        ViewPurpose(row.purpose),
        row.started_at,
        row.ended_at,
        tuple((start, end) for start, end in row.ranges),
        row.seen_seconds,
        row.revealed_ms,
        row.whole,
        row.whole_entry,
        tuple((start, end) for start, end in row.served),
    )

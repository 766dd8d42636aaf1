"""Rows of terms, their approvals and their outcomes. Takes the caller's connection, opens no transaction, no seal.

`sequence` grows with every change of a term that is, was or may now be looked for; a candidate that never was has 0.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from jacana.db.engine import Connection
from jacana.db.tables.detect_text import detect_term_approvals, detect_term_outcomes, detect_terms
from jacana.model.term import TermState

Row = sa.Row[Any]
Values = dict[str, Any]
_AT_ONCE = 500
_T = TypeVar("_T")

_terms, _approvals, _outcomes = detect_terms.c, detect_term_approvals.c, detect_term_outcomes.c

CONFIRMED = "confirmed"
CLEARED = "cleared"


def last_sequence(connection: Connection) -> int:
    """Return the number of the newest change; 0 before the first."""
    return connection.scalar(sa.select(sa.func.max(_terms.sequence))) or 0


def insert_terms(connection: Connection, rows: Sequence[Values]) -> None:
    """Add rows; their ids and keys must be new."""
    if rows:
        connection.execute(detect_terms.insert(), rows)


def update_terms(connection: Connection, ids: Collection[str], **values: Any) -> None:
    """Set columns of these terms."""
    for some in in_portions(sorted(ids)):
        connection.execute(detect_terms.update().where(_terms.id.in_(some)).values(**values))


def find_term_row(connection: Connection, term_id: str) -> Row | None:
    """Return one row."""
    return connection.execute(sa.select(detect_terms).where(_terms.id == term_id)).first()


def load_by_ids(connection: Connection, ids: Iterable[str]) -> dict[str, Row]:
    """Return id -> row of the terms that are there."""
    found: dict[str, Row] = {}
    for some in in_portions(sorted(set(ids))):
        found |= {row.id: row for row in connection.execute(sa.select(detect_terms).where(_terms.id.in_(some)))}
    return found


def load_by_keys(connection: Connection, keys: Iterable[str]) -> dict[str, Row]:
    """Return key -> row of the terms that are there."""
    found: dict[str, Row] = {}
    for some in in_portions(sorted(set(keys))):
        query = sa.select(detect_terms).where(_terms.term_key.in_(some))
        found |= {row.term_key: row for row in connection.execute(query)}
    return found


def list_rows(
    connection: Connection,
    *,
    states: Collection[TermState] = (),
    source: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[Row]:
    """Return rows, those that changed last first."""
    query = sa.select(detect_terms)
    if states:
        query = query.where(_terms.state.in_([state.value for state in states]))
    if source is not None:
        query = query.where(_terms.source == source)
    query = query.order_by(_terms.changed_at.desc(), _terms.id).limit(limit).offset(offset)
    return list(connection.execute(query))


def list_open_rows(
    connection: Connection, states: Collection[TermState], now: datetime
) -> Iterator[tuple[str, bytes, str, int, str, list[str], list[str], str, str, datetime | None]]:
    """Yield what a Term needs, of terms in these states whose time is not over, in the order of their ids.

    (id, sealed words, match mode, severity, state, languages, fields, source, licence, expiry)
    """
    query = (
        sa.select(
            _terms.id,
            _terms.term_sealed,
            _terms.match_mode,
            _terms.severity,
            _terms.state,
            _terms.languages,
            _terms.fields,
            _terms.source,
            _terms.licence,
            _terms.expires_at,
        )
        .where(_terms.state.in_([state.value for state in states]))
        .where(sa.or_(_terms.expires_at.is_(None), _terms.expires_at > now))
        .order_by(_terms.id)
    )
    yield from connection.execute(query)


def list_ids_after(connection: Connection, sequence: int, states: Collection[TermState]) -> list[str]:
    """Return the terms in these states that changed after a number, in the order of their changes."""
    query = sa.select(_terms.id).where(_terms.sequence > sequence, _terms.state.in_([state.value for state in states]))
    return list(connection.scalars(query.order_by(_terms.sequence, _terms.id)))


def list_over(
    connection: Connection, now: datetime, idle_since: datetime | None, trusted: Collection[TermState], limit: int
) -> list[Row]:
    """Return rows that may have to expire: their time is over, or nothing was confirmed since `idle_since`."""
    ended = (TermState.EXPIRED.value, TermState.RETIRED.value)
    due = _terms.expires_at <= now
    if idle_since is not None:
        useful = sa.func.coalesce(_terms.last_confirmed_at, _terms.active_since, _terms.created_at)
        since = sa.func.coalesce(_terms.active_since, _terms.created_at)
        idle = sa.and_(_terms.state.in_([state.value for state in trusted]), useful <= idle_since, since <= idle_since)
        due = sa.or_(due, idle)
    query = sa.select(detect_terms).where(_terms.state.not_in(ended), due).order_by(_terms.id).limit(limit)
    return list(connection.execute(query))


def count_by_state(connection: Connection, source: str | None = None) -> dict[TermState, int]:
    """Return how many terms are in each state."""
    query = sa.select(_terms.state, sa.func.count()).group_by(_terms.state)
    if source is not None:
        query = query.where(_terms.source == source)
    found = {TermState(row[0]): row[1] for row in connection.execute(query)}
    return {state: found.get(state, 0) for state in TermState}


def list_sources(connection: Connection) -> list[str]:
    """Return the names of the sources terms are from."""
    return list(connection.scalars(sa.select(_terms.source).distinct().order_by(_terms.source)))


# Approvals


def insert_approval(connection: Connection, term_id: str, user_id: str, now: datetime) -> None:
    """Record that a person approved a term."""
    connection.execute(detect_term_approvals.insert().values(term_id=term_id, user_id=user_id, approved_at=now))


def load_approvals(connection: Connection, ids: Iterable[str]) -> dict[str, list[tuple[str, datetime]]]:
    """Return term id -> (user id, when), oldest first."""
    found: dict[str, list[tuple[str, datetime]]] = {}
    for some in in_portions(sorted(set(ids))):
        query = sa.select(detect_term_approvals).where(_approvals.term_id.in_(some))
        for row in connection.execute(query.order_by(_approvals.approved_at, _approvals.user_id)):
            found.setdefault(row.term_id, []).append((row.user_id, row.approved_at))
    return found


def delete_approvals(connection: Connection, ids: Collection[str]) -> None:
    """Forget approvals: they were given to something else."""
    for some in in_portions(sorted(ids)):
        connection.execute(detect_term_approvals.delete().where(_approvals.term_id.in_(some)))


# Outcomes


def insert_hits(connection: Connection, hits: Mapping[tuple[str, str], datetime]) -> dict[str, int]:
    """Add (term id, finding id) -> when it happened; return term id -> how many were new; none for unknown terms."""
    known = load_known_ids(connection, {term_id for term_id, _ in hits})
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    grown: dict[str, int] = {}
    rows = [
        {"term_id": term_id, "finding_id": finding_id, "hit_at": at}
        for (term_id, finding_id), at in hits.items()
        if term_id in known
    ]
    for some in in_portions(rows):
        query = insert(detect_term_outcomes).values(some).on_conflict_do_nothing().returning(_outcomes.term_id)
        for term_id in connection.scalars(query):
            grown[term_id] = grown.get(term_id, 0) + 1
    for term_id in sorted(grown):
        connection.execute(detect_terms.update().where(_terms.id == term_id).values(hits=_terms.hits + grown[term_id]))
    return grown


def load_known_ids(connection: Connection, ids: Iterable[str]) -> set[str]:
    """Return those of the ids that are terms."""
    found: set[str] = set()
    for some in in_portions(sorted(set(ids))):
        found.update(connection.scalars(sa.select(_terms.id).where(_terms.id.in_(some))))
    return found


def set_outcomes(connection: Connection, finding_ids: Collection[str], outcome: str | None, now: datetime) -> list[str]:
    """Record what a person found of these findings; return the terms for which that was news."""
    changed: set[str] = set()
    differs = _outcomes.outcome.is_not(None) if outcome is None else _outcomes.outcome.is_distinct_from(outcome)
    decided_at = None if outcome is None else now
    for some in in_portions(sorted(finding_ids)):
        query = detect_term_outcomes.update().where(_outcomes.finding_id.in_(some), differs)
        changed.update(
            connection.scalars(query.values(outcome=outcome, decided_at=decided_at).returning(_outcomes.term_id))
        )
    return sorted(changed)


def count_outcomes(connection: Connection, ids: Collection[str]) -> dict[str, tuple[int, int, datetime | None]]:
    """Return term id -> (reviewed, confirmed, last confirmed): since it last became active, but the last ever."""
    found: dict[str, tuple[int, int, datetime | None]] = {}
    counted = sa.or_(_terms.active_since.is_(None), _outcomes.decided_at >= _terms.active_since)
    confirmed = _outcomes.outcome == CONFIRMED
    for some in in_portions(sorted(ids)):
        query = (
            sa.select(
                _outcomes.term_id,
                sa.func.count(sa.case((counted, 1))).label("reviewed"),
                sa.func.count(sa.case((sa.and_(counted, confirmed), 1))).label("confirmed"),
                sa.func.max(sa.case((confirmed, _outcomes.decided_at))).label("last_confirmed_at"),
            )
            .join(detect_terms, _terms.id == _outcomes.term_id)
            .where(_outcomes.term_id.in_(some), _outcomes.outcome.is_not(None))
            .group_by(_outcomes.term_id)
        )
        for row in connection.execute(query):
            found[row.term_id] = (row.reviewed, row.confirmed, row.last_confirmed_at)
    return found


def in_portions(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Yield slices small enough for one statement."""
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))

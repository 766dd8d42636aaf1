"""The inverted index of stored texts, and the look-backs of new terms through it. Tokens lie here only keyed."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from jacana.db.engine import Connection
from jacana.db.sealing import FieldSealer
from jacana.db.tables.detect_accounts import detect_account_findings, detect_cursors
from jacana.db.tables.detect_text import detect_term_lookbacks, detect_text_tokens
from jacana.db.tables.ingest import ingest_events
from jacana.model.event import EventType

LONGEST_TOKEN = 64
EVENTS_CURSOR = "accounts"
"""Name of the cursor of whoever works the event log."""

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class TermLookBack:
    """One look-back. `cursor`: events up to and with this one are done. `lexicon_sequence`: the change it is about."""

    id: str
    term_ids: tuple[str, ...]
    lexicon_sequence: int
    until_sequence: int
    cursor: int
    state: str
    """waiting, running or done."""
    texts: int
    hits: int
    created_at: datetime
    finished_at: datetime | None = None


# The index


def index_texts(connection: Connection, sealer: FieldSealer, rows: Iterable[tuple[int, Collection[str]]]) -> int:
    """File events under the tokens of their texts; rows are (sequence, tokens). Return how many entries were sent.

    An entry that is there already is left alone.
    """
    keys: dict[str, int] = {}
    entries: set[tuple[int, int]] = set()
    for sequence, tokens in rows:
        for token in filter(None, tokens):
            key = keys.get(token)
            if key is None:
                key = keys[token] = key_token(sealer, token)
            entries.add((key, sequence))
    if entries:
        _insert(connection, sorted(entries))
    return len(entries)


def find_texts(
    connection: Connection, sealer: FieldSealer, tokens: Iterable[str], until_sequence: int, after: int, limit: int
) -> list[int]:
    """Return the events after `after` up to `until_sequence` that hold any token: the first `limit`, in order."""
    keys = sorted({key_token(sealer, token) for token in tokens})
    found: set[int] = set()
    column = detect_text_tokens.c
    for portion in _in_portions(keys):
        query = sa.select(column.sequence).where(
            column.token.in_(portion), column.sequence > after, column.sequence <= until_sequence
        )
        found.update(connection.scalars(query.distinct().order_by(column.sequence).limit(limit)))
    return sorted(found)[:limit]


def forget_texts(connection: Connection, sequences: Iterable[int]) -> int:
    """Take events out of the index, as when they are deleted; return how many entries went."""
    gone = 0
    for portion in _in_portions(sorted(sequences)):
        gone += connection.execute(
            detect_text_tokens.delete().where(detect_text_tokens.c.sequence.in_(portion))
        ).rowcount
    return gone


def key_token(sealer: FieldSealer, token: str) -> int:
    """Return the number a token is filed under: 63 bits of its keyed hash."""
    return int(sealer.blind(token[:LONGEST_TOKEN], "text.token")[:16], 16) >> 1


def _insert(connection: Connection, entries: Sequence[tuple[int, int]]) -> None:
    table = detect_text_tokens.name
    if connection.dialect.name == "postgresql":
        query = f"INSERT INTO {table} (token, sequence) SELECT * FROM unnest(%s::bigint[], %s::bigint[]) ON CONFLICT DO NOTHING"  # noqa: S608, E501 - a table's name
        tokens, sequences = zip(*entries, strict=True)
        connection.exec_driver_sql(query, (list(tokens), list(sequences)))
    else:
        query = f"INSERT OR IGNORE INTO {table} (token, sequence) VALUES (?, ?)"  # noqa: S608 - a table's name
        connection.exec_driver_sql(query, list(entries))


# How far the log is worked, what there is to read, and what was found there before


def read_worked_until(connection: Connection) -> int:
    """Return the newest event that has been screened and indexed; 0 before the first."""
    query = sa.select(detect_cursors.c.sequence).where(detect_cursors.c.name == EVENTS_CURSOR)
    return connection.scalar(query) or 0


def list_sequences(
    connection: Connection, types: Iterable[EventType], until_sequence: int, after: int, limit: int
) -> list[int]:
    """Return the places of the next events of these types, in the order of commits."""
    event = ingest_events.c
    query = sa.select(event.sequence).where(
        event.sequence > after, event.sequence <= until_sequence, event.type.in_(sorted(one.value for one in types))
    )
    return list(connection.scalars(query.order_by(event.sequence).limit(limit)))


def load_known_matches(
    connection: Connection, account_ids: Iterable[str]
) -> Iterator[tuple[str, str | None, str, str, str]]:
    """Yield (account, event, field, term, its state then) of every match that is recorded for these accounts."""
    found = detect_account_findings.c
    for portion in _in_portions(sorted(set(account_ids))):
        query = sa.select(found.account_id, found.event_id, found.field, found.matches)
        rows = connection.execute(query.where(found.account_id.in_(portion), found.kind == "term_hit"))
        for row in rows:
            for match in row.matches:
                yield row.account_id, row.event_id, row.field, match["term_id"], match["state"]


# Look-backs


def read_looked_until(connection: Connection) -> int:
    """Return up to which change of the lexicon look-backs were begun; 0 before the first."""
    return connection.scalar(sa.select(sa.func.max(detect_term_lookbacks.c.lexicon_sequence))) or 0


def insert_lookback(connection: Connection, lookback: TermLookBack) -> None:
    """Add a look-back."""
    values = {name: getattr(lookback, name) for name in TermLookBack.__dataclass_fields__}
    connection.execute(detect_term_lookbacks.insert().values(**{**values, "term_ids": list(lookback.term_ids)}))


def find_lookback(connection: Connection, lookback_id: str) -> TermLookBack | None:
    """Return a look-back, None if there is none with this id."""
    row = connection.execute(sa.select(detect_term_lookbacks).where(detect_term_lookbacks.c.id == lookback_id)).first()
    return _read(row) if row else None


def list_lookbacks(connection: Connection, limit: int = 20) -> list[TermLookBack]:
    """Return the newest look-backs, newest first."""
    order = (detect_term_lookbacks.c.created_at.desc(), detect_term_lookbacks.c.id.desc())
    query = sa.select(detect_term_lookbacks).order_by(*order).limit(limit)
    return [_read(row) for row in connection.execute(query)]


def update_lookback(connection: Connection, lookback: TermLookBack) -> None:
    """Record how far a look-back is."""
    connection.execute(
        detect_term_lookbacks.update()
        .where(detect_term_lookbacks.c.id == lookback.id)
        .values(
            cursor=lookback.cursor,
            state=lookback.state,
            texts=lookback.texts,
            hits=lookback.hits,
            finished_at=lookback.finished_at,
        )
    )


def _read(row: sa.Row[Any]) -> TermLookBack:
    values = dict(row._mapping)
    return TermLookBack(**{**values, "term_ids": tuple(values["term_ids"])})


def _in_portions(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]

"""Rows of banks, their entries and every change to them. Takes the caller's connection, opens no transaction.

An entry is never changed: a new state of it is a new entry with a new number, and the old one becomes a tombstone. The
changes, in the order of their commits, are what the hash index follows; so whoever writes one holds the audit lock.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from jacana.audit import lock_log
from jacana.db.engine import Connection
from jacana.db.tables.detect_banks import detect_bank_changes, detect_bank_entries, detect_banks
from jacana.model.bank import Bank, BankEntry, BankOrigin, BankRole, Trust
from jacana.model.upload import Digests

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class BankChange:
    """One entry came (`added`) or went (`removed`)."""

    sequence: int
    bank_id: str
    entry_number: int
    kind: str


def insert_bank(connection: Connection, bank: Bank) -> None:
    """Add a bank."""
    left_out = {"entry_count", "frame_count", "removed_at", "may_cause"}
    values = {name: value for name, value in asdict(bank).items() if name not in left_out}
    connection.execute(detect_banks.insert().values(values | {"may_cause": list(bank.may_cause), "revision": 0}))


def select_banks(connection: Connection, *, name: str | None = None, removed: bool = False) -> list[Bank]:
    """Return banks by name, with how much they hold; removed ones only when asked for."""
    counts = (
        sa.select(
            detect_bank_entries.c.bank_id,
            sa.func.count().label("entries"),
            sa.func.sum(detect_bank_entries.c.frame_count).label("frames"),
        )
        .where(detect_bank_entries.c.removed_at.is_(None))
        .group_by(detect_bank_entries.c.bank_id)
        .subquery()
    )
    query = sa.select(detect_banks, counts.c.entries, counts.c.frames).outerjoin(
        counts, counts.c.bank_id == detect_banks.c.id
    )
    if name is not None:
        query = query.where(detect_banks.c.name == name)
    if not removed:
        query = query.where(detect_banks.c.removed_at.is_(None))
    return [_read_bank(row) for row in connection.execute(query.order_by(detect_banks.c.name))]


def mark_removed(connection: Connection, bank_id: str, now: datetime) -> None:
    """Record that the bank matches nothing from now on."""
    connection.execute(detect_banks.update().where(detect_banks.c.id == bank_id).values(removed_at=now))


def grow_revision(connection: Connection, bank_id: str) -> None:
    """Tell every cache that the bank's entries changed; also makes two imports into one bank wait for each other."""
    connection.execute(
        detect_banks.update().where(detect_banks.c.id == bank_id).values(revision=detect_banks.c.revision + 1)
    )


def read_revisions(connection: Connection) -> tuple[tuple[str, int], ...]:
    """Return (bank id, revision) of every live bank: equal answers mean equal contents."""
    query = sa.select(detect_banks.c.id, detect_banks.c.revision).where(detect_banks.c.removed_at.is_(None))
    return tuple((row.id, row.revision) for row in connection.execute(query.order_by(detect_banks.c.id)))


def insert_entry(connection: Connection, bank_id: str, entry: BankEntry, now: datetime) -> BankEntry:
    """Add an entry under the next number and return it; its id must be new and its label free in the bank."""
    lock_log(connection)
    last = connection.scalar(sa.select(sa.func.max(detect_bank_changes.c.entry_number))) or 0
    values = asdict(entry) | {"bank_id": bank_id, "added_at": now, "number": last + 1}
    connection.execute(detect_bank_entries.insert().values(values))
    _record_change(connection, bank_id, last + 1, "added", now)
    return _read_entry(connection.execute(_by_number([last + 1])).one())


def retire_entry(connection: Connection, entry: BankEntry, bank_id: str, now: datetime) -> None:
    """Make an entry a tombstone: it matches nothing from now on and its hashes are gone; what it was called stays."""
    lock_log(connection)
    emptied = {"md5": None, "sha1": None, "sha256": None, "frames": b"", "windows": b"", "removed_at": now}
    connection.execute(detect_bank_entries.update().where(detect_bank_entries.c.id == entry.id).values(emptied))
    _record_change(connection, bank_id, entry.number, "removed", now)


def select_entries(connection: Connection, bank_id: str) -> list[BankEntry]:
    """Return a bank's live entries by label."""
    query = _live_entries(bank_id).order_by(detect_bank_entries.c.label)
    return [_read_entry(row) for row in connection.execute(query)]


def select_entry(
    connection: Connection, bank_id: str, *, label: str | None = None, source_id: str | None = None
) -> BankEntry | None:
    """Return the live entry of this label, or of this id at the source."""
    query = _live_entries(bank_id)
    if label is not None:
        query = query.where(detect_bank_entries.c.label == label)
    if source_id is not None:
        query = query.where(detect_bank_entries.c.source_id == source_id)
    row = connection.execute(query).first()
    return _read_entry(row) if row else None


def select_by_number(connection: Connection, numbers: Collection[int]) -> dict[int, tuple[str, BankEntry]]:
    """Return {number: (bank id, entry)} of live entries of live banks."""
    found: dict[int, tuple[str, BankEntry]] = {}
    listed = sorted(numbers)
    for start in range(0, len(listed), _AT_ONCE):
        query = _by_number(listed[start : start + _AT_ONCE]).where(
            detect_bank_entries.c.removed_at.is_(None), detect_banks.c.removed_at.is_(None)
        )
        found |= {row.number: (row.bank_id, _read_entry(row)) for row in connection.execute(query)}
    return found


def select_digest_matches(connection: Connection, digests: Digests) -> list[tuple[str, BankEntry]]:
    """Return (bank id, entry) of live entries that carry one of these digests."""
    entries = detect_bank_entries.c
    query = (
        sa.select(detect_bank_entries)
        .join(detect_banks, detect_banks.c.id == entries.bank_id)
        .where(
            detect_banks.c.removed_at.is_(None),
            entries.removed_at.is_(None),
            sa.or_(entries.md5 == digests.md5, entries.sha1 == digests.sha1, entries.sha256 == digests.sha256),
        )
        .order_by(entries.id)
    )
    return [(row.bank_id, _read_entry(row)) for row in connection.execute(query)]


def select_changes(connection: Connection, after: int, limit: int) -> list[BankChange]:
    """Return the changes that follow a sequence number, oldest first."""
    changes = detect_bank_changes.c
    query = sa.select(detect_bank_changes).where(changes.sequence > after).order_by(changes.sequence).limit(limit)
    return [BankChange(row.sequence, row.bank_id, row.entry_number, row.kind) for row in connection.execute(query)]


def read_last_sequence(connection: Connection) -> int:
    """Return the sequence number of the newest change, 0 before the first."""
    return connection.scalar(sa.select(sa.func.max(detect_bank_changes.c.sequence))) or 0


def _record_change(connection: Connection, bank_id: str, number: int, kind: str, now: datetime) -> None:
    connection.execute(
        detect_bank_changes.insert().values(bank_id=bank_id, entry_number=number, kind=kind, changed_at=now)
    )


def _live_entries(bank_id: str) -> sa.Select[Any]:
    return sa.select(detect_bank_entries).where(
        detect_bank_entries.c.bank_id == bank_id, detect_bank_entries.c.removed_at.is_(None)
    )


def _by_number(numbers: Sequence[int]) -> sa.Select[Any]:
    return (
        sa.select(detect_bank_entries)
        .join(detect_banks, detect_banks.c.id == detect_bank_entries.c.bank_id)
        .where(detect_bank_entries.c.number.in_(numbers))
    )


def _read_bank(row: sa.Row[Any]) -> Bank:
    return Bank(
        id=row.id,
        name=row.name,
        source=row.source,
        classification=row.classification,
        may_cause=tuple(row.may_cause),
        max_distance=row.max_distance,
        min_quality=row.min_quality,
        min_matched_seconds=row.min_matched_seconds,
        created_at=row.created_at,
        note=row.note,
        removed_at=row.removed_at,
        entry_count=row.entries or 0,
        frame_count=int(row.frames or 0),
        role=BankRole(row.role),
        trust=Trust(row.trust),
        origin=BankOrigin(row.origin),
        licence=row.licence,
        threshold_reason=row.threshold_reason,
    )


def _read_entry(row: sa.Row[Any]) -> BankEntry:
    return BankEntry(**{name: getattr(row, name) for name in _ENTRY_FIELDS})


_ENTRY_FIELDS = tuple(item.name for item in fields(BankEntry))

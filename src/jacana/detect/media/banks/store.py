"""Rows of banks, their entries and every change to them. Takes the caller's connection, opens no transaction.

An entry is never changed: a new state of it is a new entry with a new number, and the old one becomes a tombstone. The
changes, in the order of their commits, are what the hash index follows; so whoever writes one holds the audit lock.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any, Literal, TypeVar

import sqlalchemy as sa

from jacana.audit import lock_log
from jacana.db.engine import Connection
from jacana.db.tables.detect_banks import detect_bank_changes, detect_bank_entries, detect_banks
from jacana.model.bank import EXACT_DISTANCE, Bank, BankEntry, BankOrigin, BankRole, Trust
from jacana.model.upload import Digests

_AT_ONCE = 500
_COUNTED = frozenset({"entry_count", "frame_count", "window_count", "tombstone_count"})
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class BankChange:
    """One entry came (`added`) or went (`removed`)."""

    sequence: int
    bank_id: str
    entry_number: int
    kind: str


def insert_bank(connection: Connection, bank: Bank) -> None:
    """Add an empty bank."""
    left_out = {*_COUNTED, "removed_at", "changed_at", "may_cause"}
    values = {name: value for name, value in asdict(bank).items() if name not in left_out}
    connection.execute(detect_banks.insert().values(values | {"may_cause": list(bank.may_cause), "revision": 0}))


def select_banks(connection: Connection, *, name: str | None = None, removed: bool = False) -> list[Bank]:
    """Return banks by name, with how much they hold; removed ones only when asked for."""
    query = sa.select(detect_banks)
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
    """Add one entry; see `insert_entries`."""
    return insert_entries(connection, bank_id, [entry], now)[0]


def insert_entries(
    connection: Connection, bank_id: str, entries: Sequence[BankEntry], now: datetime
) -> list[BankEntry]:
    """Add entries under the next numbers and return them; their ids must be new and their labels free in the bank."""
    if not entries:
        return []
    lock_log(connection)
    # An entry's row is never deleted, so the highest number in the table is the last one given.
    last = connection.scalar(sa.select(sa.func.max(detect_bank_entries.c.number))) or 0
    numbered = [replace(entry, number=number) for number, entry in enumerate(entries, last + 1)]
    rows = [
        {**{name: getattr(entry, name) for name in _ENTRY_FIELDS}, "bank_id": bank_id, "added_at": now}
        for entry in numbered
    ]
    connection.execute(detect_bank_entries.insert(), rows)
    _record_changes(connection, bank_id, numbered, "added", now)
    return numbered


def retire_entry(connection: Connection, entry: BankEntry, bank_id: str, now: datetime) -> None:
    """Make one entry a tombstone; see `retire_entries`."""
    retire_entries(connection, [entry], bank_id, now)


def retire_entries(connection: Connection, entries: Sequence[BankEntry], bank_id: str, now: datetime) -> None:
    """Make live entries tombstones: they match nothing from now on and their hashes are gone; their names stay."""
    if not entries:
        return
    lock_log(connection)
    emptied = {"md5": None, "sha1": None, "sha256": None, "frames": b"", "windows": b"", "removed_at": now}
    for some in _in_portions([entry.id for entry in entries]):
        connection.execute(detect_bank_entries.update().where(detect_bank_entries.c.id.in_(some)).values(emptied))
    _record_changes(connection, bank_id, entries, "removed", now)


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


def select_named(
    connection: Connection, bank_id: str, key: Literal["label", "source_id", "id"], names: Collection[str]
) -> list[BankEntry]:
    """Return the bank's live entries whose label, source id or id is one of `names`, in the order of their numbers."""
    column = detect_bank_entries.c[key]
    found = []
    for some in _in_portions(sorted(names)):
        query = _live_entries(bank_id).where(column.in_(some)).order_by(detect_bank_entries.c.number)
        found += [_read_entry(row) for row in connection.execute(query)]
    return found


def select_expired(connection: Connection, now: datetime, limit: int) -> list[tuple[str, BankEntry]]:
    """Return (bank id, entry) of live entries whose time is over, those that ended first first."""
    entries = detect_bank_entries.c
    query = (
        sa.select(detect_bank_entries)
        .where(entries.removed_at.is_(None), entries.expires_at <= now)
        .order_by(entries.expires_at, entries.number)
        .limit(limit)
    )
    return [(row.bank_id, _read_entry(row)) for row in connection.execute(query)]


def select_by_number(connection: Connection, numbers: Collection[int]) -> dict[int, tuple[str, BankEntry]]:
    """Return {number: (bank id, entry)} of live entries of live banks."""
    found: dict[int, tuple[str, BankEntry]] = {}
    for some in _in_portions(sorted(numbers)):
        query = _by_number(some).where(detect_bank_entries.c.removed_at.is_(None), detect_banks.c.removed_at.is_(None))
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


def read_first_sequence(connection: Connection) -> int:
    """Return the sequence number of the oldest change, which never goes; 0 before it."""
    return connection.scalar(sa.select(sa.func.min(detect_bank_changes.c.sequence))) or 0


def describe_change(connection: Connection, sequence: int) -> tuple[str, str] | None:
    """Return (entry id, kind) of one change: what no other database has under the same number."""
    changes, entries = detect_bank_changes.c, detect_bank_entries.c
    query = (
        sa.select(entries.id, changes.kind)
        .join(detect_bank_entries, entries.number == changes.entry_number)
        .where(changes.sequence == sequence)
    )
    row = connection.execute(query).first()
    return (row.id, row.kind) if row else None


def _record_changes(
    connection: Connection, bank_id: str, entries: Sequence[BankEntry], kind: str, now: datetime
) -> None:
    connection.execute(
        detect_bank_changes.insert(),
        [{"bank_id": bank_id, "entry_number": entry.number, "kind": kind, "changed_at": now} for entry in entries],
    )
    sign, banks = (1 if kind == "added" else -1), detect_banks.c
    connection.execute(
        detect_banks.update()
        .where(banks.id == bank_id)
        .values(
            entry_count=banks.entry_count + sign * len(entries),
            frame_count=banks.frame_count + sign * sum(entry.frame_count for entry in entries),
            window_count=banks.window_count + sign * sum(entry.window_count for entry in entries),
            tombstone_count=banks.tombstone_count + (len(entries) if kind == "removed" else 0),
            changed_at=now,
        )
    )


def _in_portions(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))


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
        max_distance=min(row.max_distance, EXACT_DISTANCE),  # older banks may say more than the index keeps
        min_quality=row.min_quality,
        min_matched_seconds=row.min_matched_seconds,
        created_at=row.created_at,
        note=row.note,
        removed_at=row.removed_at,
        entry_count=row.entry_count,
        frame_count=row.frame_count,
        role=BankRole(row.role),
        trust=Trust(row.trust),
        origin=BankOrigin(row.origin),
        licence=row.licence,
        threshold_reason=row.threshold_reason,
        window_count=row.window_count,
        tombstone_count=row.tombstone_count,
        changed_at=row.changed_at,
    )


def _read_entry(row: sa.Row[Any]) -> BankEntry:
    return BankEntry(**{name: getattr(row, name) for name in _ENTRY_FIELDS})


_ENTRY_FIELDS = tuple(item.name for item in fields(BankEntry))

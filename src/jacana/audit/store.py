"""Appends and reads audit entries. Appending locks the head, so positions have no gaps and no two writers race."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from jacana.audit.entry import AuditEntry, parse_entry
from jacana.audit.merkle import CompactTree, hash_leaf
from jacana.db.engine import Connection
from jacana.db.tables.audit import audit_entries, audit_head
from jacana.model.errors import IntegrityBrokenError

HEAD_ID = 1


class AuditEntryBrokenError(IntegrityBrokenError):
    """A stored audit entry is not the canonical JSON it was written as."""

    code = "audit.entry_broken"


def lock_log(connection: Connection) -> None:
    """Wait for this log's only writer now rather than at the first append.

    A transaction that reads, decides and then appends takes this lock first, so that what it read still holds when it
    writes; it is also the lock order that keeps two such transactions from waiting for each other (Postgres).
    """
    connection.execute(sa.select(audit_head.c.id).where(audit_head.c.id == HEAD_ID).with_for_update()).one()


def append_entry(connection: Connection, entry: AuditEntry) -> int:
    """Append inside the caller's write transaction and return the entry's position (0 for the first).

    The head row is created by the first migration; on Postgres it is locked until the transaction ends.
    """
    head = connection.execute(sa.select(audit_head).where(audit_head.c.id == HEAD_ID).with_for_update()).one()
    tree = CompactTree(head.size, tuple(bytes.fromhex(peak) for peak in head.peaks))
    leaf = entry.canonical_bytes()
    leaf_hash = hash_leaf(leaf)
    grown = tree.append(leaf_hash)
    connection.execute(
        audit_entries.insert().values(
            position=tree.size,
            entry=leaf,
            leaf_hash=leaf_hash.hex(),
            verb=entry.verb,
            actor=entry.actor,
            subject=entry.subject,
        )
    )
    connection.execute(
        audit_head.update()
        .where(audit_head.c.id == HEAD_ID)
        .values(size=grown.size, root=grown.root().hex(), peaks=[peak.hex() for peak in grown.peaks])
    )
    return tree.size


def list_entries(
    connection: Connection, *, subject: str | None = None, start: int = 0, limit: int = 1000
) -> Iterator[tuple[int, AuditEntry]]:
    """Yield (position, entry) in order from `start`, of one subject if given. Raises AuditEntryBrokenError."""
    query = sa.select(audit_entries).where(audit_entries.c.position >= start)
    if subject is not None:
        query = query.where(audit_entries.c.subject == subject)
    for row in connection.execute(query.order_by(audit_entries.c.position).limit(limit)):
        yield row.position, _parse(row)


def last_entry(connection: Connection, verb: str) -> AuditEntry | None:
    """Return the newest entry with this verb. Raises AuditEntryBrokenError."""
    query = sa.select(audit_entries).where(audit_entries.c.verb == verb)
    row = connection.execute(query.order_by(audit_entries.c.position.desc()).limit(1)).first()
    return _parse(row) if row else None


def count_entries(connection: Connection) -> tuple[int, str]:
    """Return the size of the log and its root in hex: keep both outside to prove later that nothing was rewritten."""
    head = connection.execute(sa.select(audit_head).where(audit_head.c.id == HEAD_ID)).one()
    return head.size, head.root


def _parse(row: sa.Row[Any]) -> AuditEntry:
    try:
        return parse_entry(row.entry)
    except (ValueError, KeyError, TypeError):
        raise AuditEntryBrokenError(f"audit entry {row.position} was changed and cannot be read") from None

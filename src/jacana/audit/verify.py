"""Recomputes the whole audit log from its leaves and compares it with everything stored about it."""

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from jacana.audit.entry import parse_entry
from jacana.audit.merkle import CompactTree, hash_leaf
from jacana.audit.store import HEAD_ID
from jacana.db.engine import Connection
from jacana.db.tables.audit import audit_entries, audit_head

_PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Verification:
    """`problem` is None when the log is whole; otherwise it names the first position that is wrong and how."""

    size: int
    root: str
    problem: str | None

    @property
    def green(self) -> bool:
        """Whether the log is whole."""
        return self.problem is None


def verify_log(
    connection: Connection,
    *,
    kept_size: int | None = None,
    kept_root: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Verification:
    """Verify every leaf, position, column and the head; and, if given, a size and root kept outside earlier.

    `progress(done, total)` is called once a page. Time is linear in the log; memory is constant.
    """
    head = connection.execute(sa.select(audit_head).where(audit_head.c.id == HEAD_ID)).one()
    tree = CompactTree()
    kept_met = kept_size is None or kept_size == 0
    while True:
        page = connection.execute(
            sa.select(audit_entries)
            .where(audit_entries.c.position >= tree.size)
            .order_by(audit_entries.c.position)
            .limit(_PAGE)
        ).all()
        if not page:
            break
        for row in page:
            problem = _find_problem(row, tree.size)
            if problem:
                return Verification(tree.size, tree.root().hex(), problem)
            tree = tree.append(hash_leaf(row.entry))
            if tree.size == kept_size:
                kept_met = tree.root().hex() == kept_root
        if progress:
            progress(tree.size, head.size)
    root = tree.root().hex()
    if (tree.size, root) != (head.size, head.root):
        return Verification(tree.size, root, f"the head says {head.size} entries with root {head.root}")
    if [peak.hex() for peak in tree.peaks] != head.peaks:
        return Verification(tree.size, root, "the head's peaks do not belong to its root")
    if not kept_met:
        return Verification(
            tree.size, root, f"the log no longer contains the kept root of its first {kept_size} entries"
        )
    return Verification(tree.size, root, None)


def _find_problem(row: sa.Row[tuple[object, ...]], position: int) -> str | None:
    if row.position != position:
        return f"entry {position} is missing"
    if hash_leaf(row.entry).hex() != row.leaf_hash:
        return f"entry {position} was changed: its bytes do not match its hash"
    try:
        entry = parse_entry(row.entry)
    except (ValueError, KeyError):
        return f"entry {position} cannot be read"
    if (entry.verb, entry.actor, entry.subject) != (row.verb, row.actor, row.subject):
        return f"entry {position} was changed: its columns do not match its bytes"
    return None

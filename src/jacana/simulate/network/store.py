"""What the stand-in network was told, in one SQLite file that survives being killed at any moment."""

import sqlite3
import threading
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS deliveries (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    target_kind TEXT NOT NULL,
    target_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    reason TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    received_at TEXT NOT NULL,
    applied INTEGER NOT NULL,
    duplicates INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS targets (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    state TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
);
"""

STATE_AFTER = {
    "hold": "held",
    "release": "visible",
    "remove": "removed",
    "restore": "held",
    "suspend_account": "suspended",
    "reinstate_account": "active",
    "ban_account": "banned",
    "unban_account": "active",
    "ban_device": "banned",
    "unban_device": "active",
    "force_reauth": "required",
    "lift_reauth": "lifted",
}
"""Each instruction sets its target's state outright. A restored upload is kept again but hidden until released."""

REAUTH = frozenset({"force_reauth", "lift_reauth"})
"""They say nothing of whether an account is open: that everybody was signed out is a flag beside its state."""

DEVICE_STATES = {1: "no new accounts", 2: "verify again", 3: "banned"}
"""What a device ban of a tier means; one without a tier blocks."""


SECTIONS = {"upload": "uploads", "account": "accounts", "device": "devices", "reauth": "reauth"}
"""What an instruction speaks of -> where that is shown."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction as received."""

    id: str
    kind: str
    target_kind: str
    target_id: str
    account_id: str
    sequence: int
    reason: str
    decided_by: str
    tier: int | None = None

    @property
    def says(self) -> str:
        """What it speaks of: `upload`, `account`, `device`, or `reauth`, the flag of an account."""
        return "reauth" if self.kind in REAUTH else self.target_kind

    @property
    def state(self) -> str:
        """The state it sets."""
        if self.kind == "ban_device" and self.tier is not None:
            return DEVICE_STATES.get(self.tier, "tagged")
        return STATE_AFTER[self.kind]


class NetworkStore:
    """The stand-in's memory: each webhook id has at most one effect, and no target goes back to an older one."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.executescript(_SCHEMA)

    def receive(self, instruction: Instruction, received_at: str) -> str:
        """Carry the instruction out and commit. Return `done`, `duplicate` (known id) or `stale` (overtaken)."""
        with self._lock, closing(self._connection.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                outcome = _apply(cursor, instruction, received_at)
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")
            return outcome

    def read_state(self) -> dict[str, dict[str, str]]:
        """Return the state of every target: `uploads`, `accounts`, `devices`, `reauth`, each id -> state.

        `reauth` says of an account that everybody was signed out and must prove who they are, or that this was lifted.
        """
        state: dict[str, dict[str, str]] = {name: {} for name in SECTIONS.values()}
        for row in self._query("SELECT kind, id, state FROM targets ORDER BY kind, id"):
            state[SECTIONS[row["kind"]]][row["id"]] = row["state"]
        return state

    def list_deliveries(self) -> list[dict[str, Any]]:
        """Return each instruction once, in order of arrival, with `applied` and the number of `duplicates`."""
        rows = self._query("SELECT * FROM deliveries ORDER BY position")
        return [{**dict(row), "applied": bool(row["applied"])} for row in rows]

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _query(self, statement: str) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(statement).fetchall()


def _apply(cursor: sqlite3.Cursor, instruction: Instruction, received_at: str) -> str:
    repeated = cursor.execute("UPDATE deliveries SET duplicates = duplicates + 1 WHERE id = ?", (instruction.id,))
    if repeated.rowcount:
        return "duplicate"
    target = (instruction.says, instruction.target_id)
    known = cursor.execute("SELECT sequence FROM targets WHERE kind = ? AND id = ?", target).fetchone()
    fresh = known is None or instruction.sequence > known["sequence"]
    if fresh:
        cursor.execute(
            "INSERT INTO targets (kind, id, state, sequence) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (kind, id) DO UPDATE SET state = excluded.state, sequence = excluded.sequence",
            (*target, instruction.state, instruction.sequence),
        )
    cursor.execute(
        "INSERT INTO deliveries (id, kind, target_kind, target_id, account_id, sequence, reason, decided_by,"
        " received_at, applied) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            instruction.id,
            instruction.kind,
            instruction.target_kind,
            instruction.target_id,
            instruction.account_id,
            instruction.sequence,
            instruction.reason,
            instruction.decided_by,
            received_at,
            fresh,
        ),
    )
    return "done" if fresh else "stale"

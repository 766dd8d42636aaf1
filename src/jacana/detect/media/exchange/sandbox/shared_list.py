"""What the sandbox's list holds: members, entries, votes and the log of calls. In memory; safe for several threads."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from jacana.model.clock import Clock

FIRST_ROW = 16
_SCRAMBLE = 7
"""Rows are numbered within blocks of eight in another order than they come, so that pages are not in time order."""


@dataclass(frozen=True, slots=True)
class Account:
    """One member of the list and its log-in."""

    user: str
    password: str
    member: int
    name: str
    may_write: bool = False


@dataclass(frozen=True, slots=True)
class Ballot:
    """One member's vote on one kind of hash of one entry; no reasons: it agrees."""

    member: int
    signal: str
    reasons: tuple[str, ...]
    cast_at: datetime


@dataclass(frozen=True, slots=True)
class SharedEntry:
    """One entry, or its tombstone."""

    row: int
    member: int
    id: str
    kind: str
    """`image` or `video`."""
    changed_at: datetime
    classification: str | None = None
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    large: Mapping[str, bytes] = field(default_factory=dict)
    """Fingerprints that are not shown but pointed to, as raw bytes."""
    deleted: bool = False
    left_out: frozenset[str] = frozenset()
    """Elements that are missing (`id`, `member`), to show what a client makes of a malformed entry."""
    ballots: tuple[Ballot, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it came."""

    at: datetime
    user: str | None
    method: str
    path: str
    query: str
    status: int


class SharedList:
    """The list itself."""

    def __init__(self, accounts: list[Account], clock: Clock) -> None:
        self.accounts = accounts
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: dict[tuple[int, str], SharedEntry] = {}
        self._rows = FIRST_ROW
        self._calls: list[Call] = []

    def log_in(self, user: str, password: str) -> Account | None:
        """Return whose account this is."""
        return next((one for one in self.accounts if (one.user, one.password) == (user, password)), None)

    def put(
        self,
        member: int,
        entry_id: str,
        kind: str,
        fingerprints: Mapping[str, str],
        *,
        classification: str | None = None,
        large: Mapping[str, bytes] | None = None,
        left_out: frozenset[str] = frozenset(),
    ) -> SharedEntry:
        """Add an entry, or change it; it keeps its place in the pages and its votes."""
        with self._lock:
            known = self._entries.get((member, entry_id))
            entry = SharedEntry(
                known.row if known else self._take_row(),
                member,
                entry_id,
                kind,
                self._clock(),
                classification,
                dict(fingerprints),
                dict(large or {}),
                False,
                left_out,
                known.ballots if known else (),
            )
            self._entries[member, entry_id] = entry
            return entry

    def delete(self, member: int, entry_id: str) -> bool:
        """Leave a tombstone; return whether there was an entry."""
        with self._lock:
            known = self._entries.get((member, entry_id))
            if known is None or known.deleted:
                return False
            gone = replace(known, deleted=True, fingerprints={}, large={}, changed_at=self._clock())
            self._entries[member, entry_id] = gone
            return True

    def vote(self, member: int, entry_id: str, ballot: Ballot) -> bool:
        """Put a vote in place of the member's last one on that kind of hash; return whether there is such an entry."""
        with self._lock:
            known = self._entries.get((member, entry_id))
            if known is None or known.deleted:
                return False
            others = tuple(one for one in known.ballots if (one.member, one.signal) != (ballot.member, ballot.signal))
            self._entries[member, entry_id] = replace(known, ballots=(*others, ballot), changed_at=self._clock())
            return True

    def query(self, start: datetime, end: datetime) -> list[SharedEntry]:
        """Return the latest state of what changed from `start` to before `end`, in the order of rows."""
        with self._lock:
            found = [entry for entry in self._entries.values() if start <= entry.changed_at < end]
        return sorted(found, key=lambda entry: entry.row)

    def find_row(self, row: int) -> SharedEntry | None:
        """Return the entry of a row."""
        with self._lock:
            return next((entry for entry in self._entries.values() if entry.row == row), None)

    def list_entries(self) -> list[SharedEntry]:
        """Return everything, tombstones too."""
        with self._lock:
            return sorted(self._entries.values(), key=lambda entry: entry.row)

    def note(self, call: Call) -> None:
        """Log a call."""
        with self._lock:
            self._calls.append(call)

    def list_calls(self) -> list[Call]:
        """Return every call, oldest first."""
        with self._lock:
            return list(self._calls)

    def name_of(self, member: int) -> str:
        """Return what a member is called."""
        return next((one.name for one in self.accounts if one.member == member), f"Member {member}")

    def _take_row(self) -> int:
        row = self._rows ^ _SCRAMBLE
        self._rows += 1
        return row

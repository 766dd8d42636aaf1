"""Known media as the hash index holds it: brought up to the database before each search, and built anew if unusable.

Never answers from an index that lacks a committed entry: rather than miss one it raises, and screening fails closed.
"""

import hashlib
import json
import os
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from jacana.db.engine import Connection
from jacana.detect.media.banks import store as bank_store
from jacana.detect.media.banks.store import BankChange
from jacana.detect.media.hashing.frames import FrameHashesDamagedError, WindowHashes
from jacana.detect.media.index.address import MAX_ROWS, make_addresses
from jacana.detect.media.index.errors import IndexBehindError, IndexDamagedError
from jacana.detect.media.index.live import HashIndex, Hits
from jacana.detect.media.matching.rows import lay_out, tell_informative
from jacana.model.bank import EXACT_DISTANCE, Bank, BankEntry
from jacana.model.errors import ServiceUnavailableError

CHANGES_AT_ONCE = 500
CACHED_BYTES = 64 << 20
"""Hashes of entries kept in memory after they were met, beside the index itself."""

_APPLIED = "applied.json"
_TRIES = 3
"""How often a search begins again because the index was begun anew under it."""

_DIGESTS = ("md5", "sha1", "sha256")

log = structlog.get_logger("jacana.detect")


class IndexUnusableError(ServiceUnavailableError):
    """The hash index can neither be opened nor built anew, so nothing can be compared."""

    code = "detect.index_unusable"


class IndexInWriteError(RuntimeError):
    """Known media was asked for inside a write transaction: what it has not committed must not enter the index."""


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """One live entry, its bank, and its hashes in the order in which the index numbers them."""

    bank: Bank
    entry: BankEntry
    rows: WindowHashes


class KnownMedia:
    """Every live bank entry's hashes, searchable; follows `detect_bank_changes`. Safe to use from many threads.

    Beside the index lies a note: which database it follows, and how far. It is written before the changes it names come
    in, so it is never behind the index.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._index: HashIndex | None = None
        self._confirmed: tuple[int, int] | None = None
        """The note that was last found to be of this database."""
        self._cached: OrderedDict[int, tuple[str, BankEntry, WindowHashes]] = OrderedDict()
        self._cached_bytes = 0

    def search(self, connection: Connection, queries: NDArray[np.uint8], *, wide: int = EXACT_DISTANCE) -> Hits:
        """Return every pair of a query (n, 32) and a known hash within 31 bits, and some of those up to `wide`.

        Every entry committed before this read transaction is compared. Raises IndexUnusableError, IndexInWriteError.
        """
        if connection.get_execution_options().get("jacana_write", False):
            raise IndexInWriteError("search known media in a read transaction")
        try:
            for _ in range(_TRIES):
                if (hits := self._try_search(connection, queries, wide)) is not None:
                    return hits
        except (OSError, IndexDamagedError) as problem:
            raise IndexUnusableError(f"the hash index cannot be used ({type(problem).__name__})") from problem
        raise IndexUnusableError("the hash index is begun anew again and again")

    def load(self, connection: Connection, numbers: Collection[int]) -> dict[int, KnownEntry]:
        """Return the entries of these numbers that are live in live banks."""
        banks = {bank.id: bank for bank in bank_store.select_banks(connection)} if numbers else {}
        with self._lock:
            found = {number: self._cached[number] for number in numbers if number in self._cached}
        for number, (bank_id, entry) in bank_store.select_by_number(connection, set(numbers) - set(found)).items():
            rows = _read_rows(entry)
            found[number] = (bank_id, replace(entry, frames=b"", windows=b""), rows)
            self._keep(number, found[number])
        return {
            number: KnownEntry(banks[bank_id], entry, rows)
            for number, (bank_id, entry, rows) in sorted(found.items())
            if bank_id in banks
        }

    def close(self) -> None:
        """Let go of the index."""
        with self._lock:
            if self._index:
                self._index.close()
            self._index = None

    def _try_search(self, connection: Connection, queries: NDArray[np.uint8], wide: int) -> Hits | None:
        """Return what is near, or None if the index turned out damaged, or was begun anew by somebody meanwhile."""
        last = bank_store.read_last_sequence(connection)
        try:
            hits = self._catch_up(connection, last).search(queries, wide=wide, reached=last)
        except IndexBehindError:
            return None
        except IndexDamagedError:
            self._begin_anew()
            return None
        if last:
            self._confirm_owner(connection)  # after searching: what was searched was this database's
        return hits

    def _catch_up(self, connection: Connection, last: int) -> HashIndex:
        """Return the index with every change up to `last`."""
        with self._lock:
            index = self._index = self._index or self._open(connection)
            while index.position < last:
                with index.writing() as position:
                    if position:
                        self._confirm_owner(connection)
                    changes = bank_store.select_changes(connection, position, CHANGES_AT_ONCE)
                    if changes:  # otherwise another process was quicker
                        self._note(connection, changes[-1].sequence)
                        _apply_changes(connection, index, position, changes)
            return index

    def _open(self, connection: Connection) -> HashIndex:
        try:
            index = HashIndex.open(self._directory)
        except IndexDamagedError:
            return self._recreate("damaged")
        # A transaction of its own: another process may have brought in what the caller's is too old to see.
        with connection.engine.connect() as fresh:
            if index.position == 0 or self._is_of(fresh, index):
                return index
        index.close()
        return self._recreate("of_another_database")

    def _begin_anew(self) -> None:
        with self._lock:
            self._index = self._recreate("damaged")

    def _recreate(self, kind: str) -> HashIndex:
        log.error("the hash index is unusable and is built anew from the banks", kind=kind)
        return HashIndex.recreate(self._directory)

    def _is_of(self, connection: Connection, index: HashIndex) -> bool:
        """Tell whether what the index took in is what this database says at that place."""
        position = index.position  # before the note, which is never behind it
        noted = self._read_note()
        reached = int(noted.get("position", 0))
        known = position <= reached and "owner" in noted
        return known and _fingerprint(connection, reached) == noted.get("change")

    def _confirm_owner(self, connection: Connection) -> None:
        """Raise IndexUnusableError if another database's changes have come in: their numbers mean other entries."""
        try:
            state = (self._directory / _APPLIED).stat()
        except FileNotFoundError:
            state = None
        seen = (state.st_ino, state.st_mtime_ns) if state else None
        if seen is not None and seen == self._confirmed:
            return
        if self._read_note().get("owner") != _fingerprint(connection, bank_store.read_first_sequence(connection)):
            raise IndexUnusableError("another database uses the hash index: give each its own index_dir, and restart")
        self._confirmed = seen

    def _read_note(self) -> dict[str, str]:
        try:
            noted = json.loads((self._directory / _APPLIED).read_text())
        except (OSError, ValueError):
            return {}
        return {str(name): str(value) for name, value in noted.items()} if isinstance(noted, dict) else {}

    def _note(self, connection: Connection, position: int) -> None:
        """Write down which change is about to come in last, whole or not at all. Only while holding `writing`."""
        owner = _fingerprint(connection, bank_store.read_first_sequence(connection))
        text = json.dumps({"position": position, "change": _fingerprint(connection, position), "owner": owner})
        descriptor, name = tempfile.mkstemp(dir=self._directory, prefix=_APPLIED)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(text)
            Path(name).replace(self._directory / _APPLIED)
        except OSError:
            with suppress(OSError):
                Path(name).unlink()
            raise

    def _keep(self, number: int, held: tuple[str, BankEntry, WindowHashes]) -> None:
        with self._lock:
            if number not in self._cached:
                self._cached[number] = held
                self._cached_bytes += _weigh(held[2])
            while self._cached_bytes > CACHED_BYTES and len(self._cached) > 1:
                _, (_, _, rows) = self._cached.popitem(last=False)
                self._cached_bytes -= _weigh(rows)


def _apply_changes(connection: Connection, index: HashIndex, position: int, changes: Sequence[BankChange]) -> None:
    """Bring the changes that follow `position` into the index. Only while holding `writing`.

    What went away goes first and what came moves the position, so a crash between the two only repeats the first.
    """
    gone = [change.entry_number for change in changes if change.kind == "removed"]
    came = [change.entry_number for change in changes if change.kind == "added"]
    if gone:
        index.remove(np.array(gone, np.uint64), position, after=position)
    # An entry that came and went meanwhile is not found here, and is not wanted.
    live = bank_store.select_by_number(connection, came)
    qualities = {bank.id: bank.min_quality for bank in bank_store.select_banks(connection)} if live else {}
    hashes, addresses = [np.empty((0, 32), np.uint8)], [np.empty(0, np.uint64)]
    for number, (bank_id, entry) in sorted(live.items()):
        rows = _read_rows(entry)
        kept = tell_informative(rows, qualities.get(bank_id, 0))[:MAX_ROWS]
        hashes.append(rows.pdq[: len(kept)][kept])
        addresses.append(make_addresses(number, len(kept))[kept])
    digests = list(_list_digests(entry for _, entry in live.values()))
    reached = changes[-1].sequence
    index.add(np.concatenate(hashes), np.concatenate(addresses), reached, digests=digests, after=position)


def _read_rows(entry: BankEntry) -> WindowHashes:
    """Return an entry's hashes. One entry that is damaged or too long must not stop the matching of all others."""
    try:
        rows = lay_out(entry.frames, entry.windows)
    except FrameHashesDamagedError as problem:
        log.error("a bank entry's hashes are damaged; only its digests match", code=problem.code, row=entry.number)
        return lay_out(b"", b"")
    if len(rows) > MAX_ROWS:
        log.error("a bank entry has more hashes than the index can name; the last ones do not match", row=entry.number)
    return rows


def _list_digests(entries: Iterable[BankEntry]) -> Iterable[tuple[str, bytes, int]]:
    for entry in entries:
        for kind in _DIGESTS:
            if value := getattr(entry, kind):
                yield kind, bytes.fromhex(value), entry.number


def _fingerprint(connection: Connection, sequence: int) -> str:
    named = (str(sequence), *(bank_store.describe_change(connection, sequence) or ()))
    return hashlib.sha256("|".join(named).encode()).hexdigest()


def _weigh(rows: WindowHashes) -> int:
    return 64 + len(rows) * 47

"""Keeps the book like the database: all of it at first and now and then, only what has changed in between.

Only reads. Bans are followed by the sequence of their changes, accounts by the time of theirs, with an overlap for
transactions that took long.
"""

import threading
from datetime import UTC, datetime, timedelta

from jacana.db.engine import Connection
from jacana.detect.accounts.door import store
from jacana.detect.accounts.door.book import BannedTies, Book, key_content
from jacana.detect.accounts.door.names import fold_names
from jacana.detect.accounts.door.patterns import Banned
from jacana.model.account import AccountState
from jacana.model.ban import BanState
from jacana.model.tie import TieKind

OVERLAP = timedelta(seconds=30)
ANEW_AFTER = timedelta(hours=1)
"""After so long the whole book is written anew: banned accounts are tied to new things, too."""
_AT_ONCE = 5000
_START = datetime(1971, 1, 1, tzinfo=UTC)


class BookKeeper:
    """Holds the current book. `refresh` is for one thread at a time; another that comes meanwhile goes on."""

    def __init__(self) -> None:
        self.book: Book | None = None
        self.refreshed_at: datetime | None = None
        self._anew_at = _START
        self._sequence = 0
        self._changed_at = _START
        self._seen: dict[str, datetime] = {}
        self._appealed_at: datetime | None = None
        self._lock = threading.Lock()

    def refresh(self, connection: Connection, now: datetime) -> bool:
        """Bring the book up to date; return whether anything had changed. Raises DatabaseUnavailableError."""
        if not self._lock.acquire(blocking=self.book is None):
            return False
        try:
            if self.book is None or now - self._anew_at >= ANEW_AFTER:
                self._write_anew(connection, now)
                changed = True
            else:
                follow = (self._follow_bans, self._follow_accounts, self._follow_appeals)
                changed = sum(step(connection, self.book) for step in follow) > 0  # every step, not only the first
            self.refreshed_at = now
        finally:
            self._lock.release()
        return changed

    def _write_anew(self, connection: Connection, now: datetime) -> None:
        book, self._sequence, self._seen = Book(), 0, {}
        self._changed_at = store.last_change(connection) or _START
        self._follow_bans(connection, book)
        banned = store.read_banned(connection)
        ties = self._read_ties(connection, banned)
        for found in ties:
            book.put_account(found, index_names=False)
        book.names.put_all((found.banned.account_id, found.names) for found in ties)
        self._appealed_at = None
        self._follow_appeals(connection, book)
        self._anew_at, self.book = now, book

    def _follow_bans(self, connection: Connection, book: Book) -> bool:
        before = self._sequence
        while changed := store.read_bans(connection, self._sequence, _AT_ONCE):
            for sequence, ban in changed:
                book.put_ban(ban, standing=ban.state is BanState.STANDING)
                self._sequence = sequence
        return self._sequence != before

    def _follow_appeals(self, connection: Connection, book: Book) -> bool:
        decided_at = store.last_appeal(connection)
        if decided_at == self._appealed_at:
            return False
        self._appealed_at = decided_at
        book.put_exempt(store.read_exempt(connection))
        return True

    def _follow_accounts(self, connection: Connection, book: Book) -> bool:
        since = max(_START, self._changed_at - OVERLAP)
        rows = [row for row in store.read_accounts(connection, since) if self._seen.get(row.id) != row.updated_at]
        if not rows:
            return False
        self._changed_at = max(self._changed_at, rows[-1].updated_at)
        self._seen = {account: at for account, at in self._seen.items() if at >= self._changed_at - OVERLAP}
        self._seen |= {row.id: row.updated_at for row in rows}
        for row in rows:
            if row.state is not AccountState.BANNED:
                book.drop_account(row.id)
        for ties in self._read_ties(connection, [row for row in rows if row.state is AccountState.BANNED]):
            book.put_account(ties)
        if book.names.is_due():
            book.names.build()
        return True

    def _read_ties(self, connection: Connection, rows: list[store.AccountRow]) -> list[BannedTies]:
        if not rows:
            return []
        ids = sorted(row.id for row in rows)
        causes = store.read_causes(connection, ids)
        of_kind = {kind: store.read_ties(connection, ids, kind) for kind in store.TIES_PER_ACCOUNT}
        return [
            BannedTies(
                Banned(row.id, *causes.get(row.id, (row.updated_at, "unknown"))),
                fold_names(row.names),
                of_kind[TieKind.DEVICE].get(row.id, ()),
                tuple(key_content(digest) for digest in of_kind[TieKind.CONTENT].get(row.id, ())),
                of_kind[TieKind.NETWORK].get(row.id, ()),
            )
            for row in rows
        ]

"""One sync: an exchange's pages go into their bank, each in one transaction with the checkpoint that follows it.

So a kill at any moment loses nothing and repeats nothing. Never holds a transaction while the exchange is asked.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from jacana.audit import AuditEntry, append_entry, lock_log
from jacana.db.engine import Connection, Database
from jacana.detect.media.banks.banks import Banks
from jacana.detect.media.exchange import store
from jacana.detect.media.exchange.port import ExchangeAnswerInvalidError, ExchangePage, HashExchange
from jacana.detect.media.exchange.store import Checkpoint
from jacana.model.bank import Bank, BankOrigin
from jacana.model.clock import Clock
from jacana.model.errors import InputInvalidError, JacanaError, SetupInvalidError, StateConflictError

EXCHANGED = (BankOrigin.NCMEC, BankOrigin.THREATEXCHANGE)
"""Origins of banks that are filled by an exchange."""
_GONE_PER_COMMIT = 1000
_PROBLEM_LENGTH = 400


class BankNotExchangedError(InputInvalidError):
    """The bank is not filled by an exchange, or by another one."""

    code = "exchange.bank_not_exchanged"


class ExchangeMismatchError(SetupInvalidError):
    """The bank belongs to another list than the settings name."""

    code = "exchange.environment_mismatch"


class SyncOvertakenError(StateConflictError):
    """Another sync of the same bank went on meanwhile."""

    code = "exchange.sync_overtaken"


@dataclass(slots=True)
class SyncProgress:
    """What a sync has done so far."""

    bank: str
    environment: str
    pages: int = 0
    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    removed: int = 0
    quarantined: int = 0
    unused: Counter[str] = field(default_factory=Counter)
    """Kind of hash -> how many were left aside because nothing here compares them."""
    read_until: datetime | None = None
    trouble: str | None = None
    """Why not everything is in the bank although the sync ended."""


class BankSync:
    """Syncs banks. `sync` opens its own transactions, one a page."""

    def __init__(self, db: Database, banks: Banks, clock: Clock) -> None:
        self._db, self._banks, self._clock = db, banks, clock

    def sync(
        self,
        name: str,
        exchange: HashExchange,
        actor: str,
        on_page: Callable[[SyncProgress], None] = lambda _progress: None,
    ) -> SyncProgress:
        """Read everything that is new into a bank, and return what was done.

        A failure is kept at the checkpoint, which stays where it was, and raised: ExchangeUnreachableError,
        ExchangeAnswerInvalidError, ExchangeAccessDeniedError. Raises BankUnknownError, BankNotExchangedError,
        ExchangeMismatchError, and SyncOvertakenError if the bank is being synced elsewhere.
        """
        with self._db.write() as connection:
            lock_log(connection)
            bank = self._banks.find(connection, name)
            checkpoint = self._claim(connection, bank, exchange, actor)
        progress = SyncProgress(name, exchange.environment)
        try:
            self._read(bank, checkpoint, exchange, actor, progress, on_page)
        except SyncOvertakenError:
            raise
        except JacanaError as problem:
            self._record_failure(bank, problem.message)
            raise
        return progress

    def _claim(self, connection: Connection, bank: Bank, exchange: HashExchange, actor: str) -> Checkpoint:
        """Return the bank's checkpoint; at the first sync, bind the bank to this list for good."""
        check_bound(bank, exchange.origin)
        known = store.load_checkpoint(connection, bank.id)
        if known is None:
            details = {"name": bank.name, "environment": exchange.environment}
            append_entry(connection, AuditEntry(self._clock(), actor, "bank.bound", bank.id, details))
            return store.insert_checkpoint(connection, bank.id, exchange.environment)
        if known.environment != exchange.environment:
            raise ExchangeMismatchError(
                f"bank {bank.name} belongs to {known.environment}, the settings name {exchange.environment}",
                remedy=f"set the exchange back to {known.environment}, or make another bank for "
                f"{exchange.environment}; entries of two lists are never mixed",
            )
        return known

    def _read(
        self,
        bank: Bank,
        checkpoint: Checkpoint,
        exchange: HashExchange,
        actor: str,
        progress: SyncProgress,
        on_page: Callable[[SyncProgress], None],
    ) -> None:
        named: set[str] | None = None
        """Every source id since the exchange began anew; None unless it did."""
        for page in exchange.read(checkpoint.state):
            named = set() if page.starts_over else named
            if named is not None:
                named |= {entry.source_id or "" for entry in page.changed} | {row.reference for row in page.problems}
                if page.complete:
                    self._retire_unnamed(bank, named, actor, progress)
            checkpoint = self._apply(bank, checkpoint, page, actor, progress)
            on_page(progress)

    def _apply(
        self, bank: Bank, checkpoint: Checkpoint, page: ExchangePage, actor: str, progress: SyncProgress
    ) -> Checkpoint:
        """Commit one page and the checkpoint that follows it."""
        now = self._clock()
        after = replace(
            checkpoint,
            turn=checkpoint.turn + 1,
            state=page.state,
            read_until=page.read_until,
            problem=page.trouble or (None if page.complete else checkpoint.problem),
            failed_at=now if page.trouble else checkpoint.failed_at,
            checked_at=now if page.complete else checkpoint.checked_at,
        )
        with self._db.write() as connection:
            lock_log(connection)
            known = store.load_checkpoint(connection, bank.id)
            if known is None or known.turn != checkpoint.turn:
                raise SyncOvertakenError(f"bank {bank.name} is being synced elsewhere")
            result = self._banks.apply_changes(connection, bank.name, page.changed, page.gone, page.problems, actor)
            store.save_checkpoint(connection, after)
        progress.pages += 1
        progress.added += result.added
        progress.replaced += result.replaced
        progress.unchanged += result.unchanged
        progress.removed += result.removed
        progress.quarantined += len(result.problems)
        progress.unused.update(page.unused)
        progress.read_until, progress.trouble = page.read_until, page.trouble
        return after

    def _retire_unnamed(self, bank: Bank, named: set[str], actor: str, progress: SyncProgress) -> None:
        """Take out what the exchange, read anew, no longer names. Repeated after a kill, like the reading itself.

        Raises ExchangeAnswerInvalidError if it names nothing: a right that was lost looks like that, too.
        """
        with self._db.read() as connection:
            unnamed = sorted(store.select_source_ids(connection, bank.id) - named)
        if unnamed and not named:
            raise ExchangeAnswerInvalidError("read anew, the exchange names nothing at all; the bank keeps what it has")
        for start in range(0, len(unnamed), _GONE_PER_COMMIT):
            with self._db.write() as connection:
                some = unnamed[start : start + _GONE_PER_COMMIT]
                progress.removed += self._banks.apply_changes(connection, bank.name, (), some, (), actor).removed

    def _record_failure(self, bank: Bank, message: str) -> None:
        with self._db.write() as connection:
            lock_log(connection)
            known = store.load_checkpoint(connection, bank.id)
            if known is not None:
                failed = replace(known, problem=message[:_PROBLEM_LENGTH], failed_at=self._clock())
                store.save_checkpoint(connection, failed)


def check_bound(bank: Bank, origin: BankOrigin | None = None) -> None:
    """Raise BankNotExchangedError unless a bank is filled by an exchange, and by that of `origin` if given."""
    if bank.origin not in EXCHANGED:
        raise BankNotExchangedError(
            f"bank {bank.name} is not filled by an exchange",
            field="NAME",
            remedy="make one with `jacana bank create NAME --source WHO --origin ncmec`, or use `jacana bank import`",
        )
    if origin is not None and bank.origin is not origin:
        raise BankNotExchangedError(
            f"bank {bank.name} is filled by {bank.origin.value}, not by {origin.value}",
            field="NAME",
            remedy=f"make another bank with `jacana bank create NAME --source WHO --origin {origin.value}`",
        )

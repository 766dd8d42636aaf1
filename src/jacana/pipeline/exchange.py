"""What the exchanges do by the clock: banks that follow one are synced, again and again, however often it is away."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from jacana.detect.media.exchange.connect import Connect, connect_with, is_on
from jacana.detect.media.exchange.port import ExchangeUnreachableError
from jacana.detect.media.exchange.sync import EXCHANGED, BankSync, SyncOvertakenError, SyncProgress, check_bound
from jacana.model.bank import Bank
from jacana.model.clock import Clock
from jacana.pipeline.stages import Stages
from jacana.pipeline.work import name_problem

log = structlog.get_logger("jacana.pipeline")

FIRST_BACKOFF_SECONDS = 30
LONGEST_BACKOFF_SECONDS = 3600
_LONGEST_STOP_SECONDS = 10


class SyncStoppedError(Exception):
    """Whoever waited for a sync wants it to end; what was committed stays, and the next one goes on from there."""


class Backoff:
    """When each bank is due again: after a failure ever later, or when the exchange said."""

    def __init__(self, every_seconds: float, clock: Clock) -> None:
        self._every_seconds, self._clock = every_seconds, clock
        self._due: dict[str, datetime] = {}
        self._failures: dict[str, int] = {}

    def is_due(self, bank_id: str) -> bool:
        """Say whether it is this bank's turn."""
        return self._clock() >= self._due.get(bank_id, datetime.min.replace(tzinfo=self._clock().tzinfo))

    def succeed(self, bank_id: str) -> float:
        """Wait the usual time; return the seconds."""
        self._failures.pop(bank_id, None)
        return self._wait(bank_id, self._every_seconds)

    def fail(self, bank_id: str, problem: Exception) -> float:
        """Wait longer than after the last failure, or as long as the exchange asks; return the seconds."""
        failures = self._failures[bank_id] = self._failures.get(bank_id, 0) + 1
        asked = problem.retry_after_seconds if isinstance(problem, ExchangeUnreachableError) else None
        seconds = min(FIRST_BACKOFF_SECONDS * 2.0 ** min(failures - 1, 16), LONGEST_BACKOFF_SECONDS)
        return self._wait(bank_id, max(seconds, asked or 0))

    def _wait(self, bank_id: str, seconds: float) -> float:
        self._due[bank_id] = self._clock() + timedelta(seconds=seconds)
        return seconds


def sync_bank(
    stages: Stages,
    name: str,
    actor: str,
    on_page: Callable[[SyncProgress], None] = lambda _progress: None,
    connect: Connect | None = None,
) -> SyncProgress:
    """Sync one bank now; see `BankSync.sync`, and `connect_with` for what else it raises."""
    with stages.db.read() as connection:
        bank = stages.banks.find(connection, name)
    check_bound(bank)
    exchange = (connect or connect_with(stages.settings, stages.clock))(bank.origin)
    try:
        return BankSync(stages.db, stages.banks, stages.clock).sync(name, exchange, actor, on_page)
    finally:
        exchange.close()


def list_followed(stages: Stages) -> list[Bank]:
    """Return the live banks whose exchange is switched on."""
    with stages.db.read() as connection:
        banks = stages.banks.list(connection)
    return [bank for bank in banks if bank.origin in EXCHANGED and is_on(stages.settings, bank.origin)]


class ExchangeKeeper(threading.Thread):
    """Syncs what is followed while the service runs. With exchange_sync_seconds 0 it ends at once."""

    def __init__(self, stages: Stages, *, pause_seconds: float = 5, connect: Connect | None = None) -> None:
        super().__init__(name="jacana-exchange", daemon=True)
        self._stages, self._pause_seconds, self._connect = stages, pause_seconds, connect
        self._backoff = Backoff(stages.settings.exchange_sync_seconds, stages.clock)
        self._stopping = threading.Event()

    def run(self) -> None:
        """Sync until stopped; a failure is logged and tried again later."""
        while self._stages.settings.exchange_sync_seconds and not self._stopping.is_set():
            try:
                self.sync_due()
            except SyncStoppedError:
                return
            except Exception as problem:  # tried again at the next turn, whatever it was
                log.error("exchanges wait", code=name_problem(problem))
            self._stopping.wait(self._pause_seconds)

    def sync_due(self) -> int:
        """Sync every bank whose turn it is; return how many were synced to the end."""
        synced = 0
        for bank in list_followed(self._stages):
            if not self._backoff.is_due(bank.id):
                continue
            try:
                sync_bank(self._stages, bank.name, "system", self._check_stopping, self._connect)
            except (SyncStoppedError, SyncOvertakenError):
                self._backoff.succeed(bank.id)
                self._check_stopping()
            except Exception as problem:  # one exchange that is away must not stop the others
                seconds = self._backoff.fail(bank.id, problem)
                log.error("bank not synced", code=name_problem(problem), seconds=seconds)
            else:
                self._backoff.succeed(bank.id)
                synced += 1
        return synced

    def stop(self) -> None:
        """End the loop. A sync under way ends after its page and is not waited for long: it may be cut anywhere."""
        self._stopping.set()
        if self.is_alive():
            self.join(_LONGEST_STOP_SECONDS)

    def _check_stopping(self, _progress: SyncProgress | None = None) -> None:
        if self._stopping.is_set():
            raise SyncStoppedError

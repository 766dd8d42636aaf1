"""Filing's persisted steps: lease, fencing, and one transaction for each move with its audit entry and its calls.

Never calls the network: what is written here is written before or after a call, never around it.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from jacana.audit import AuditEntry, append_entry, list_entries
from jacana.db.engine import Connection, Database
from jacana.db.outbox import promise_work
from jacana.model.clock import Clock
from jacana.model.errors import JacanaError, StateConflictError
from jacana.report.record import Report, ReportCall
from jacana.report.states import FINAL, IN_FLIGHT, ReportEvent, ReportState, ReportStateConflictError, apply_event
from jacana.report.store import ReportStore
from jacana.settings import Settings

RETRY_SECONDS = (5, 30, 60, 300, 900, 1800, 3600, 7200, 14_400)
"""Waits between tries; the last one repeats."""
RETRY_HORIZON = timedelta(days=7)
"""After so long without success a person is asked; well above the 72 h of the reference."""

_MOST_ENTRIES = 100_000

_VERBS = {
    ReportEvent.SUBMIT_BEGUN: "report.submitted",
    ReportEvent.OPENED: "report.opened",
    ReportEvent.REFUSED: "report.refused",
    ReportEvent.UNCLEAR: "report.unclear",
    ReportEvent.EXPIRY_PASSED: "report.expired",
    ReportEvent.UPLOAD_BEGUN: "report.upload_begun",
    ReportEvent.FINISH_BEGUN: "report.finish_begun",
    ReportEvent.GONE: "report.restarted",
    ReportEvent.FINISHED: "report.filed",
    ReportEvent.STOPPED: "report.needs_person",
    ReportEvent.RETRACTED: "report.retracted",
    ReportEvent.WITHDRAWN: "report.retracted",
}


class FilingFencedError(StateConflictError):
    """Another worker has taken this report over; this one must stop at once."""

    code = "report.fenced"


class ReportLeasedError(StateConflictError):
    """A worker is filing this report right now."""

    code = "report.leased"


class FilingKind(StrEnum):
    """What the pipeline does next with a report."""

    DONE = "done"
    RETRY_AFTER = "retry_after"
    NEEDS_PERSON = "needs_person"


@dataclass(frozen=True, slots=True)
class FilingOutcome:
    """Where filing stands: with RETRY_AFTER, call `file` again after `seconds`."""

    kind: FilingKind
    state: ReportState
    seconds: int | None = None
    problem: str | None = None


@dataclass(slots=True)
class Job:
    """One worker's hold on one report: its fencing token and the calls that are not yet recorded."""

    report: Report
    fence: int
    lease_until: datetime
    actor: str = "system"
    calls: list[ReportCall] = field(default_factory=list)


class FilingJournal:
    """Claims reports and writes their moves, each in a transaction of its own."""

    def __init__(self, db: Database, store: ReportStore, clock: Clock, settings: Settings) -> None:
        self._db, self._store, self._clock = db, store, clock
        self._lease = timedelta(seconds=settings.cybertip_lease_seconds)

    def claim(self, report_id: str, states: frozenset[ReportState] = IN_FLIGHT, actor: str = "system") -> Job:
        """Take the lease.

        Raises ReportStateConflictError outside `states` and for a draft that was never sent, ReportLeasedError while
        another holds it.
        """
        now = self._clock()
        with self._db.write() as connection:
            report = self._store.load(connection, report_id, lock=True)
            if report.state not in states:
                raise ReportStateConflictError(f"the report is {report.state.value}")
            if report.state is ReportState.DRAFT and report.remote_id is None:
                raise ReportStateConflictError("nothing of this draft was sent; discard it instead")
            if report.lease_until is not None and report.lease_until > now:
                raise ReportLeasedError("the report is being filed right now; try again in some minutes")
            fence, until = report.fence + 1, now + self._lease
            self._store.take_lease(connection, report_id, fence, until)
        return Job(report, fence, until, actor)

    def find_approval(self, report_id: str) -> dict[str, Any]:
        """Return what the audit log says of the newest approval; empty if it knows of none."""
        with self._db.read() as connection:
            entries = [entry for _, entry in list_entries(connection, subject=report_id, limit=_MOST_ENTRIES)]
        return next((entry.details for entry in reversed(entries) if entry.verb == "report.approved"), {})

    def advance(
        self,
        job: Job,
        event: ReportEvent,
        *,
        remote_id: int | None = None,
        details: dict[str, Any] | None = None,
        **values: Any,
    ) -> None:
        """Commit one move with its audit entry, its calls and `values` for the row.

        Raises FilingFencedError if the lease was lost, ReportStateConflictError for an illegal move.
        """
        now = self._clock()
        with self._db.write() as connection:
            report = self._load_owned(connection, job)
            filing = apply_event(report.filing, event, remote_id=remote_id)
            job.lease_until = now + self._lease
            self._store.update(
                connection,
                report.id,
                state=filing.state.value,
                remote_id=filing.remote_id,
                attempt=filing.attempt,
                lease_until=job.lease_until,
                **values,
            )
            if event is ReportEvent.GONE:
                self._store.forget_uploads(connection, report.id)
            if event is ReportEvent.FINISHED:
                promise_work(
                    connection,
                    id=f"{report.id}.keep",
                    topic="keep_report",
                    payload={"report_id": report.id},
                    not_before=now,
                )
            known_id = filing.remote_id or report.remote_id
            facts = {"attempt": filing.attempt, "environment": report.environment, **(details or {})}
            if known_id is not None:
                facts["remote_id"] = str(known_id)
            append_entry(connection, AuditEntry(now, job.actor, _VERBS[event], report.id, facts))
            self._flush_calls(connection, job)
            job.report = self._store.load(connection, report.id)

    def note_file(self, job: Job, file_id: str, **values: Any) -> None:
        """Commit what is now known of one file. Raises FilingFencedError."""
        with self._db.write() as connection:
            self._load_owned(connection, job)
            self._store.update_file(connection, file_id, **values)
            self._flush_calls(connection, job)
            job.report = self._store.load(connection, job.report.id)

    def renew_if_due(self, job: Job) -> None:
        """Extend the lease once a third of it is gone. Raises FilingFencedError if it was lost."""
        now = self._clock()
        if job.lease_until - now > self._lease * 2 / 3:
            return
        until = now + self._lease
        with self._db.write() as connection:
            if not self._store.update(connection, job.report.id, fence=job.fence, lease_until=until):
                raise FilingFencedError("another worker has taken this report over")
        job.lease_until = until

    def postpone(self, job: Job, problem: str) -> FilingOutcome:
        """Count a failed try and say when to try next; past the horizon, stop for a person if none is asked already."""
        now = self._clock()
        since = job.report.failing_since or now
        if job.report.state in IN_FLIGHT and now - since > RETRY_HORIZON:
            return self.stop(job, f"no success in {RETRY_HORIZON.days} days; last: {problem}")
        seconds = RETRY_SECONDS[min(job.report.failures, len(RETRY_SECONDS) - 1)]
        with self._db.write() as connection:
            report = self._load_owned(connection, job)
            self._store.update(
                connection, report.id, failures=report.failures + 1, failing_since=since, problem=problem
            )
            self._flush_calls(connection, job)
        return FilingOutcome(FilingKind.RETRY_AFTER, job.report.state, seconds, problem)

    def stop(self, job: Job, problem: str, code: int | None = None) -> FilingOutcome:
        """Hand the report to a person, with the reason in words."""
        details = {} if code is None else {"code": code}
        self.advance(job, ReportEvent.STOPPED, details=details, problem=problem)
        return FilingOutcome(FilingKind.NEEDS_PERSON, job.report.state, None, problem)

    def release(self, job: Job) -> None:
        """Give the lease back and record the last calls; if that fails, the lease ends by itself."""
        with suppress(JacanaError), self._db.write() as connection:
            if self._store.update(connection, job.report.id, fence=job.fence, lease_until=None):
                self._flush_calls(connection, job)

    def _load_owned(self, connection: Connection, job: Job) -> Report:
        report = self._store.load(connection, job.report.id, lock=True)
        if report.fence != job.fence or report.state in FINAL:
            raise FilingFencedError("another worker has taken this report over")
        return report

    def _flush_calls(self, connection: Connection, job: Job) -> None:
        self._store.add_calls(connection, job.report.id, job.calls)
        job.calls.clear()

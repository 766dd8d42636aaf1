"""The report desk: draft, approve, withdraw, look, file. What the pipeline, the console and the command line call.

Nothing is sent to anyone from here: approving promises work in the outbox, and `file` does it.
"""

import hashlib
from dataclasses import dataclass
from typing import Literal

from jacana.audit import AuditEntry, append_entry
from jacana.db.engine import Connection, Database
from jacana.db.outbox import promise_work
from jacana.db.sealing import FieldSealer
from jacana.model.clock import Clock
from jacana.model.errors import InputInvalidError
from jacana.model.ids import new_id
from jacana.report.checks import Completeness, Problem, check_facts, rate_completeness
from jacana.report.document import build_file_details, build_report, find_file_problems, find_report_problems
from jacana.report.environments import check_timing, choose_endpoint
from jacana.report.facts import Reporter, ReportFacts, digest_facts
from jacana.report.filing import Connect, Filer, OpenFile
from jacana.report.journal import FilingJournal, FilingOutcome
from jacana.report.record import Report, ReportCall
from jacana.report.schema import DocumentProblem
from jacana.report.states import ReportEvent, ReportState, ReportStateConflictError, advance, apply_event
from jacana.report.store import ReportStore
from jacana.settings import Settings

Resolution = Literal["submit_again", "stop", "redraft"]
_PREVIEW_REPORT_ID, _PREVIEW_FILE_ID = 1, "given-by-the-receiver"


class ReportStaleError(ReportStateConflictError):
    """The report has changed since it was looked at."""

    code = "report.stale"


class ReportFactsInvalidError(InputInvalidError):
    """The facts do not make a report that may be filed."""

    code = "report.facts_invalid"

    def __init__(self, problems: list[Problem]) -> None:
        first = problems[0]
        super().__init__(f"{first.field} {first.message}", field=first.field, remedy=first.remedy)
        self.problems = problems


@dataclass(frozen=True, slots=True)
class ReportPreview:
    """A report as it would be sent, and what stands in its way. Ids that the receiver gives are placeholders."""

    document: str
    file_documents: tuple[str, ...]
    problems: tuple[Problem, ...]
    completeness: Completeness


class ReportDesk:
    """Every way to touch a report. Methods with a connection work in the caller's transaction.

    Raises FilingTimingError if the settings would let one report be filed twice.
    """

    def __init__(
        self,
        db: Database,
        connect: Connect,
        open_file: OpenFile,
        sealer: FieldSealer,
        clock: Clock,
        settings: Settings,
    ) -> None:
        check_timing(settings)
        self._db, self._clock, self._settings = db, clock, settings
        self._store = ReportStore(sealer)
        journal = FilingJournal(db, self._store, clock, settings)
        self._filer = Filer(journal, connect, open_file, clock, settings)

    def draft(self, connection: Connection, case_id: str, account_id: str, upload_id: str, sha256: str) -> str:
        """Put a file into the case's draft, opening one if there is none, and return the report's id.

        Idempotent: a file that is in a report of the case already, drafted or filed, stays where it is.
        """
        existing = self._store.find_report_of(connection, case_id, upload_id)
        if existing is not None:
            return existing
        report_id = self._store.find_draft(connection, case_id)
        if report_id is None:
            report_id = self._open_draft(connection, case_id, account_id)
        self._store.add_file(connection, report_id, id=new_id("rfile"), upload_id=upload_id, sha256=sha256)
        self._bump(connection, report_id)
        details = {"upload_id": upload_id, "sha256": sha256}
        append_entry(connection, AuditEntry(self._clock(), "system", "report.file_added", report_id, details))
        return report_id

    def load(self, connection: Connection, report_id: str) -> Report:
        """Return one report with its files. Raises ReportNotFoundError."""
        return self._store.load(connection, report_id)

    def list_reports(
        self,
        connection: Connection,
        state: ReportState | None = None,
        case_id: str | None = None,
        account_id: str | None = None,
    ) -> list[Report]:
        """Return at most 500 reports, newest first."""
        return self._store.list_reports(connection, state, case_id, account_id)

    def list_calls(self, connection: Connection, report_id: str) -> list[ReportCall]:
        """Return every call made for a report, in order, with the Request-IDs that NCMEC's support asks for."""
        return self._store.list_calls(connection, report_id)

    def reporter(self) -> Reporter:
        """Return the reporting person and company from the settings."""
        chosen = self._settings
        return Reporter(
            company=chosen.reporter_company,
            first_name=chosen.reporter_first_name,
            last_name=chosen.reporter_last_name,
            email=chosen.reporter_email,
            terms_url=chosen.reporter_terms_url,
        )

    def preview(self, facts: ReportFacts) -> ReportPreview:
        """Return the documents as they would be sent now, and every problem and gap."""
        now = self._clock()
        documents, problems = [], check_facts(facts, self._settings.cybertip_environment)
        document = build_report(facts, now)
        problems += _name_problems("report", find_report_problems(document, now))
        for file in facts.files:
            details = build_file_details(file, _PREVIEW_REPORT_ID, _PREVIEW_FILE_ID, now)
            problems += _name_problems(f"file {file.upload_id}", find_file_problems(details, now))
            documents.append(details.decode())
        return ReportPreview(document.decode(), tuple(documents), tuple(problems), rate_completeness(facts))

    def approve(self, connection: Connection, report_id: str, version: int, user_id: str, facts: ReportFacts) -> Report:
        """Freeze facts, document, environment, address and account, and promise the filing.

        Raises ReportStaleError if `version` is not the current one, ReportStateConflictError if it is no draft,
        FilingOffError, ReporterIncompleteError or EndpointInvalidError if the settings do not allow it, and
        ReportFactsInvalidError with every problem of the facts.
        """
        now = self._clock()
        report = self._store.load(connection, report_id, lock=True)
        if report.version != version:
            raise ReportStaleError("the report has changed since it was shown; look at it again")
        advance(report.state, ReportEvent.APPROVED)
        environment, endpoint = choose_endpoint(self._settings)
        filing = apply_event(report.filing, ReportEvent.APPROVED, environment=environment)
        problems = [*_check_belongs(report, facts), *self.preview(facts).problems]
        if problems:
            raise ReportFactsInvalidError(problems)
        document = build_report(facts, now)
        facts_digest, document_digest = digest_facts(facts), hashlib.sha256(document).hexdigest()
        self._store.update(
            connection,
            report_id,
            state=filing.state.value,
            version=report.version + 1,
            draft_key=None,
            environment=environment,
            endpoint=report.endpoint or endpoint,
            esp_user=report.esp_user or self._settings.cybertip_username,
            facts=self._store.seal_facts(report_id, facts),
            document=self._store.seal_document(report_id, document),
            facts_sha256=facts_digest,
            document_sha256=document_digest,
            approved_by=user_id,
            approved_at=now,
            problem=None,
            failures=0,
            failing_since=None,
        )
        self._promise_filing(connection, report_id, report.version + 1)
        details = {
            "environment": environment,
            "files": len(facts.files),
            "case_id": report.case_id,
            "facts_sha256": facts_digest,
            "document_sha256": document_digest,
        }
        append_entry(connection, AuditEntry(now, f"user:{user_id}", "report.approved", report_id, details))
        return self._store.load(connection, report_id)

    def drop_upload(self, connection: Connection, report_id: str, upload_id: str, user_id: str | None = None) -> None:
        """Take a file out of a draft.

        Raises ReportStateConflictError once it is approved, and for a draft that was sent: the receiver may have it
        with this file.
        """
        report = self._load_unsent_draft(connection, report_id)
        if self._store.remove_file(connection, report.id, upload_id):
            self._bump(connection, report_id)
            actor = f"user:{user_id}" if user_id else "system"
            entry = AuditEntry(self._clock(), actor, "report.file_removed", report_id, {"upload_id": upload_id})
            append_entry(connection, entry)

    def discard(self, connection: Connection, report_id: str, user_id: str, reason: str) -> None:
        """Give up a draft; no call is made.

        Raises ReportStateConflictError once it is approved, and for a draft that was sent: it may be finished at the
        receiver, so it must be retracted there.
        """
        report = self._load_unsent_draft(connection, report_id)
        filing = apply_event(report.filing, ReportEvent.RETRACTED)
        self._store.update(
            connection,
            report_id,
            state=filing.state.value,
            version=report.version + 1,
            draft_key=None,
            problem=reason,
        )
        entry = AuditEntry(
            self._clock(), f"user:{user_id}", "report.retracted", report_id, {"files": len(report.files)}
        )
        append_entry(connection, entry)

    def withdraw_upload(self, connection: Connection, report_id: str, upload_id: str, user_id: str) -> None:
        """Take a file that a person did not confirm out of a draft, and give the draft up if no other is left.

        A draft that was sent keeps its file, because the receiver may have finished it: it waits for a person, and its
        approval no longer stands. Raises ReportStateConflictError once it is approved.
        """
        report = self._load_draft(connection, report_id)
        if all(file.upload_id != upload_id for file in report.files):
            return
        if report.remote_id is None:
            self.drop_upload(connection, report_id, upload_id, user_id)
            if len(report.files) == 1:
                self.discard(connection, report_id, user_id, "no file of it was confirmed")
            return
        self._store.update(
            connection,
            report_id,
            state=apply_event(report.filing, ReportEvent.STOPPED).state.value,
            version=report.version + 1,
            approved_by=None,
            approved_at=None,
            problem=f"{upload_id} is not confirmed, but this report was sent with it and may be finished; retract it",
        )
        details = {"upload_id": upload_id, "remote_id": str(report.remote_id)}
        entry = AuditEntry(self._clock(), f"user:{user_id}", "report.needs_person", report_id, details)
        append_entry(connection, entry)

    def retract(self, report_id: str, actor: str, reason: str) -> FilingOutcome:
        """Withdraw an approved or open report, or a draft that was sent before, at the receiver too; own transactions.

        The outcome's state is FILED if it turns out that the report was finished already.
        """
        return self._filer.retract(report_id, actor, reason)

    def resolve_ambiguous(
        self, connection: Connection, report_id: str, user_id: str, decision: Resolution, reason: str = ""
    ) -> Report:
        """Decide what becomes of a report that waits for a person, or whose submit had no clear answer.

        `submit_again` files it again now, `redraft` sends it back for correction, `stop` gives it up (a report that may
        be open at the receiver expires there unfinished; one whose id is known must be retracted instead). Raises
        ReportStateConflictError if the state does not allow it or a worker holds the report.
        """
        now = self._clock()
        report = self._store.load(connection, report_id, lock=True)
        if report.lease_until is not None and report.lease_until > now:
            raise ReportStateConflictError("the report is being filed right now; try again in some minutes")
        if decision == "submit_again" and report.state is ReportState.NEEDS_PERSON and report.approved_at is None:
            raise ReportStateConflictError("the approval of this report no longer stands; retract it or send it back")
        event, verb = {
            "submit_again": (ReportEvent.SENT_AGAIN, "report.sent_again"),
            "redraft": (ReportEvent.REDRAFTED, "report.redrafted"),
            "stop": (ReportEvent.RETRACTED, "report.retracted"),
        }[decision]
        filing = apply_event(report.filing, event)
        self._store.update(
            connection,
            report_id,
            state=filing.state.value,
            version=report.version + 1,
            failures=0,
            failing_since=None,
            problem=reason or None,
        )
        if decision == "submit_again":
            self._promise_filing(connection, report_id, report.version + 1)
        append_entry(connection, AuditEntry(now, _as_actor(user_id), verb, report_id, {"was": report.state.value}))
        return self._store.load(connection, report_id)

    def file(self, report_id: str) -> FilingOutcome:
        """Move an approved report on until it is filed, must wait, or needs a person; own transactions.

        Safe to call again after any crash. Raises ReportNotFoundError, and ReportStateConflictError for a draft.
        """
        with self._db.read() as connection:
            state = self._store.load(connection, report_id).state
        return self._filer.file(report_id, state)

    def _open_draft(self, connection: Connection, case_id: str, account_id: str) -> str:
        now, report_id = self._clock(), new_id("report")
        if not self._store.insert_draft(connection, id=report_id, case_id=case_id, account_id=account_id, now=now):
            other = self._store.find_draft(connection, case_id)
            if other is None:
                raise ReportStateConflictError("the draft of this case was approved meanwhile")
            return other
        entry = AuditEntry(now, "system", "report.drafted", report_id, {"case_id": case_id})
        append_entry(connection, entry)
        return report_id

    def _load_draft(self, connection: Connection, report_id: str) -> Report:
        report = self._store.load(connection, report_id, lock=True)
        if report.state is not ReportState.DRAFT:
            raise ReportStateConflictError(f"the report is {report.state.value}, no longer a draft")
        return report

    def _load_unsent_draft(self, connection: Connection, report_id: str) -> Report:
        report = self._load_draft(connection, report_id)
        if report.remote_id is not None:
            raise ReportStateConflictError(
                "this draft was sent and may be finished at the receiver; retract it instead"
            )
        return report

    def _bump(self, connection: Connection, report_id: str) -> None:
        report = self._store.load(connection, report_id, lock=True)
        self._store.update(connection, report_id, version=report.version + 1)

    def _promise_filing(self, connection: Connection, report_id: str, version: int) -> None:
        promise_work(
            connection,
            id=f"{report_id}.file.{version}",
            topic="file_report",
            payload={"report_id": report_id},
            not_before=self._clock(),
        )


def _as_actor(user: str) -> str:
    return user if ":" in user else f"user:{user}"


def _check_belongs(report: Report, facts: ReportFacts) -> list[Problem]:
    """Facts of another case, account or set of files than the draft's must never be filed under it."""
    pairs = (
        ("case_id", facts.case_id == report.case_id),
        ("account.esp_identifier", facts.account.esp_identifier == report.account_id),
        ("files", sorted(file.upload_id for file in facts.files) == sorted(file.upload_id for file in report.files)),
        ("files", {file.sha256 for file in facts.files} == {file.sha256 for file in report.files}),
    )
    remedy = "look at the draft again"
    return [Problem(field, "does not belong to this draft", remedy) for field, belongs in pairs if not belongs]


def _name_problems(where: str, problems: list[DocumentProblem]) -> list[Problem]:
    return [Problem(where, str(problem), "correct the recorded facts or the reporter settings") for problem in problems]

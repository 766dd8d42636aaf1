"""Files an approved report exactly once: one finished report at the receiver, whatever dies on the way.

Each step is committed before or after its call. What a crash can leave behind decides the way back:
- before the submit answer was stored, or after one that blames the server: a report may be open whose id nobody knows.
  It expires unfinished, so it is harmless; the state is `ambiguous` until it has expired or a person decides
  (reference 1.5 rule 2).
- open or uploading: the report is retracted and everything starts again (rule 3). Going on with it would need to know
  which uploads the receiver kept, and there is no call that tells.
- finishing: finish is called again; "already finished" proves that the first call arrived.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import TypeVar

from jacana.model.clock import Clock
from jacana.model.errors import (
    IntegrityBrokenError,
    ServiceUnavailableError,
    SetupInvalidError,
    ThingNotFoundError,
)
from jacana.model.fault import fault
from jacana.report.cybertipline import (
    ALREADY_FINISHED,
    ALREADY_RETRACTED,
    REPORT_UNKNOWN,
    Advice,
    Answer,
    CyberTipCallError,
    CyberTipline,
    CyberTipRefusedError,
    CyberTipUnreachableError,
    UploadAnswer,
)
from jacana.report.document import (
    ReportDocumentInvalidError,
    build_file_details,
    check_document,
    find_file_problems,
    find_report_problems,
)
from jacana.report.environments import check_endpoint
from jacana.report.facts import FileFacts, digest_facts
from jacana.report.journal import FilingFencedError, FilingJournal, FilingKind, FilingOutcome, Job, ReportLeasedError
from jacana.report.record import Report, ReportCall, ReportFile
from jacana.report.states import IN_FLIGHT, ReportEvent, ReportState
from jacana.settings import Settings

Connect = Callable[[str, str], CyberTipline]
OpenFile = Callable[[str, str, str], Iterator[bytes]]
"""(sha256, actor, purpose) -> the file's bytes; the vault records the reading."""

_T = TypeVar("_T", Answer, UploadAnswer)
_UPLOAD_TRIES = 3
_DESCRIPTION_SHOWN = 300
_WITH_A_PERSON = frozenset({ReportState.NEEDS_PERSON, ReportState.DRAFT})
_RETRACTABLE = IN_FLIGHT | _WITH_A_PERSON


class FileDigestMismatchError(IntegrityBrokenError):
    """The MD5 that was recorded, the one that was sent and the one that arrived are not the same."""

    code = "report.digest_mismatch"


class ReportChangedError(IntegrityBrokenError):
    """Facts or document are not those whose digests were recorded at approval."""

    code = "report.changed"


class AccountChangedError(SetupInvalidError):
    """The settings name another CyberTipline account than the one the report was approved for."""

    code = "report.account_changed"


class Filer:
    """Moves one report at a time through its states."""

    def __init__(
        self, journal: FilingJournal, connect: Connect, open_file: OpenFile, clock: Clock, settings: Settings
    ) -> None:
        self._journal, self._connect, self._open_file = journal, connect, open_file
        self._clock, self._settings = clock, settings

    def file(self, report_id: str, state: ReportState) -> FilingOutcome:
        """Go on from whatever state the report is in; `state` is what the caller has just read.

        Safe to call again at any time, from any process. Raises ReportStateConflictError for a draft.
        """
        if state in (ReportState.FILED, ReportState.RETRACTED):
            return FilingOutcome(FilingKind.DONE, state)
        if state is ReportState.NEEDS_PERSON:
            return FilingOutcome(FilingKind.NEEDS_PERSON, state)
        try:
            job = self._journal.claim(report_id)
        except ReportLeasedError as leased:
            return FilingOutcome(
                FilingKind.RETRY_AFTER, state, self._settings.cybertip_lease_seconds // 4 + 1, leased.message
            )
        try:
            return self._guarded(job, self._work)
        finally:
            self._journal.release(job)

    def retract(self, report_id: str, actor: str, reason: str) -> FilingOutcome:
        """Withdraw a report that is not filed, at the receiver too if it is open there.

        The state of the outcome tells the truth: FILED if it turns out that it was finished already. Raises
        ReportStateConflictError for a final report and for a draft that was never sent, ReportLeasedError while a
        worker files it.
        """
        job = self._journal.claim(report_id, _RETRACTABLE, actor)
        try:
            return self._guarded(job, lambda job, client: self._withdraw(job, client, reason))
        finally:
            self._journal.release(job)

    def _guarded(self, job: Job, work: Callable[[Job, CyberTipline], FilingOutcome]) -> FilingOutcome:
        """Run `work` with a client and turn each way it can fail into the next step; stop if the lease was lost."""
        try:
            return self._settled(job, work)
        except FilingFencedError as fenced:
            return FilingOutcome(FilingKind.RETRY_AFTER, job.report.state, 60, fenced.message)

    def _settled(self, job: Job, work: Callable[[Job, CyberTipline], FilingOutcome]) -> FilingOutcome:
        try:
            client = self._open_client(job)
            try:
                return work(job, client)
            finally:
                client.close()
        except CyberTipRefusedError as refusal:
            return self._settle_refusal(job, refusal)
        except CyberTipUnreachableError as unreachable:
            return self._settle_failure(job, unreachable.message, refused=True)
        except (CyberTipCallError, SetupInvalidError, ServiceUnavailableError) as problem:
            return self._settle_failure(job, problem.message)
        except (ReportDocumentInvalidError, IntegrityBrokenError, ThingNotFoundError) as problem:
            return self._journal.stop(job, problem.message)

    def _open_client(self, job: Job) -> CyberTipline:
        report = job.report
        check_endpoint(report.environment or "", report.endpoint or "")
        if report.esp_user != self._settings.cybertip_username:
            raise AccountChangedError(
                "the report belongs to another CyberTipline account than cybertip_username names",
                remedy="set cybertip_username back until its reports are filed",
            )
        return self._connect(str(report.environment), str(report.endpoint))

    def _work(self, job: Job, client: CyberTipline) -> FilingOutcome:
        if job.report.state is ReportState.SUBMITTING:
            self._journal.advance(job, ReportEvent.UNCLEAR, problem="interrupted while submitting")
        if job.report.state is ReportState.AMBIGUOUS:
            remaining = self._seconds_until_expiry(job)
            if remaining > 0:
                return self._wait_for_expiry(job, remaining)
            self._journal.advance(job, ReportEvent.EXPIRY_PASSED)
        if job.report.state is not ReportState.FINISHING and job.report.remote_id is not None:
            finished = self._retract_left_over(job, client, job.report.remote_id)
            if finished is not None:
                return self._record_filed(job, finished)
        if job.report.state is ReportState.APPROVED:
            report_id = self._submit(job, client)
            self._send_files(job, client, report_id)
            self._journal.advance(job, ReportEvent.FINISH_BEGUN)
        return self._finish(job, client)

    def _withdraw(self, job: Job, client: CyberTipline, reason: str) -> FilingOutcome:
        if job.report.state is ReportState.SUBMITTING:
            self._journal.advance(job, ReportEvent.UNCLEAR, problem="interrupted while submitting")
        event = ReportEvent.RETRACTED
        if job.report.remote_id is not None:
            finished = self._call_retract(job, client, job.report.remote_id)
            if finished is not None:
                return self._record_filed(job, finished)
            event = ReportEvent.WITHDRAWN
        self._journal.advance(job, event, details={"reason_length": len(reason)}, problem=reason)
        return FilingOutcome(FilingKind.DONE, job.report.state)

    def _retract_left_over(self, job: Job, client: CyberTipline, report_id: int) -> Answer | None:
        """Retract what an earlier attempt left open. Return the answer if it turns out to be finished."""
        finished = self._call_retract(job, client, report_id)
        if finished is None:
            self._journal.advance(job, ReportEvent.GONE)
        return finished

    def _call_retract(self, job: Job, client: CyberTipline, report_id: int) -> Answer | None:
        try:
            self._call(job, "retract", lambda: client.retract(report_id))
        except CyberTipRefusedError as refusal:
            if refusal.answer.code == ALREADY_FINISHED:
                return refusal.answer
            if refusal.answer.code not in (REPORT_UNKNOWN, ALREADY_RETRACTED):
                raise
        return None

    def _submit(self, job: Job, client: CyberTipline) -> int:
        document = job.report.document or b""
        self._check_approved(job.report, document)
        check_document(find_report_problems(document, self._clock()))
        self._journal.advance(job, ReportEvent.SUBMIT_BEGUN, submitted_at=self._clock())
        fault("report.before_submit")
        answer = self._call(job, "submit", lambda: client.submit(document))
        fault("report.after_submit")
        assert answer.report_id is not None  # noqa: S101 - the port promises it
        self._journal.advance(job, ReportEvent.OPENED, remote_id=answer.report_id)
        fault("report.after_open")
        return answer.report_id

    def _check_approved(self, report: Report, document: bytes) -> None:
        """Raise ReportChangedError unless facts and document are those that a person approved, by row and audit log."""
        approval = self._journal.find_approval(report.id)
        facts_digest = digest_facts(report.facts) if report.facts else None
        document_digest = hashlib.sha256(document).hexdigest()
        for recorded, audited, found in (
            (report.facts_sha256, approval.get("facts_sha256"), facts_digest),
            (report.document_sha256, approval.get("document_sha256"), document_digest),
        ):
            if not found or not found == recorded == audited:
                raise ReportChangedError("the report is not the one that was approved; nothing was sent")

    def _send_files(self, job: Job, client: CyberTipline, report_id: int) -> None:
        facts = {file.upload_id: file for file in job.report.facts.files} if job.report.facts else {}
        for file in job.report.files:
            if job.report.state is ReportState.OPEN:
                self._journal.advance(job, ReportEvent.UPLOAD_BEGUN)
            self._send_file(job, client, report_id, file, facts[file.upload_id])

    def _send_file(self, job: Job, client: CyberTipline, report_id: int, file: ReportFile, facts: FileFacts) -> None:
        sent = self._upload(job, client, report_id, facts)
        file_id, arrived = sent.answer.file_id or "", (sent.answer.hash or "").lower()
        self._journal.note_file(job, file.id, remote_id=file_id, md5_answer=arrived or None, uploaded_at=self._clock())
        fault("report.after_upload")
        if not sent.sent_md5 == facts.md5.lower() == arrived:
            raise FileDigestMismatchError("the MD5 of a file differs between record, sending and the receiver's answer")
        document = build_file_details(facts, report_id, file_id, self._clock())
        check_document(find_file_problems(document, self._clock()))
        self._call(job, "fileinfo", lambda: client.describe_file(document))
        self._journal.note_file(job, file.id, described_at=self._clock())
        fault("report.after_fileinfo")

    def _upload(self, job: Job, client: CyberTipline, report_id: int, facts: FileFacts) -> UploadAnswer:
        """Upload one file; a clear refusal of the file is tried again at once, twice."""
        name = facts.original_file_name or facts.sha256

        def send() -> UploadAnswer:
            chunks = self._open_file(facts.sha256, "system", f"report:{job.report.id}")
            return client.upload(report_id, name, facts.size_bytes, self._keep_lease(job, chunks))

        for _ in range(_UPLOAD_TRIES - 1):
            try:
                return self._call(job, "upload", send)
            except CyberTipRefusedError as refusal:
                if refusal.advice is not Advice.RETRY_FILE:
                    raise
        return self._call(job, "upload", send)

    def _keep_lease(self, job: Job, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self._journal.renew_if_due(job)
            yield chunk

    def _finish(self, job: Job, client: CyberTipline) -> FilingOutcome:
        report_id = job.report.remote_id
        assert report_id is not None  # noqa: S101 - finishing is only reached from an open report
        fault("report.before_finish")
        try:
            answer = self._call(job, "finish", lambda: client.finish(report_id))
        except CyberTipRefusedError as refusal:
            if refusal.answer.code != ALREADY_FINISHED:
                raise
            answer = refusal.answer
        fault("report.after_finish")
        outcome = self._record_filed(job, answer)
        fault("report.after_filed")
        return outcome

    def _record_filed(self, job: Job, answer: Answer) -> FilingOutcome:
        """Commit that the report is filed, with the receipt; alarm if it lists other files than were sent."""
        recorded = sorted(file.remote_id for file in job.report.files if file.remote_id)
        complete = answer.code != ALREADY_FINISHED and answer.file_ids is not None
        matches = complete and sorted(answer.file_ids or ()) == recorded
        problem = None
        if not complete:
            problem = "filed, but the receipt that lists the files was lost; ask NCMEC with the report id"
        elif not matches:
            problem = "ALARM: filed, but the receipt lists other files than were sent; ask NCMEC with the report id"
        self._journal.advance(
            job,
            ReportEvent.FINISHED,
            details={"files": len(recorded), "receipt_complete": complete, "files_match": matches},
            filed_at=self._clock(),
            receipt=answer.raw,
            receipt_complete=complete,
            problem=problem,
            failures=0,
            failing_since=None,
        )
        return FilingOutcome(FilingKind.DONE, job.report.state, None, problem)

    def _settle_refusal(self, job: Job, refusal: CyberTipRefusedError) -> FilingOutcome:
        code = refusal.answer.code
        problem = f"code {code}: {refusal.answer.description[:_DESCRIPTION_SHOWN]}"
        if refusal.advice in (Advice.RETRY, Advice.RETRY_FILE):
            return self._settle_failure(job, problem, refused=refusal.nothing_begun)
        if refusal.advice is Advice.RESTART and job.report.remote_id is not None:
            if job.report.state in IN_FLIGHT:
                self._journal.advance(job, ReportEvent.GONE, problem=problem)
            return self._journal.postpone(job, problem)
        if refusal.advice is Advice.FILED and job.report.remote_id is not None:
            return self._record_filed(job, refusal.answer)
        if job.report.state in _WITH_A_PERSON:
            return FilingOutcome(FilingKind.NEEDS_PERSON, job.report.state, None, problem)
        return self._journal.stop(job, problem, code)

    def _settle_failure(self, job: Job, problem: str, *, refused: bool = False) -> FilingOutcome:
        """Retry later; a submit in flight first becomes approved (nothing was opened) or ambiguous (nobody knows)."""
        if job.report.state is ReportState.SUBMITTING:
            self._journal.advance(job, ReportEvent.REFUSED if refused else ReportEvent.UNCLEAR, problem=problem)
        outcome = self._journal.postpone(job, problem)
        if outcome.kind is FilingKind.RETRY_AFTER and outcome.state is ReportState.AMBIGUOUS:
            return self._wait_for_expiry(job, self._seconds_until_expiry(job))
        return outcome

    def _seconds_until_expiry(self, job: Job) -> int:
        wait = self._settings.cybertip_ambiguous_wait_seconds
        if job.report.submitted_at is None:
            return wait
        return wait - int((self._clock() - job.report.submitted_at).total_seconds())

    def _wait_for_expiry(self, job: Job, seconds: int) -> FilingOutcome:
        problem = job.report.problem or "the submit had no clear answer"
        return FilingOutcome(FilingKind.RETRY_AFTER, job.report.state, max(1, seconds), problem)

    def _call(self, job: Job, endpoint: str, call: Callable[[], _T]) -> _T:
        """Make one call and keep its Request-ID, code and failure for the record."""
        at, remote_id, attempt = self._clock(), job.report.remote_id, job.report.attempt
        try:
            result = call()
        except CyberTipCallError as problem:
            code = problem.answer.code if isinstance(problem, CyberTipRefusedError) else None
            words = problem.answer.description if isinstance(problem, CyberTipRefusedError) else problem.message
            job.calls.append(
                ReportCall(endpoint, at, attempt, remote_id, problem.http_status, code, problem.request_id, words)
            )
            raise
        answer = result.answer if isinstance(result, UploadAnswer) else result
        job.calls.append(
            ReportCall(endpoint, at, attempt, remote_id, answer.http_status, answer.code, answer.request_id)
        )
        return result

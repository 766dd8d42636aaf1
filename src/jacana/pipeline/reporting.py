"""Gathers the recorded facts of a report from every stage, and carries a report from draft to the preservation clock.

States only what some stage recorded; where nothing was recorded, the report stays silent.
"""

from datetime import datetime, timedelta

from jacana.audit import list_entries, lock_log
from jacana.db.engine import Connection
from jacana.db.outbox import promise_work
from jacana.model.action import Action, ActionKind, TargetKind
from jacana.model.decision import EffectKind
from jacana.model.errors import StateConflictError
from jacana.model.event import EventType
from jacana.model.fault import fault
from jacana.model.finding import FindingKind
from jacana.model.preservation import HoldReason
from jacana.model.upload import Upload, Visibility
from jacana.model.verdict import Verdict
from jacana.pipeline.screening import end_screening_hold, load_decision
from jacana.pipeline.stages import Stages
from jacana.report.desk import ReportPreview
from jacana.report.facts import (
    CaptureEvent,
    DeviceCapture,
    FileFacts,
    IncidentType,
    IpCapture,
    ReportedAccount,
    ReportFacts,
    fingerprint_facts,
)
from jacana.report.journal import FilingKind
from jacana.report.record import Report
from jacana.report.states import ReportState

DEVICE_ID_TYPE = "device id of the network"


class ReportUndecidedError(StateConflictError):
    """A report names a file that no person has confirmed."""

    code = "report.undecided"


def draft_report(stages: Stages, upload_id: str, decision_id: str) -> None:
    """Put the upload into its case's draft if the decision asks for it; take it out if a person's verdict does not."""
    with stages.db.write() as connection:
        upload = stages.intake.load_upload(connection, upload_id)
        evaluation = load_decision(connection, upload, decision_id).evaluation
        case_id = stages.desk.find_case(connection, upload_id)
        standing = stages.desk.standing_verdict(connection, upload.digests.sha256)
        if case_id is None:
            return
        if standing and standing.verdict is not Verdict.CONFIRMED:
            _withdraw_from_draft(stages, connection, case_id, upload_id, standing.user_id)
            return
        if not any(effect.kind is EffectKind.DRAFT_REPORT for effect in evaluation.effects):
            return
        stages.reports.draft(connection, case_id, upload.account_id, upload_id, upload.digests.sha256)
    fault("report.after_draft")


def _withdraw_from_draft(stages: Stages, connection: Connection, case_id: str, upload_id: str, user_id: str) -> None:
    """Take an upload that a person did not confirm out of the drafts of its case, as far as they were not sent."""
    for report in stages.reports.list_reports(connection, state=ReportState.DRAFT, case_id=case_id):
        if any(file.upload_id == upload_id for file in report.files):
            stages.reports.withdraw_upload(connection, report.id, upload_id, user_id)


def preview_report(stages: Stages, report_id: str) -> tuple[Report, ReportFacts, ReportPreview]:
    """Return a report, its facts (frozen once approved) and what would be or was sent. Raises ReportMissingError."""
    with stages.db.read() as connection:
        report = stages.reports.load(connection, report_id)
        frozen = None if report.state is ReportState.DRAFT else report.facts  # a redrafted one is gathered anew
        facts = frozen or gather_facts(stages, connection, report)
    return report, facts, stages.reports.preview(facts)


class ReportFactsChangedError(StateConflictError):
    """Something the report says, or where it goes, has changed since a person looked at it."""

    code = "report.facts_changed"


def approve_report(stages: Stages, report_id: str, version: int, user_id: str, shown: str) -> None:
    """Freeze the facts and promise the filing, if they are still what the person was shown.

    `shown` is `fingerprint_facts` of the preview. Raises ReportUndecidedError, ReportFactsChangedError, and what
    `ReportDesk.approve` raises (stale version, incomplete settings).
    """
    with stages.db.write() as connection:
        report = stages.reports.load(connection, report_id)
        for file in report.files:
            standing = stages.desk.standing_verdict(connection, file.sha256)
            if standing is None or standing.verdict is not Verdict.CONFIRMED:
                raise ReportUndecidedError("decide the case first: a file of this report is not confirmed")
        facts = gather_facts(stages, connection, report)
        if fingerprint_facts(facts, stages.settings.cybertip_environment) != shown:
            raise ReportFactsChangedError("what this report says has changed since it was shown; look at it again")
        stages.reports.approve(connection, report_id, version, user_id, facts)


def file_report(stages: Stages, report_id: str) -> None:
    """Advance the filing; if it must wait, promise the next try."""
    outcome = stages.reports.file(report_id)
    if outcome.kind is not FilingKind.RETRY_AFTER or outcome.seconds is None:
        return
    due = stages.clock() + timedelta(seconds=outcome.seconds)
    with stages.db.write() as connection:
        row_id = f"{report_id}.{int(due.timestamp())}"
        promise_work(connection, id=row_id, topic="file_report", payload={"report_id": report_id}, not_before=due)


def keep_report(stages: Stages, report_id: str) -> None:
    """Keep every reported file, the document and the receipt for a year from the receipt (18 USC 2258A(h))."""
    with stages.db.read() as connection:
        report = stages.reports.load(connection, report_id)
    if report.filed_at is None:
        raise StateConflictError(f"{report_id} is not filed")
    ends_at = report.filed_at + timedelta(days=stages.settings.preservation_days)
    with stages.db.write() as connection:
        lock_log(connection)
        for sha256 in sorted({file.sha256 for file in report.files}):
            stages.vault.place_hold(
                connection, sha256, HoldReason.REPORT, report_id, report.filed_at, ends_at, "system"
            )
        for file in report.files:  # the year has begun: what screening held without an end is held by the report now
            end_screening_hold(stages, connection, file.upload_id, file.sha256)
    for document in (report.document, report.receipt):
        if document:
            stages.vault.preserve_bytes(document, "text/xml", HoldReason.CONTEXT, report_id, "system", ends_at)


def gather_facts(stages: Stages, connection: Connection, report: Report) -> ReportFacts:
    """Collect what every stage recorded about the report's account and files."""
    uploads = [stages.intake.load_upload(connection, file.upload_id) for file in report.files]
    incident_at, description = _find_incident(uploads)
    return ReportFacts(
        case_id=report.case_id,
        incident_type=IncidentType.CHILD_PORNOGRAPHY,
        incident_at=incident_at,
        incident_description=description,
        reporter=stages.reports.reporter(),
        account=_gather_account(stages, connection, report.account_id, uploads),
        files=tuple(_gather_file(stages, connection, upload) for upload in uploads),
    )


def _find_incident(uploads: list[Upload]) -> tuple[datetime | None, str | None]:
    if not uploads:
        return None, None
    first = min(uploads, key=lambda upload: upload.uploaded_at or upload.received_at)
    if first.uploaded_at:
        return first.uploaded_at, "Time of the upload as recorded by the network."
    return first.received_at, "Time at which the upload reached the screening system; the upload's own time is unknown."


def _gather_account(stages: Stages, connection: Connection, account_id: str, uploads: list[Upload]) -> ReportedAccount:
    account = stages.intake.load_account(connection, account_id)
    personal = [stages.intake.load_personal(connection, upload.id) for upload in uploads]
    actions = stages.enforcement.list_actions(connection, account_id=account_id)
    captures = [(facts, upload.uploaded_at) for facts, upload in zip(personal, uploads, strict=True)]
    return ReportedAccount(
        esp_identifier=account.id,
        screen_name=account.screen_name,
        display_name=account.display_name,
        email=next((facts.email for facts in personal if facts.email), None),
        profile_url=account.profile_url,
        bio=account.bio,
        suspended_at=_find_standing(actions, ActionKind.SUSPEND_ACCOUNT, ActionKind.REINSTATE_ACCOUNT),
        banned_at=_find_standing(actions, ActionKind.BAN_ACCOUNT, ActionKind.UNBAN_ACCOUNT),
        ip_captures=tuple(
            IpCapture(facts.ip, CaptureEvent.UPLOAD, at, port=facts.port) for facts, at in captures if facts.ip
        ),
        devices=tuple(
            DeviceCapture(DEVICE_ID_TYPE, facts.device_id, CaptureEvent.UPLOAD, at)
            for facts, at in captures
            if facts.device_id
        ),
    )


def _gather_file(stages: Stages, connection: Connection, upload: Upload) -> FileFacts:
    personal = stages.intake.load_personal(connection, upload.id)
    standing = stages.desk.standing_verdict(connection, upload.digests.sha256)
    classification = standing.classification if standing else None
    findings = stages.screener.list_findings(connection, upload.id)
    return FileFacts(
        upload_id=upload.id,
        sha256=upload.digests.sha256,
        md5=upload.digests.md5,
        sha1=upload.digests.sha1,
        size_bytes=upload.size_bytes,
        original_file_name=upload.file_name,
        uploaded_at=upload.uploaded_at,
        url=upload.url,
        viewed_by_esp=stages.desk.viewed_whole(connection, upload.digests.sha256),
        publicly_available=_was_public(stages, connection, upload),
        classification=classification,
        classified_by=standing.user_id if standing and classification else None,
        ip_capture=IpCapture(personal.ip, CaptureEvent.UPLOAD, upload.uploaded_at, port=personal.port)
        if personal.ip
        else None,
        device=DeviceCapture(DEVICE_ID_TYPE, personal.device_id, CaptureEvent.UPLOAD, upload.uploaded_at)
        if personal.device_id
        else None,
        additional_info=tuple(
            reason for finding in findings if finding.kind is FindingKind.BANK_MATCH for reason in finding.reasons
        ),
    )


def _was_public(stages: Stages, connection: Connection, upload: Upload) -> bool | None:
    """Whether the upload was public: only if the network carried out a release, and every recorded visibility agrees.

    None where the records do not say: a visibility that changed may or may not have been in force while it was shown.
    """
    actions = stages.enforcement.list_actions(connection, upload_id=upload.id)
    if not any(action.kind is ActionKind.RELEASE and action.delivered_at for action in actions):
        return False
    openly = {visibility in SEEN_BY_ALL for visibility in _list_visibilities(stages, connection, upload)}
    return openly.pop() if len(openly) == 1 else None


SEEN_BY_ALL = frozenset({Visibility.PUBLIC, Visibility.UNLISTED})


def _list_visibilities(stages: Stages, connection: Connection, upload: Upload) -> set[Visibility]:
    """Return every visibility the upload ever had: at acceptance, in later events, now."""
    accepted = [
        Visibility(entry.details["visibility"])
        for _, entry in list_entries(connection, subject=upload.id)
        if entry.verb == "upload.accepted"
    ]
    changed = [
        Visibility(event.payload["visibility"])
        for event in stages.events.list_events(connection, upload.account_id)
        if event.type is EventType.VISIBILITY_CHANGED and event.upload_id == upload.id
    ]
    return {upload.visibility, *accepted, *changed}


def _find_standing(actions: list[Action], begins: ActionKind, ends: ActionKind) -> datetime | None:
    """Return since when the network has carried out `begins`, unless it carried out `ends` later."""
    since: datetime | None = None
    for action in sorted(actions, key=lambda action: action.sequence):
        if action.target_kind is TargetKind.ACCOUNT and action.delivered_at:
            since = action.delivered_at if action.kind is begins else None if action.kind is ends else since
    return since

"""Gathers what the case page shows, in one read. Changes nothing, opens no media."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from jacana.audit import AuditEntry, list_entries
from jacana.db.engine import Connection
from jacana.decide.store import list_decisions
from jacana.model.account import Account
from jacana.model.action import Action, ActionKind, ActionState
from jacana.model.decision import Evaluation
from jacana.model.finding import Finding
from jacana.model.media import MediaFacts
from jacana.model.upload import Upload
from jacana.pipeline.accountfacts import load_account
from jacana.pipeline.stages import Stages
from jacana.report.record import Report
from jacana.review.cases import CaseFile, CaseItem, ItemState, Lease, View
from jacana.web.console.accountfile import AccountRow, gather_rows
from jacana.web.console.showable import choose_media_type
from jacana.web.console.strip import Strip, build_strip
from jacana.web.console.words import mask_email

HISTORY_LENGTH = 30


@dataclass(frozen=True, slots=True)
class UploadRow:
    """One upload of a file: the same bytes may have come more than once from one account."""

    item: CaseItem
    upload: Upload
    findings: tuple[Finding, ...]
    decisions: tuple[tuple[str, Evaluation, datetime], ...]
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file of the case, known by its SHA-256: what a person decides about."""

    sha256: str
    number: int
    """Place among the files of the case in order of arrival, from 1."""
    media: MediaFacts | None
    media_type: str | None
    """What the bytes may be shown as; None if this console cannot show them."""
    rows: tuple[UploadRow, ...]
    views: tuple[View, ...]
    seen_whole: bool
    """Whether the reader of the page has seen the whole file, in this case or another."""

    @property
    def strip(self) -> Strip | None:
        """Return what is drawn under the player: which seconds match what."""
        return build_strip(self.media, (finding for row in self.rows for finding in row.findings))

    @property
    def item(self) -> CaseItem:
        """Return the item that stands for the file; all items of one file share verdict and coverage."""
        return next((row.item for row in self.rows if row.item.state is ItemState.UNDECIDED), self.rows[0].item)

    @property
    def waits_here(self) -> bool:
        """Whether a verdict is to be given on this page."""
        return self.item.state is ItemState.UNDECIDED and self.item.view_needed

    @property
    def may_be_looked_at(self) -> bool:
        """Whether looking has a purpose: to decide, or to check a verdict that still can be undone."""
        return self.waits_here or self.item.state is ItemState.PENDING


@dataclass(frozen=True, slots=True)
class CasePage:
    """Everything on one case page."""

    case: CaseFile
    account: Account
    email: str | None
    """Masked."""
    files: tuple[FileRow, ...]
    accounts: tuple[AccountRow, ...]
    """The account itself, where it is asked about and not a file of it."""
    lease: Lease | None
    """The reader's own live lease."""
    reports: tuple[Report, ...]
    history: tuple[tuple[int, AuditEntry], ...]
    """Newest first."""
    account_actions: tuple[Action, ...]
    """Instructions about the account that came from elsewhere."""
    overtaken: Mapping[str, ActionKind]
    """Action id -> the later instruction for its target that stands instead."""
    silences: Mapping[str, str]
    """Action id -> error code of a last attempt that ended without an answer."""
    exposure_ms: int

    @property
    def pending(self) -> tuple[FileRow, ...]:
        """Return the files whose verdict is waiting out its undo window."""
        return tuple(file for file in self.files if file.item.state is ItemState.PENDING)

    @property
    def pending_accounts(self) -> tuple[AccountRow, ...]:
        """Return the accounts whose verdict is waiting out its undo window."""
        return tuple(row for row in self.accounts if row.item.state is ItemState.PENDING)

    @property
    def applies_from(self) -> datetime | None:
        """Return when the first verdict that is under way is applied."""
        live = [*(file.item.live for file in self.pending), *(row.item.live for row in self.pending_accounts)]
        return min((each.applies_at for each in live if each), default=None)

    @property
    def settled_elsewhere(self) -> str | None:
        """Return the case whose verdict settles this one, if no file waits for a verdict here."""
        waiting = [file.item for file in self.files if file.item.state is ItemState.UNDECIDED]
        if any(row.waits_here for row in self.accounts):
            return None
        return waiting[0].covered_by if waiting and not any(item.view_needed for item in waiting) else None

    @property
    def moving(self) -> tuple[str, ...]:
        """Return the verdicts and first deliveries that are under way: when they change, the page is out of date."""
        live = [*(file.item.live for file in self.files), *(row.item.live for row in self.accounts)]
        verdicts = (each.id for each in live if each and each.pending)
        actions = [action for file in self.files for row in file.rows for action in row.actions]
        actions += [action for row in self.accounts for action in row.file.actions]
        fresh = (action.id for action in actions if action.state is ActionState.PENDING and action.attempts == 0)
        return tuple(sorted({*verdicts, *fresh}))

    @property
    def upload_names(self) -> Mapping[str, str]:
        """Return upload id -> the network's own id."""
        return {row.upload.id: row.upload.network_id for file in self.files for row in file.rows}


def gather_case(stages: Stages, connection: Connection, case_id: str, user_id: str) -> CasePage:
    """Return the page's facts. Raises CaseMissingError."""
    case = stages.desk.get_case(connection, case_id)
    now = stages.clock()
    account = load_account(stages, connection, case.head.account_id)
    files = _gather_files(stages, connection, case, user_id)
    reports = tuple(stages.reports.list_reports(connection, case_id=case_id))
    account_actions = stages.enforcement.list_actions(connection, account_id=account.id)
    accounts = gather_rows(stages, connection, case_id)
    uploads = {row.upload.id for file in files for row in file.rows}
    subjects = [
        case_id,
        account.id,
        *uploads,
        *(file.sha256 for file in files),
        *(action.id for action in account_actions if action.upload_id in uploads),
        *(row.item.live.id for row in accounts if row.item.live),
        *(report.id for report in reports),
    ]
    shown = [action for file in files for row in file.rows for action in row.actions]
    shown += [action for row in accounts for action in row.file.actions]
    drawn = {action.id for action in shown}
    later = {action.id: stages.enforcement.find_overtaking(connection, action) for action in shown}
    silences = {action.id: stages.enforcement.explain_silence(connection, action.id) for action in shown}
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    first_upload = case.items[0].upload_id if case.items else None
    return CasePage(
        case=case,
        account=account,
        email=mask_email(stages.intake.load_personal(connection, first_upload).email) if first_upload else None,
        files=files,
        accounts=accounts,
        lease=stages.desk.find_lease(connection, case_id, user_id),
        reports=reports,
        history=_gather_history(connection, subjects),
        account_actions=tuple(action for action in account_actions if action.id not in drawn),
        overtaken={of: action.kind for of, action in later.items() if action},
        silences={of: code for of, code in silences.items() if code},
        exposure_ms=stages.desk.exposure(connection, user_id, midnight),
    )


def _gather_files(stages: Stages, connection: Connection, case: CaseFile, user_id: str) -> tuple[FileRow, ...]:
    views = stages.desk.list_views(connection, case.id)
    items: dict[str, list[CaseItem]] = {}
    for item in case.items:
        items.setdefault(item.sha256, []).append(item)
    files = []
    for number, (sha256, copies) in enumerate(items.items(), start=1):
        media = stages.screener.load_analysis(connection, sha256)
        kept = stages.vault.size_of(connection, sha256) is not None
        files.append(
            FileRow(
                sha256=sha256,
                number=number,
                media=media,
                media_type=choose_media_type(media) if kept else None,
                rows=tuple(_gather_upload(stages, connection, item) for item in copies),
                views=tuple(view for view in views if view.sha256 == sha256),
                seen_whole=stages.desk.viewed_whole(connection, sha256, user_id),
            )
        )
    return tuple(sorted(files, key=lambda file: not file.waits_here))


def _gather_upload(stages: Stages, connection: Connection, item: CaseItem) -> UploadRow:
    return UploadRow(
        item=item,
        upload=stages.intake.load_upload(connection, item.upload_id),
        findings=tuple(stages.screener.list_findings(connection, item.upload_id)),
        decisions=tuple(list_decisions(connection, item.upload_id)),
        actions=tuple(stages.enforcement.list_actions(connection, upload_id=item.upload_id)),
    )


def _gather_history(connection: Connection, subjects: Iterable[str]) -> tuple[tuple[int, AuditEntry], ...]:
    entries = {position: entry for subject in subjects for position, entry in list_entries(connection, subject=subject)}
    return tuple(sorted(entries.items(), reverse=True)[:HISTORY_LENGTH])

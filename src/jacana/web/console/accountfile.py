"""Gathers what the console shows of an account, in one read. Changes nothing; opens no text."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from jacana.audit import AuditEntry, list_entries
from jacana.db.engine import Connection
from jacana.decide.store import list_account_decisions
from jacana.detect.accounts.state.store import list_ties
from jacana.detect.accounts.tracker import VaultProfile
from jacana.detect.findings.store import list_account_findings, load_account_findings
from jacana.model.account import Account
from jacana.model.account_finding import AccountFinding
from jacana.model.action import Action, ActionKind
from jacana.model.decision import Evaluation
from jacana.model.errors import ThingNotFoundError
from jacana.model.tie import TieKind
from jacana.pipeline.accountfacts import load_account
from jacana.pipeline.confirmed.store import list_confirmed, list_organisations
from jacana.pipeline.stages import Stages
from jacana.review.accounts.items import AccountItem, AccountReview
from jacana.review.cases import CaseHead, ItemState
from jacana.web.console.neighbourhood import Picture, draw_neighbourhood

HISTORY_LENGTH = 30
FINDINGS_SHOWN = 100

DecisionRow = tuple[str, Evaluation, datetime]


class AccountUnseenError(ThingNotFoundError):
    """Nothing was ever told or found about an account of this name."""

    code = "console.account_unseen"


@dataclass(frozen=True, slots=True)
class TieCount:
    """How many things of one kind an account has shown, and when last."""

    kind: TieKind
    count: int
    attested: int
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class AccountFile:
    """What there is to say of one account, on its own page and in a case."""

    account: Account
    confirmed_at: datetime | None
    """When a person confirmed a file of it, or that it trades."""
    profile: VaultProfile | None
    ties: tuple[TieCount, ...]
    picture: Picture
    decisions: tuple[DecisionRow, ...]
    """What the policy said of the account, oldest first."""
    actions: tuple[Action, ...]
    """Instructions that rest on what was found about the account, not on a file."""
    overtaken: Mapping[str, ActionKind]
    """Action id -> the later instruction for its target that stands instead."""
    silences: Mapping[str, str]
    """Action id -> error code of a last attempt that ended without an answer."""


@dataclass(frozen=True, slots=True)
class AccountPage:
    """Everything on the page of an account."""

    file: AccountFile
    findings: tuple[AccountFinding, ...]
    """Newest first; those that were withdrawn are not among them."""
    reviews: tuple[AccountReview, ...]
    """Verdicts on the account, newest first."""
    cases: tuple[CaseHead, ...]
    history: tuple[tuple[int, AuditEntry], ...]
    """Newest first."""


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account in a case: what a person decides about where there is no file."""

    item: AccountItem
    findings: tuple[AccountFinding, ...]
    """What is before the person, newest first."""
    file: AccountFile

    @property
    def waits_here(self) -> bool:
        """Whether a verdict is to be given on this page."""
        return self.item.state is ItemState.UNDECIDED


def gather_account(stages: Stages, connection: Connection, account_id: str) -> AccountPage:
    """Return the page's facts. Raises AccountUnseenError."""
    file = gather_file(stages, connection, account_id)
    findings = list_account_findings(connection, account_id, limit=FINDINGS_SHOWN)
    cases = tuple(stages.desk.list_cases(connection, account_id))
    entries = list(list_entries(connection, subject=account_id))
    known = file.account.first_seen_at or file.profile or file.ties or findings or cases or entries
    if not known:
        raise AccountUnseenError("nothing was told or found about an account of this name")
    return AccountPage(
        file=file,
        findings=tuple(reversed(findings)),
        reviews=tuple(reversed(stages.account_desk.list_reviews(connection, account_id=account_id))),
        cases=cases,
        history=tuple(sorted(entries, key=lambda each: -each[0])[:HISTORY_LENGTH]),
    )


def gather_rows(stages: Stages, connection: Connection, case_id: str) -> tuple[AccountRow, ...]:
    """Return the accounts of a case, those that wait for a verdict first."""
    rows = [
        AccountRow(
            item=item,
            findings=tuple(reversed(load_account_findings(connection, item.finding_ids))),
            file=gather_file(stages, connection, item.account_id),
        )
        for item in stages.account_desk.list_items(connection, case_id)
    ]
    return tuple(sorted(rows, key=lambda row: not row.waits_here))


def gather_file(stages: Stages, connection: Connection, account_id: str) -> AccountFile:
    """Return what there is to say of an account."""
    neighbourhood = stages.links.draw_from(
        connection, account_id, stages.clock(), lambda ids: list_confirmed(connection, ids)
    )
    shown = [one.account_id for one in neighbourhood.accounts]
    actions = tuple(
        action
        for action in stages.enforcement.list_actions(connection, account_id=account_id)
        if action.upload_id is None
    )
    later = {action.id: stages.enforcement.find_overtaking(connection, action) for action in actions}
    silences = {action.id: stages.enforcement.explain_silence(connection, action.id) for action in actions}
    return AccountFile(
        account=load_account(stages, connection, account_id),
        confirmed_at=list_confirmed(connection, [account_id]).get(account_id),
        profile=stages.accounts.read_profile(connection, account_id),
        ties=_count_ties(connection, account_id),
        picture=draw_neighbourhood(neighbourhood, list_organisations(connection, shown)),
        decisions=tuple(list_account_decisions(connection, account_id)),
        actions=actions,
        overtaken={of: action.kind for of, action in later.items() if action},
        silences={of: code for of, code in silences.items() if code},
    )


def _count_ties(connection: Connection, account_id: str) -> tuple[TieCount, ...]:
    """Return what the account has shown, by kind; the things themselves stay in the store."""
    ties = list_ties(connection, [account_id])
    counts = []
    for kind in TieKind:
        some = [tie for tie in ties if tie.kind is kind]
        if some:
            attested = sum(tie.attested for tie in some)
            counts.append(TieCount(kind, len(some), attested, max(tie.last_seen_at for tie in some)))
    return tuple(counts)

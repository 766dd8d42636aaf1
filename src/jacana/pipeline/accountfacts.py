"""What is known of an account when it is decided about: facts, findings, and what people have said of them.

Reads only. An account may be known from events alone; nothing is made up for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from jacana.db.engine import Connection
from jacana.decide.store import list_account_decisions, list_decisions
from jacana.detect.findings.store import list_account_findings, list_findings_since, load_account_findings
from jacana.ingest.intake import AccountUnknownError
from jacana.model.account import Account, AccountState
from jacana.model.account_finding import AccountFinding, AccountFindingKind
from jacana.model.action import ActionKind, TargetKind
from jacana.model.decision import AccountDecision, EffectKind, Evaluation
from jacana.model.errors import ThingNotFoundError
from jacana.model.upload import UploadState
from jacana.model.verdict import AccountVerdict
from jacana.pipeline.stages import Stages
from jacana.review.accounts.items import AccountReview

FINDING_DAYS = 30
"""How long something written or done counts; what an account is (shared, tied) counts as long as it stands."""

LASTING_FINDINGS = (AccountFindingKind.VAULT_ACCOUNT, AccountFindingKind.LINKED_ACCOUNT)

INNOCENT = frozenset({AccountVerdict.SHARED, AccountVerdict.CLEARED})
"""Verdicts after which nothing is held against the account for what was on the page."""

SAME_FOR = timedelta(days=90)
SAME_SCORE = 0.1
"""A vault is scored anew every day. So long after a verdict, and up to so much above the score that was on the page, it
is taken to be what the person has judged: how a family shares an account does not change from one day to the next."""

ACCOUNT_STATE = {
    ActionKind.SUSPEND_ACCOUNT: AccountState.SUSPENDED,
    ActionKind.REINSTATE_ACCOUNT: AccountState.ACTIVE,
    ActionKind.BAN_ACCOUNT: AccountState.BANNED,
    ActionKind.UNBAN_ACCOUNT: AccountState.ACTIVE,
}


def load_account(stages: Stages, connection: Connection, account_id: str) -> Account:
    """Return the account with the number of its files that a person confirmed.

    Of one that is known from events alone there is only its id, and what our instructions made of it.
    """
    confirmed = stages.desk.count_confirmed(connection, account_id)
    try:
        return stages.intake.load_account(connection, account_id, confirmed)
    except AccountUnknownError:
        last = stages.enforcement.last_instruction(connection, TargetKind.ACCOUNT, account_id)
        state = ACCOUNT_STATE[last.kind] if last else AccountState.ACTIVE
        return Account(account_id, state=state, confirmed_count=confirmed)


def load_account_decision(connection: Connection, account_id: str, decision_id: str) -> AccountDecision:
    """Return one recorded decision about the account."""
    for found_id, evaluation, _ in list_account_decisions(connection, account_id):
        if found_id == decision_id:
            return AccountDecision(found_id, account_id, evaluation)
    raise ThingNotFoundError(f"no decision {decision_id} on this account")


def list_standing_findings(stages: Stages, connection: Connection, account_id: str) -> tuple[AccountFinding, ...]:
    """Return what the policy is told: findings of the last FINDING_DAYS, lasting ones of any age, none that was
    withdrawn, none that only a term in shadow made.
    """
    since = stages.clock() - timedelta(days=FINDING_DAYS)
    found = list_findings_since(connection, account_id, since, always=LASTING_FINDINGS)
    return tuple(finding for finding in found if not finding.details.get("shadow"))


def find_answer(stages: Stages, connection: Connection, account: Account, finding_ids: Iterable[str]) -> str | None:
    """Return why nothing is to be asked or done about these findings: a person has answered already; else None."""
    if account.state is AccountState.BANNED:
        return "the account is banned"
    wanted = list(finding_ids)
    said = _list_answers(stages, connection, account.id, load_account_findings(connection, wanted))
    if not said or len(said) < len(wanted):
        return None
    last = max(said.values(), key=lambda review: review.decided_at)
    return f"a person has judged all of it: {last.verdict} ({last.id})"


def leave_out_answered(
    stages: Stages, connection: Connection, account_id: str, findings: Sequence[AccountFinding]
) -> tuple[AccountFinding, ...]:
    """Return the findings without those that a person has answered already: they cause nothing again."""
    said = _list_answers(stages, connection, account_id, findings)
    return tuple(finding for finding in findings if finding.id not in said)


def _list_answers(
    stages: Stages, connection: Connection, account_id: str, findings: Sequence[AccountFinding]
) -> dict[str, AccountReview]:
    """Return finding -> the verdict after which nobody is asked about it again."""
    judged = stages.account_desk.list_judged(connection, account_id)
    earlier = load_account_findings(connection, list(judged))
    answers = {finding.id: judged.get(finding.id) or _find_same(judged, earlier, finding) for finding in findings}
    return {
        finding.id: answer
        for finding in findings
        if (answer := answers[finding.id]) is not None and _is_answered(finding, answer)
    }


def _is_answered(finding: AccountFinding, review: AccountReview) -> bool:
    """Whether nobody is to be asked about the finding again. That an account was taken over explains how it is used."""
    explained = review.verdict is AccountVerdict.VICTIM and finding.kind is AccountFindingKind.VAULT_ACCOUNT
    return review.verdict in INNOCENT or explained


def _find_same(
    judged: Mapping[str, AccountReview], others: Sequence[AccountFinding], finding: AccountFinding
) -> AccountReview | None:
    """Return the verdict on an earlier day's finding that said the same of the account, if there is one."""
    if finding.kind is not AccountFindingKind.VAULT_ACCOUNT:
        return None
    for earlier in others:
        review = judged[earlier.id]
        fresh = finding.occurred_at <= review.decided_at + SAME_FOR
        if earlier.kind is finding.kind and fresh and finding.score <= earlier.score + SAME_SCORE:
            return review
    return None


def is_under_suspicion(stages: Stages, connection: Connection, account: Account) -> bool:
    """Whether a reason to suspend the account waits for a person's verdict: a held file, or a finding about it."""
    return _is_file_waiting(stages, connection, account) or _is_finding_waiting(stages, connection, account)


def list_grounds(evaluation: Evaluation, kind: EffectKind) -> set[str]:
    """Return the findings on which the rules fired that an effect of this kind was granted to."""
    rules = {effect.rule for effect in evaluation.effects if effect.kind is kind}
    return {fired.finding_id for fired in evaluation.fired if fired.rule in rules and fired.finding_id}


def _is_file_waiting(stages: Stages, connection: Connection, account: Account) -> bool:
    return any(
        upload.state is UploadState.HELD
        and stages.desk.standing_verdict(connection, upload.digests.sha256) is None
        and any(
            effect.kind is EffectKind.SUSPEND_ACCOUNT
            for _, evaluation, _ in list_decisions(connection, upload.id)
            for effect in evaluation.effects
        )
        for upload in stages.intake.list_uploads_of(connection, account.id)
    )


def _is_finding_waiting(stages: Stages, connection: Connection, account: Account) -> bool:
    grounds: set[str] = set()
    for _, evaluation, _ in list_account_decisions(connection, account.id):
        grounds |= list_grounds(evaluation, EffectKind.SUSPEND_ACCOUNT)
    if not grounds:
        return False
    judged = stages.account_desk.list_judged(connection, account.id)
    standing = {finding.id for finding in list_account_findings(connection, account.id)}
    return bool((grounds & standing) - judged.keys())

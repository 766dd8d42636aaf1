"""Turns effects decided about an account into orders to the network, and takes back what a verdict on it did.

Works without any upload. State and order change in one transaction; nothing lasting without the sealed record.
"""

from datetime import timedelta

from jacana.act.enforcement import Order
from jacana.audit import lock_log
from jacana.db.engine import Connection
from jacana.decide.store import find_account_decision
from jacana.detect.findings.store import list_account_findings, list_findings_since
from jacana.model.account import Account, AccountState
from jacana.model.account_finding import AccountFindingKind
from jacana.model.action import ActionKind, TargetKind
from jacana.model.decision import AccountDecision, Effect, EffectKind, Moment
from jacana.model.fault import fault
from jacana.model.preservation import PreservationReceipt
from jacana.pipeline import accountrecord, enforce, reversal
from jacana.pipeline.accountfacts import SAME_SCORE, load_account, load_account_decision
from jacana.pipeline.stages import Stages
from jacana.review.accounts.items import AccountReview

ORDERED = {
    EffectKind.SUSPEND_ACCOUNT: ActionKind.SUSPEND_ACCOUNT,
    EffectKind.REINSTATE_ACCOUNT: ActionKind.REINSTATE_ACCOUNT,
    EffectKind.BAN_ACCOUNT: ActionKind.BAN_ACCOUNT,
    EffectKind.FORCE_REAUTH: ActionKind.FORCE_REAUTH,
}
"""Effects that are one instruction about the account itself."""

GENTLE = frozenset({EffectKind.SUSPEND_ACCOUNT, EffectKind.FORCE_REAUTH})
"""Effects that destroy nothing, and so need no sealed evidence."""

REAUTH_DAYS = 7
"""Who has proved who they are is not asked again so soon, unless the account is shared more since."""


def hold_account(stages: Stages, account_id: str, decision_id: str) -> None:
    """Order only what destroys nothing: suspend, and sign everybody out."""
    _order_effects(stages, account_id, decision_id, GENTLE)


def act_on_account(stages: Stages, account_id: str, decision_id: str) -> None:
    """Order what one decision about an account asks of the network. Raises PreservationMissingError."""
    _order_effects(stages, account_id, decision_id, frozenset({*ORDERED, EffectKind.BAN_DEVICE}))


def reverse_verdict(stages: Stages, connection: Connection, review: AccountReview, actor: str, reason: str) -> None:
    """Reverse what a verdict on an account did, as far as it still stands."""
    outcome = find_account_decision(connection, review.account_id, Moment.ACCOUNT_VERDICT, review.id)
    if outcome is not None:
        reversal.reverse_caused(stages, connection, outcome[0], actor, reason)


def _order_effects(stages: Stages, account_id: str, decision_id: str, wanted: frozenset[EffectKind]) -> None:
    with stages.db.write() as connection:
        lock_log(connection)  # before any reading: a verdict on this account must not come in between
        decision = load_account_decision(connection, account_id, decision_id)
        if _is_overtaken(stages, connection, decision):
            return
        account = load_account(stages, connection, account_id)
        receipt = accountrecord.find_receipt(stages, connection, decision_id)
        decided_by = _decided_by(stages, connection, decision)
        effects = [effect for effect in decision.evaluation.effects if effect.kind in wanted]
        orders = [
            _make_order(decision, effect, decided_by, receipt)
            for effect in effects
            if effect.kind in ORDERED and _applies(stages, connection, effect, account)
        ]
        orders += enforce.order_devices(
            stages, connection, account_id, decision_id, orders, effects, receipt, decided_by
        )
        enforce.enter_orders(stages, connection, orders)
        fault("act.before_commit")
    fault("act.after_commit")


def _make_order(
    decision: AccountDecision, effect: Effect, decided_by: str, receipt: PreservationReceipt | None
) -> Order:
    return Order(
        kind=ORDERED[effect.kind],
        target_kind=TargetKind.ACCOUNT,
        target_id=decision.account_id,
        account_id=decision.account_id,
        upload_id=None,
        cause=decision.id,
        reason=effect.reason,
        rule=effect.rule,
        decided_by=decided_by,
        receipt=receipt,
    )


def _applies(stages: Stages, connection: Connection, effect: Effect, account: Account) -> bool:
    """Whether the effect would still change anything, and may."""
    if effect.kind is EffectKind.FORCE_REAUTH:
        return account.state is not AccountState.BANNED and not _is_reauth_fresh(stages, connection, account.id)
    return enforce.applies_to_account(stages, connection, effect, account)


def _is_reauth_fresh(stages: Stages, connection: Connection, account_id: str) -> bool:
    """Whether everybody was signed out a short time ago and nothing says that the account is shared more since.

    The same score on the next day says nothing new: it looks back over weeks.
    """
    last = stages.enforcement.last_instruction(connection, TargetKind.ACCOUNT, account_id, ActionKind.FORCE_REAUTH)
    if last is None or last.kind is not ActionKind.FORCE_REAUTH:
        return False
    if stages.clock() - last.created_at >= timedelta(days=REAUTH_DAYS):
        return False
    vault = AccountFindingKind.VAULT_ACCOUNT
    found = [one for one in list_account_findings(connection, account_id) if one.kind is vault]
    later = {one.id for one in list_findings_since(connection, account_id, last.created_at + timedelta(microseconds=1))}
    before = max((one.score for one in found if one.id not in later), default=0.0)
    return all(one.score <= before + SAME_SCORE for one in found if one.id in later)


def _is_overtaken(stages: Stages, connection: Connection, decision: AccountDecision) -> bool:
    """Whether a person has meanwhile judged all that the decision rests on (that verdict acts instead), or has taken
    back the verdict it follows from.
    """
    if decision.evaluation.moment is not Moment.ACCOUNT:
        review = _find_review(stages, connection, decision)
        return review is not None and review.taken_back
    grounds = {fired.finding_id for fired in decision.evaluation.fired if fired.finding_id}
    judged = stages.account_desk.list_judged(connection, decision.account_id)
    return bool(grounds) and grounds <= judged.keys()


def _decided_by(stages: Stages, connection: Connection, decision: AccountDecision) -> str:
    review = _find_review(stages, connection, decision)
    return f"user:{review.user_id}" if review else f"policy:{decision.evaluation.policy_version}"


def _find_review(stages: Stages, connection: Connection, decision: AccountDecision) -> AccountReview | None:
    """Return the person's verdict that a decision follows from; None if it follows from what was found."""
    if decision.evaluation.moment is not Moment.ACCOUNT_VERDICT:
        return None
    for review in stages.account_desk.list_reviews(connection, account_id=decision.account_id):
        outcome = find_account_decision(connection, decision.account_id, Moment.ACCOUNT_VERDICT, review.id)
        if outcome is not None and outcome[0] == decision.id:
            return review
    return None

"""Turns decided effects into orders to the network, and keeps the state of uploads and accounts in step with them.

State and order change in one transaction; nothing leaves before it commits.
"""

from collections.abc import Sequence
from contextlib import suppress

from jacana.act.enforcement import Order
from jacana.audit import lock_log
from jacana.db.engine import Connection
from jacana.decide.store import find_decision
from jacana.ingest.intake import AccountUnknownError
from jacana.model.account import Account, AccountState
from jacana.model.action import DESTRUCTIVE, INVERSE, Action, ActionKind, TargetKind
from jacana.model.decision import Decision, Effect, EffectKind, Moment
from jacana.model.errors import StateConflictError
from jacana.model.fault import fault
from jacana.model.preservation import PreservationReceipt
from jacana.model.upload import Upload, UploadState
from jacana.model.verdict import Verdict
from jacana.pipeline import accountrecord
from jacana.pipeline.accountfacts import ACCOUNT_STATE, is_under_suspicion, load_account
from jacana.pipeline.screening import load_decision
from jacana.pipeline.stages import Stages

ORDERED = {
    EffectKind.HOLD: (ActionKind.HOLD, TargetKind.UPLOAD),
    EffectKind.RELEASE: (ActionKind.RELEASE, TargetKind.UPLOAD),
    EffectKind.REMOVE: (ActionKind.REMOVE, TargetKind.UPLOAD),
    EffectKind.SUSPEND_ACCOUNT: (ActionKind.SUSPEND_ACCOUNT, TargetKind.ACCOUNT),
    EffectKind.REINSTATE_ACCOUNT: (ActionKind.REINSTATE_ACCOUNT, TargetKind.ACCOUNT),
    EffectKind.BAN_ACCOUNT: (ActionKind.BAN_ACCOUNT, TargetKind.ACCOUNT),
    EffectKind.BAN_DEVICE: (ActionKind.BAN_DEVICE, TargetKind.DEVICE),
}

UPLOAD_STATE = {
    ActionKind.HOLD: UploadState.HELD,
    ActionKind.RELEASE: UploadState.RELEASED,
    ActionKind.REMOVE: UploadState.REMOVED,
    ActionKind.RESTORE: UploadState.HELD,
}


class ReleaseRefusedError(StateConflictError):
    """Only a verdict of cleared may show an upload that was held."""

    code = "enforce.release_refused"


def act_on_decision(stages: Stages, upload_id: str, decision_id: str) -> None:
    """Order what one decision asks of the network."""
    _order_effects(stages, upload_id, decision_id, frozenset(ORDERED))


def hold_on_decision(stages: Stages, upload_id: str, decision_id: str) -> None:
    """Order only what hides and destroys nothing, and so needs no sealed evidence: hold and suspend."""
    _order_effects(stages, upload_id, decision_id, frozenset({EffectKind.HOLD, EffectKind.SUSPEND_ACCOUNT}))


def _order_effects(stages: Stages, upload_id: str, decision_id: str, wanted: frozenset[EffectKind]) -> None:
    with stages.db.write() as connection:
        lock_log(connection)  # before any reading: another decision on this account must not come in between
        upload = stages.intake.load_upload(connection, upload_id)
        decision = load_decision(connection, upload, decision_id)
        if _is_overtaken(stages, connection, decision, upload):
            return
        account = load_account(stages, connection, upload.account_id)
        orders = [
            order
            for effect in decision.evaluation.effects
            if effect.kind in wanted and (order := _make_order(stages, connection, decision, effect, upload, account))
        ]
        enter_orders(stages, connection, orders)
        fault("act.before_commit")
    fault("act.after_commit")


def enter_orders(stages: Stages, connection: Connection, orders: Sequence[Order]) -> list[Action]:
    """Enter orders into the ledger and set our state of their targets."""
    actions = stages.enforcement.order(connection, orders)
    for action in actions:
        _follow_state(stages, connection, action)
    return actions


def deliver_action(stages: Stages, action_id: str, attempt: int) -> None:
    """Send one instruction; the outcome, and the next attempt if one is needed, are recorded by the ledger."""
    stages.enforcement.deliver(action_id, attempt)


def reverse_action(stages: Stages, action_id: str, actor: str, reason: str) -> Action:
    """Order the inverse of an action and set the state back.

    Raises ActionAlreadyReversedError, ActionUnknownError, and ReleaseRefusedError: a hold is not reversed but decided.
    """
    with stages.db.write() as connection:
        lock_log(connection)
        action = stages.enforcement.load_action(connection, action_id)
        if INVERSE[action.kind] is ActionKind.RELEASE:
            _require_cleared(stages, connection, action)
        return _reverse(stages, connection, action, actor, reason)


def reverse_outcome(
    stages: Stages, connection: Connection, upload_id: str, review_decision_id: str, actor: str, reason: str
) -> None:
    """Reverse what a verdict did to one upload and its owner, as far as it still stands."""
    outcome = find_decision(connection, upload_id, Moment.VERDICT, review_decision_id)
    if outcome is not None:
        reverse_caused(stages, connection, outcome[0], actor, reason)


def reverse_caused(stages: Stages, connection: Connection, decision_id: str, actor: str, reason: str) -> None:
    """Reverse what one decision ordered, as far as no later instruction stands instead."""
    for action in stages.enforcement.list_actions(connection, cause=decision_id):
        last = stages.enforcement.last_instruction(connection, action.target_kind, action.target_id, action.kind)
        if last is not None and last.id == action.id:
            _reverse(stages, connection, action, actor, reason)


def _reverse(stages: Stages, connection: Connection, action: Action, actor: str, reason: str) -> Action:
    receipt = None
    if INVERSE[action.kind] in DESTRUCTIVE:
        receipt = _find_receipt(stages, connection, action)
    reversal = stages.enforcement.reverse(connection, action.id, actor, reason, receipt)
    _follow_state(stages, connection, action)
    return reversal


def _find_receipt(stages: Stages, connection: Connection, action: Action) -> PreservationReceipt | None:
    """Return the receipt of what the action rests on: its upload, or the record of its account."""
    if action.upload_id is None:
        return accountrecord.find_newest_receipt(stages, connection, action.account_id)
    upload = stages.intake.load_upload(connection, action.upload_id)
    return stages.vault.find_receipt(connection, upload.digests.sha256)


def _make_order(
    stages: Stages, connection: Connection, decision: Decision, effect: Effect, upload: Upload, account: Account
) -> Order | None:
    if effect.kind not in ORDERED or not _applies(stages, connection, effect, upload, account):
        return None
    kind, target_kind = ORDERED[effect.kind]
    target = {
        TargetKind.UPLOAD: upload.network_id,
        TargetKind.ACCOUNT: upload.account_id,
        TargetKind.DEVICE: upload.device_key or "",
    }[target_kind]
    return Order(
        kind=kind,
        target_kind=target_kind,
        target_id=target,
        account_id=upload.account_id,
        upload_id=upload.id,
        cause=decision.id,
        reason=effect.reason,
        rule=effect.rule,
        decided_by=_decided_by(stages, connection, decision, upload),
        receipt=(receipt := stages.vault.find_receipt(connection, upload.digests.sha256)),
        wants_bytes=kind is ActionKind.HOLD
        and receipt is None
        and stages.intake.spool_path(connection, upload.id) is None,
    )


def _applies(stages: Stages, connection: Connection, effect: Effect, upload: Upload, account: Account) -> bool:
    """Whether the effect would still change anything, and may."""
    if effect.kind is EffectKind.BAN_DEVICE:
        return upload.device_key is not None
    return applies_to_account(stages, connection, effect, account)


def applies_to_account(stages: Stages, connection: Connection, effect: Effect, account: Account) -> bool:
    """Whether an effect on where an account stands would still change anything, and may; true of any other effect."""
    if effect.kind is EffectKind.SUSPEND_ACCOUNT:
        return account.state is AccountState.ACTIVE
    if effect.kind is EffectKind.BAN_ACCOUNT:
        return account.state is not AccountState.BANNED
    if effect.kind is EffectKind.REINSTATE_ACCOUNT:
        innocent = not account.confirmed_count and not is_under_suspicion(stages, connection, account)
        return account.state is AccountState.SUSPENDED and innocent
    return True


def _is_overtaken(stages: Stages, connection: Connection, decision: Decision, upload: Upload) -> bool:
    """Whether a person has meanwhile said of these bytes what screening could not know; that verdict acts instead."""
    if decision.evaluation.moment is not Moment.UPLOAD:
        return False
    standing = stages.desk.standing_verdict(connection, upload.digests.sha256)
    return standing is not None and standing.verdict is not Verdict.CLEARED


def _require_cleared(stages: Stages, connection: Connection, action: Action) -> None:
    upload = stages.intake.load_upload(connection, action.upload_id or "")
    standing = stages.desk.standing_verdict(connection, upload.digests.sha256)
    media = stages.screener.load_facts(connection, upload.digests.sha256)
    if standing is None or standing.verdict is not Verdict.CLEARED or media is None or not media.readable:
        raise ReleaseRefusedError("a held upload is shown by deciding its case, not by reversing the hold")


def _decided_by(stages: Stages, connection: Connection, decision: Decision, upload: Upload) -> str:
    if decision.evaluation.moment is Moment.VERDICT:
        standing = stages.desk.standing_verdict(connection, upload.digests.sha256)
        if standing:
            return f"user:{standing.user_id}"
    return f"policy:{decision.evaluation.policy_version}"


def _follow_state(stages: Stages, connection: Connection, action: Action) -> None:
    """Set our state of the action's target to what the last instruction that stands says; to the start if none does."""
    last = stages.enforcement.last_instruction(connection, action.target_kind, action.target_id)
    if action.target_kind is TargetKind.UPLOAD and action.upload_id:
        upload_state = UPLOAD_STATE[last.kind] if last else UploadState.RECEIVED
        stages.intake.set_upload_state(connection, action.upload_id, upload_state)
    if action.target_kind is TargetKind.ACCOUNT:
        account_state = ACCOUNT_STATE[last.kind] if last else AccountState.ACTIVE
        with suppress(AccountUnknownError):  # known from events alone: the ledger is what remembers where it stands
            stages.intake.set_account_state(connection, action.account_id, account_state)

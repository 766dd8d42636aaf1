"""Turns decided effects into orders to the network, and keeps the state of uploads and accounts in step with them.

State and order change in one transaction; nothing leaves before it commits.
"""

from collections.abc import Sequence

from jacana.act.enforcement import Order
from jacana.audit import lock_log
from jacana.db.engine import Connection
from jacana.model.account import Account, AccountState
from jacana.model.action import Action, ActionKind, TargetKind
from jacana.model.decision import Decision, Effect, EffectKind, Moment
from jacana.model.fault import fault
from jacana.model.preservation import PreservationReceipt
from jacana.model.upload import Upload, UploadState
from jacana.model.verdict import Verdict
from jacana.pipeline import banning
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
}
"""Effects that are one instruction each. Devices are banned in the tier that their evidence allows: `banning`."""

UPLOAD_STATE = {
    ActionKind.HOLD: UploadState.HELD,
    ActionKind.RELEASE: UploadState.RELEASED,
    ActionKind.REMOVE: UploadState.REMOVED,
    ActionKind.RESTORE: UploadState.HELD,
}


def act_on_decision(stages: Stages, upload_id: str, decision_id: str) -> None:
    """Order what one decision asks of the network."""
    _order_effects(stages, upload_id, decision_id, frozenset({*ORDERED, EffectKind.BAN_DEVICE}))


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
        effects = [effect for effect in decision.evaluation.effects if effect.kind in wanted]
        orders = [
            order for effect in effects if (order := _make_order(stages, connection, decision, effect, upload, account))
        ]
        decided_by = _decided_by(stages, connection, decision, upload)
        receipt = stages.vault.find_receipt(connection, upload.digests.sha256)
        orders += order_devices(stages, connection, account.id, decision.id, orders, effects, receipt, decided_by)
        enter_orders(stages, connection, orders)
        fault("act.before_commit")
    fault("act.after_commit")


def order_devices(
    stages: Stages,
    connection: Connection,
    account_id: str,
    cause: str,
    orders: Sequence[Order],
    effects: Sequence[Effect],
    receipt: PreservationReceipt | None,
    decided_by: str,
) -> list[Order]:
    """Return the orders against the devices of an account: when it is banned, or a rule asks for its devices."""
    reasons = [order.reason for order in orders if order.kind is ActionKind.BAN_ACCOUNT]
    reasons += [effect.reason for effect in effects if effect.kind is EffectKind.BAN_DEVICE]
    if not reasons:
        return []
    return banning.ban_devices(stages, connection, account_id, cause, reasons[0], receipt, decided_by)


def enter_orders(stages: Stages, connection: Connection, orders: Sequence[Order]) -> list[Action]:
    """Enter orders into the ledger and set our state of their targets."""
    actions = stages.enforcement.order(connection, orders)
    for action in actions:
        follow_state(stages, connection, action)
    return actions


def deliver_action(stages: Stages, action_id: str, attempt: int) -> None:
    """Send one instruction; the outcome, and the next attempt if one is needed, are recorded by the ledger."""
    stages.enforcement.deliver(action_id, attempt)


def _make_order(
    stages: Stages, connection: Connection, decision: Decision, effect: Effect, upload: Upload, account: Account
) -> Order | None:
    if effect.kind not in ORDERED or not applies_to_account(stages, connection, effect, account):
        return None
    kind, target_kind = ORDERED[effect.kind]
    target = upload.network_id if target_kind is TargetKind.UPLOAD else upload.account_id
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
    """Whether a person has meanwhile said of these bytes what screening could not know (that verdict acts instead), or
    has taken back the verdict that the decision follows from.
    """
    standing = stages.desk.standing_verdict(connection, upload.digests.sha256)
    if decision.evaluation.moment is not Moment.UPLOAD:
        return standing is None
    return standing is not None and standing.verdict is not Verdict.CLEARED


def _decided_by(stages: Stages, connection: Connection, decision: Decision, upload: Upload) -> str:
    if decision.evaluation.moment is Moment.VERDICT:
        standing = stages.desk.standing_verdict(connection, upload.digests.sha256)
        if standing:
            return f"user:{standing.user_id}"
    return f"policy:{decision.evaluation.policy_version}"


def follow_state(stages: Stages, connection: Connection, action: Action) -> None:
    """Set our state of the action's target to what the last instruction that stands says; to the start if none does."""
    last = stages.enforcement.last_instruction(connection, action.target_kind, action.target_id)
    if action.target_kind is TargetKind.UPLOAD and action.upload_id:
        upload_state = UPLOAD_STATE[last.kind] if last else UploadState.RECEIVED
        stages.intake.set_upload_state(connection, action.upload_id, upload_state)
    if action.target_kind is TargetKind.ACCOUNT:
        account_state = ACCOUNT_STATE[last.kind] if last else AccountState.ACTIVE
        stages.intake.set_account_state(connection, action.account_id, account_state)

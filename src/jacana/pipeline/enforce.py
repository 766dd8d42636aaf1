"""Turns decided effects into orders to the network, and keeps the state of uploads and accounts in step with them.

State and order change in one transaction; nothing leaves before it commits.
"""

from jacana.act.enforcement import Order
from jacana.audit import lock_log
from jacana.db.engine import Connection
from jacana.decide.store import find_decision, list_decisions
from jacana.model.account import Account, AccountState
from jacana.model.action import DESTRUCTIVE, INVERSE, Action, ActionKind, TargetKind
from jacana.model.decision import Decision, Effect, EffectKind, Moment
from jacana.model.errors import StateConflictError
from jacana.model.fault import fault
from jacana.model.upload import Upload, UploadState
from jacana.model.verdict import Verdict
from jacana.pipeline.screening import load_account, load_decision
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

ACCOUNT_STATE = {
    ActionKind.SUSPEND_ACCOUNT: AccountState.SUSPENDED,
    ActionKind.REINSTATE_ACCOUNT: AccountState.ACTIVE,
    ActionKind.BAN_ACCOUNT: AccountState.BANNED,
    ActionKind.UNBAN_ACCOUNT: AccountState.ACTIVE,
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
        for action in stages.enforcement.order(connection, orders):
            _follow_state(stages, connection, action)
        fault("act.before_commit")
    fault("act.after_commit")


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
    for action in stages.enforcement.list_actions(connection, cause=outcome[0]) if outcome else ():
        last = stages.enforcement.last_instruction(connection, action.target_kind, action.target_id)
        if last is not None and last.id == action.id:
            _reverse(stages, connection, action, actor, reason)


def _reverse(stages: Stages, connection: Connection, action: Action, actor: str, reason: str) -> Action:
    receipt = None
    if action.upload_id and INVERSE[action.kind] in DESTRUCTIVE:
        upload = stages.intake.load_upload(connection, action.upload_id)
        receipt = stages.vault.find_receipt(connection, upload.digests.sha256)
    reversal = stages.enforcement.reverse(connection, action.id, actor, reason, receipt)
    _follow_state(stages, connection, action)
    return reversal


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
    if effect.kind is EffectKind.SUSPEND_ACCOUNT:
        return account.state is AccountState.ACTIVE
    if effect.kind is EffectKind.BAN_ACCOUNT:
        return account.state is not AccountState.BANNED
    if effect.kind is EffectKind.REINSTATE_ACCOUNT:
        innocent = not account.confirmed_count and not _is_under_suspicion(stages, connection, account)
        return account.state is AccountState.SUSPENDED and innocent
    return True


def _is_under_suspicion(stages: Stages, connection: Connection, account: Account) -> bool:
    """Whether a held file of this account was a reason to suspend it and no verdict stands on that file yet."""
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
        stages.intake.set_account_state(connection, action.account_id, account_state)

"""Takes back what was ordered: one action, or all that a decision led to. Lifting a ban lifts everything it caused.

State, orders and audit entries change in one transaction. A hold is never reversed here: its case is decided.
"""

from collections.abc import Collection, Iterator

from jacana.act.enforcement import Order
from jacana.act.order import ActionAlreadyReversedError
from jacana.audit import lock_log
from jacana.db.engine import Connection
from jacana.decide.store import find_account_decision, find_decision, list_account_decisions
from jacana.detect.findings.store import list_withdrawn
from jacana.model.action import DESTRUCTIVE, INVERSE, Action, ActionKind, TargetKind
from jacana.model.decision import EffectKind, Evaluation, Moment
from jacana.model.errors import StateConflictError
from jacana.model.preservation import PreservationReceipt
from jacana.model.verdict import Verdict
from jacana.pipeline import accountrecord, banning, enforce
from jacana.pipeline.stages import Stages

LIFTED_WITH_BAN = frozenset({ActionKind.FORCE_REAUTH})
"""What the decision that banned an account ordered besides, and what goes when the ban does."""

MACHINE_MADE = frozenset({ActionKind.SUSPEND_ACCOUNT, ActionKind.FORCE_REAUTH})
"""What is done about an account on findings alone, and what falls when all of these lose their ground."""


class ReleaseRefusedError(StateConflictError):
    """Only a verdict of cleared may show an upload that was held."""

    code = "enforce.release_refused"


def reverse_action(stages: Stages, action_id: str, actor: str, reason: str) -> Action:
    """Order the inverse of an action and set the state back. With the ban of an account goes everything it caused.

    Raises ActionAlreadyReversedError, ActionUnknownError, and ReleaseRefusedError: a hold is not reversed but decided.
    """
    with stages.db.write() as connection:
        lock_log(connection)
        action = stages.enforcement.load_action(connection, action_id)
        if INVERSE[action.kind] is ActionKind.RELEASE:
            _require_cleared(stages, connection, action)
        if action.kind is ActionKind.BAN_DEVICE and action.tier is not None:
            return _lift_device(stages, connection, action, actor, reason)
        if action.kind is ActionKind.BAN_ACCOUNT:
            return reverse_account_ban(stages, connection, action, actor, reason)
        return _reverse(stages, connection, action, actor, reason)


def reverse_account_ban(stages: Stages, connection: Connection, action: Action, actor: str, reason: str) -> Action:
    """Reverse the ban of an account, and everything it caused. Raises ActionAlreadyReversedError."""
    reversal = _reverse(stages, connection, action, actor, reason)
    _reverse_standing(stages, connection, action.cause, LIFTED_WITH_BAN, actor, reason)
    _lift_caused(stages, connection, action.cause, actor, reason)
    return reversal


def lift_device_ban(
    stages: Stages, connection: Connection, ban_id: str, actor: str, reason: str
) -> tuple[banning.Lifted, list[Action]]:
    """Lift one ban of a device with what rests on it; return that and what the network is told.

    Raises BanUnknownError, BanEndedError.
    """
    lifted = banning.lift_ban(stages, connection, ban_id, actor, reason)
    told = enforce.enter_orders(stages, connection, lifted.orders)
    lift_ungrounded(stages, connection, ban_id, actor, reason)
    return lifted, told


def reverse_outcome(
    stages: Stages, connection: Connection, upload_id: str, review_decision_id: str, actor: str, reason: str
) -> None:
    """Reverse what a verdict did to one upload and its owner, as far as it still stands."""
    outcome = find_decision(connection, upload_id, Moment.VERDICT, review_decision_id)
    if outcome is not None:
        reverse_caused(stages, connection, outcome[0], actor, reason)


def reverse_caused(stages: Stages, connection: Connection, decision_id: str, actor: str, reason: str) -> None:
    """Reverse what one decision ordered, as far as no later instruction stands instead, and what its bans caused.

    An account that another standing verdict bans, too, is banned on that one from now on.
    """
    _reverse_standing(stages, connection, decision_id, frozenset(ActionKind), actor, reason)
    _lift_caused(stages, connection, decision_id, actor, reason)
    for action in stages.enforcement.list_actions(connection, cause=decision_id):
        if action.kind is ActionKind.BAN_ACCOUNT:
            _ban_on_another_verdict(stages, connection, action.account_id)


def _reverse_standing(
    stages: Stages, connection: Connection, cause: str, kinds: Collection[ActionKind], actor: str, reason: str
) -> None:
    for action in stages.enforcement.list_actions(connection, cause=cause):
        if action.kind not in kinds or (action.kind is ActionKind.BAN_DEVICE and action.tier is not None):
            continue  # a ban in a tier is lifted with its cause, which knows what else speaks against the device
        last = stages.enforcement.last_instruction(connection, action.target_kind, action.target_id, action.kind)
        if last is not None and last.id == action.id:
            _reverse(stages, connection, action, actor, reason)


def _reverse(stages: Stages, connection: Connection, action: Action, actor: str, reason: str) -> Action:
    receipt = _find_receipt(stages, connection, action) if INVERSE[action.kind] in DESTRUCTIVE else None
    reversal = stages.enforcement.reverse(connection, action.id, actor, reason, receipt)
    enforce.follow_state(stages, connection, action)
    return reversal


def _lift_caused(stages: Stages, connection: Connection, cause: str, actor: str, reason: str) -> None:
    """Lift the bans of devices that a decision led to, and what was done about others on the ground of its ban."""
    lifted = banning.lift_caused(stages, connection, cause, actor, reason)
    enforce.enter_orders(stages, connection, lifted.orders)
    lift_ungrounded(stages, connection, cause, actor, reason)


def _ban_on_another_verdict(stages: Stages, connection: Connection, account_id: str) -> None:
    """Order what a standing verdict asks for that found the account banned already; nothing if there is none."""
    for decision_id, evaluation, decided_by, receipt in _list_verdicts(stages, connection, account_id):
        effect = next((one for one in evaluation.effects if one.kind is EffectKind.BAN_ACCOUNT), None)
        if effect is None or receipt is None:
            continue
        order = Order(
            kind=ActionKind.BAN_ACCOUNT,
            target_kind=TargetKind.ACCOUNT,
            target_id=account_id,
            account_id=account_id,
            upload_id=None,
            cause=decision_id,
            reason=effect.reason,
            rule=effect.rule,
            decided_by=decided_by,
            receipt=receipt,
        )
        devices = enforce.order_devices(stages, connection, account_id, decision_id, [order], (), receipt, decided_by)
        enforce.enter_orders(stages, connection, [order, *devices])
        return


def _list_verdicts(
    stages: Stages, connection: Connection, account_id: str
) -> Iterator[tuple[str, Evaluation, str, PreservationReceipt | None]]:
    """Yield (decision, what it asks for, who gave the verdict, receipt) of every standing verdict on an account and on
    its files.
    """
    for review in stages.account_desk.list_reviews(connection, account_id=account_id):
        found = find_account_decision(connection, account_id, Moment.ACCOUNT_VERDICT, review.id)
        if review.stands and found is not None:
            receipt = accountrecord.find_receipt(stages, connection, found[0])
            yield found[0], found[1], f"user:{review.user_id}", receipt
    for upload in stages.intake.list_uploads_of(connection, account_id):
        standing = stages.desk.standing_verdict(connection, upload.digests.sha256)
        found = find_decision(connection, upload.id, Moment.VERDICT, standing.id) if standing else None
        if standing is not None and found is not None:
            receipt = stages.vault.find_receipt(connection, upload.digests.sha256)
            yield found[0], found[1], f"user:{standing.user_id}", receipt


def _lift_device(stages: Stages, connection: Connection, action: Action, actor: str, reason: str) -> Action:
    """Lift the ban behind one instruction; return what the network is told, or `action` if another ban asks the same.

    Raises ActionAlreadyReversedError if no such ban stands any more.
    """
    standing = stages.bans.list_standing(connection, {action.target_id})
    own = next((ban for ban in standing if ban.cause == action.cause), None)
    if own is None:
        raise ActionAlreadyReversedError(f"the ban that action {action.id} told of does not stand any more")
    _, told = lift_device_ban(stages, connection, own.id, actor, reason)
    return next((order for order in told if order.target_id == action.target_id), action)


def lift_ungrounded(stages: Stages, connection: Connection, because: str, actor: str, reason: str) -> None:
    """Reverse what was done about accounts on findings alone that were all withdrawn `because` of this."""
    withdrawn = list_withdrawn(connection, because)
    for account_id in sorted({finding.account_id for finding in withdrawn}):
        gone = {finding.id for finding in withdrawn if finding.account_id == account_id}
        for decision_id, evaluation, _ in list_account_decisions(connection, account_id):
            if evaluation.moment is Moment.ACCOUNT and _rests_on(evaluation, gone):
                _reverse_standing(stages, connection, decision_id, MACHINE_MADE, actor, reason)


def _rests_on(evaluation: Evaluation, finding_ids: Collection[str]) -> bool:
    """Whether every rule that got something done fired on these findings alone."""
    asking = {effect.rule for effect in evaluation.effects if effect.kind.value in MACHINE_MADE}
    grounds = [fired.finding_id for fired in evaluation.fired if fired.rule in asking]
    return bool(grounds) and all(ground in finding_ids for ground in grounds)


def _find_receipt(stages: Stages, connection: Connection, action: Action) -> PreservationReceipt | None:
    """Return the receipt of what the action rests on: its upload, or the record of its account."""
    if action.upload_id is None:
        return accountrecord.find_newest_receipt(stages, connection, action.account_id)
    upload = stages.intake.load_upload(connection, action.upload_id)
    return stages.vault.find_receipt(connection, upload.digests.sha256)


def _require_cleared(stages: Stages, connection: Connection, action: Action) -> None:
    upload = stages.intake.load_upload(connection, action.upload_id or "")
    standing = stages.desk.standing_verdict(connection, upload.digests.sha256)
    media = stages.screener.load_facts(connection, upload.digests.sha256)
    if standing is None or standing.verdict is not Verdict.CLEARED or media is None or not media.readable:
        raise ReleaseRefusedError("a held upload is shown by deciding its case, not by reversing the hold")

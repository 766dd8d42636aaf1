"""Entries of the enforcement ledger and whose turn it is, inside the caller's transaction.

Of one target at most one instruction is on its way at a time, the oldest pending one: only that has an outbox row. A
later order makes an earlier one that is unsent or dead moot, because every instruction sets its target's state
outright. Forced re-authentication is a state of its own: it neither overtakes a suspension nor waits for one. Callers
hold the audit log's lock (`lock_log`), so what is read here still holds when it is written.
"""

from datetime import datetime

from jacana.act import store
from jacana.audit import AuditEntry, append_entry
from jacana.db.engine import Connection
from jacana.db.outbox import cancel_work, promise_work
from jacana.model.action import Action, ActionState

TOPIC = "deliver_action"


def enter_turn(connection: Connection, action: Action, now: datetime) -> Action:
    """Supersede what is unsettled before `action` on its target; promise its delivery as soon as its turn comes."""
    for earlier in _list_before(connection, action, ActionState.DEAD):
        store.update_action(connection, earlier.id, superseded_by=earlier.superseded_by or action.id)
    for earlier in _list_before(connection, action, ActionState.PENDING):
        in_flight, _allowed = store.load_delivery(connection, earlier.id)
        store.update_action(connection, earlier.id, superseded_by=action.id)
        if not in_flight:
            cancel_action(connection, earlier, now, superseded_by=action.id)
    promise_next(connection, action, now)
    return store.load_action(connection, action.id)


def find_blocking(connection: Connection, action: Action) -> Action | None:
    """Return the oldest action on the same target that must be settled before `action` may be sent."""
    return next(iter(_list_before(connection, action, ActionState.PENDING)), None)


def promise_next(connection: Connection, settled: Action, now: datetime) -> None:
    """Promise delivery of the oldest pending action on the target; one already promised is left alone."""
    for action in store.list_rival_actions(connection, settled):
        if action.state is ActionState.PENDING:
            promise_attempt(connection, action, now)
            return


def promise_attempt(connection: Connection, action: Action, not_before: datetime) -> None:
    """Promise the attempt after those recorded on `action`."""
    attempt = action.attempts + 1
    outbox_id = store.name_outbox(action.id, attempt)
    payload = {"action_id": action.id, "attempt": attempt}
    if promise_work(connection, id=outbox_id, topic=TOPIC, payload=payload, not_before=not_before):
        store.update_action(connection, action.id, outbox_id=outbox_id)


def cancel_action(connection: Connection, action: Action, now: datetime, *, superseded_by: str | None = None) -> Action:
    """Take a pending action back, and its outbox row if that has not started; record whether it may have arrived."""
    in_flight, _allowed = store.load_delivery(connection, action.id)
    cancel_work(connection, store.name_outbox(action.id, action.attempts + 1), now)
    cancelled = store.update_action(connection, action.id, state=ActionState.CANCELLED, sending_since=None)
    details: dict[str, object] = {"attempts": action.attempts, "may_have_arrived": in_flight or action.attempts > 0}
    if superseded_by:
        details["superseded_by"] = superseded_by
    note(connection, now, "system", "action.cancelled", action, details)
    return cancelled


def note(
    connection: Connection, now: datetime, actor: str, verb: str, action: Action, details: dict[str, object]
) -> None:
    """Append the audit entry of a change of one action."""
    append_entry(
        connection,
        AuditEntry(now, actor, verb, action.id, {"kind": action.kind.value, "target": action.target_id, **details}),
    )


def _list_before(connection: Connection, action: Action, state: ActionState) -> list[Action]:
    return [
        other
        for other in store.list_rival_actions(connection, action)
        if other.state is state and other.sequence < action.sequence
    ]

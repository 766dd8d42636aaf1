"""SQL of the enforcement ledger. Every function works inside the caller's transaction."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from jacana.act.order import ActionUnknownError, Order, list_rivals
from jacana.db.engine import Connection
from jacana.db.tables.act import act_actions, act_attempts
from jacana.model.action import Action, ActionKind, ActionState, TargetKind


def find_ordered(connection: Connection, dedupe_key: str) -> Action | None:
    """Return the action that an equal order made before."""
    row = connection.execute(sa.select(act_actions).where(act_actions.c.dedupe_key == dedupe_key)).first()
    return _read(row) if row else None


def insert_action(
    connection: Connection,
    id: str,
    order: Order,
    *,
    dedupe_key: str,
    attempts_allowed: int,
    now: datetime,
    reverses: str | None,
) -> Action:
    """Add a pending action as the last of its target and return it."""
    last = connection.scalar(
        sa.select(sa.func.max(act_actions.c.sequence)).where(
            act_actions.c.target_kind == order.target_kind, act_actions.c.target_id == order.target_id
        )
    )
    connection.execute(
        act_actions.insert().values(
            id=id,
            dedupe_key=dedupe_key,
            kind=order.kind,
            target_kind=order.target_kind,
            target_id=order.target_id,
            account_id=order.account_id,
            upload_id=order.upload_id,
            cause=order.cause,
            reason=order.reason,
            rule=order.rule,
            decided_by=order.decided_by,
            state=ActionState.PENDING,
            outbox_id=name_outbox(id, 1),
            attempts=0,
            created_at=now,
            reverses=reverses,
            sequence=(last or 0) + 1,
            receipt_hold_id=order.receipt.hold_id if order.receipt else None,
            attempts_allowed=attempts_allowed,
            wants_bytes=order.wants_bytes,
            tier=order.tier,
        )
    )
    return load_action(connection, id)


def name_outbox(action_id: str, attempt: int) -> str:
    """Return the outbox id of one attempt; the workflow engine runs each id at most once in effect."""
    return f"{action_id}.{attempt}"


def load_action(connection: Connection, action_id: str) -> Action:
    """Return one action. Raises ActionUnknownError."""
    row = connection.execute(sa.select(act_actions).where(act_actions.c.id == action_id)).first()
    if row is None:
        raise ActionUnknownError(f"there is no action {action_id}")
    return _read(row)


def update_action(connection: Connection, action_id: str, **values: Any) -> Action:
    """Change columns of one action and return it as it is now."""
    connection.execute(act_actions.update().where(act_actions.c.id == action_id).values(**values))
    return load_action(connection, action_id)


def load_delivery(connection: Connection, action_id: str) -> tuple[bool, int]:
    """Return whether the network may be hearing of this action right now, and how many attempts it is allowed."""
    row = connection.execute(
        sa.select(act_actions.c.sending_since, act_actions.c.attempts_allowed).where(act_actions.c.id == action_id)
    ).one()
    return row.sending_since is not None, row.attempts_allowed


def list_target(connection: Connection, target_kind: TargetKind, target_id: str, like: ActionKind) -> list[Action]:
    """Return every action on one target that says the same thing of it as `like` would, in order."""
    found = _list(
        connection,
        act_actions.c.target_kind == target_kind,
        act_actions.c.target_id == target_id,
        act_actions.c.kind.in_(sorted(list_rivals(like))),
    )
    return sorted(found, key=lambda other: other.sequence)


def list_rival_actions(connection: Connection, action: Action) -> list[Action]:
    """Return every action that says the same thing of the same target as this one, itself included, in order."""
    return list_target(connection, action.target_kind, action.target_id, action.kind)


def list_by(
    connection: Connection, *, upload_id: str | None = None, account_id: str | None = None, cause: str | None = None
) -> list[Action]:
    """Return actions, oldest first, that match all the given values."""
    wanted = {"upload_id": upload_id, "account_id": account_id, "cause": cause}
    return _list(connection, *(act_actions.c[name] == value for name, value in wanted.items() if value is not None))


def list_in_state(connection: Connection, state: ActionState) -> list[Action]:
    """Return actions in one state, oldest first."""
    return _list(connection, act_actions.c.state == state)


def is_reversed(connection: Connection, action_id: str) -> bool:
    """Return whether a reversal of this action was ordered and not cancelled."""
    query = sa.select(act_actions.c.id).where(
        act_actions.c.reverses == action_id, act_actions.c.state != ActionState.CANCELLED
    )
    return connection.execute(query).first() is not None


def has_superseded(connection: Connection, action_id: str) -> bool:
    """Return whether this action took the place of one that was then never delivered."""
    query = sa.select(act_actions.c.id).where(act_actions.c.superseded_by == action_id)
    return connection.execute(query).first() is not None


def record_attempt(
    connection: Connection, action_id: str, attempt: int, at: datetime, status: int | None, problem: str | None
) -> None:
    """Add what came of one attempt."""
    connection.execute(
        act_attempts.insert().values(action_id=action_id, attempt=attempt, at=at, status=status, problem=problem)
    )


def list_attempts(connection: Connection, action_id: str) -> list[tuple[int, datetime, int | None, str | None]]:
    """Return (attempt, at, status, problem) in order."""
    columns = (act_attempts.c.attempt, act_attempts.c.at, act_attempts.c.status, act_attempts.c.problem)
    query = sa.select(*columns).where(act_attempts.c.action_id == action_id).order_by(act_attempts.c.attempt)
    return [(row.attempt, row.at, row.status, row.problem) for row in connection.execute(query)]


def _list(connection: Connection, *conditions: sa.ColumnElement[bool]) -> list[Action]:
    query = sa.select(act_actions).where(*conditions)
    query = query.order_by(act_actions.c.created_at, act_actions.c.sequence, act_actions.c.id)
    return [_read(row) for row in connection.execute(query)]


def _read(row: sa.Row[Any]) -> Action:
    return Action(
        id=row.id,
        kind=ActionKind(row.kind),
        target_kind=TargetKind(row.target_kind),
        target_id=row.target_id,
        account_id=row.account_id,
        upload_id=row.upload_id,
        reason=row.reason,
        rule=row.rule,
        decided_by=row.decided_by,
        state=ActionState(row.state),
        created_at=row.created_at,
        attempts=row.attempts,
        delivered_at=row.delivered_at,
        answer_status=row.answer_status,
        answer_excerpt=row.answer_excerpt,
        reverses=row.reverses,
        cause=row.cause,
        sequence=row.sequence,
        superseded_by=row.superseded_by,
        receipt_hold_id=row.receipt_hold_id,
        wants_bytes=row.wants_bytes,
        tier=row.tier,
    )

"""SQL of device bans and appeals. Every function works inside the caller's transaction; writers hold `lock_log`."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from jacana.db.engine import Connection
from jacana.db.tables.act import act_actions
from jacana.db.tables.act_bans import act_appeals, act_device_bans
from jacana.model.action import ActionKind, ActionState
from jacana.model.ban import Appeal, AppealState, BanState, DeviceBan, DeviceTier

_AT_ONCE = 500


# Bans


def insert_ban(connection: Connection, ban: DeviceBan) -> None:
    """Add a ban."""
    connection.execute(
        act_device_bans.insert().values(
            id=ban.id,
            device_key=ban.device_key,
            tier=int(ban.tier),
            account_id=ban.account_id,
            cause=ban.cause,
            reason=ban.reason,
            placed_at=ban.placed_at,
            expires_at=ban.expires_at,
            state=ban.state.value,
            placed_key=ban.placed_key,
            decided_by=ban.decided_by,
            evidence=ban.evidence,
            sequence=last_sequence(connection) + 1,
        )
    )


def update_ban(connection: Connection, ban_id: str, **values: Any) -> None:
    """Change columns of a ban and give it the next sequence."""
    query = act_device_bans.update().where(act_device_bans.c.id == ban_id)
    connection.execute(query.values(sequence=last_sequence(connection) + 1, **values))


def last_sequence(connection: Connection) -> int:
    """Return the number of the newest change; 0 if there is none."""
    return connection.scalar(sa.select(sa.func.max(act_device_bans.c.sequence))) or 0


def find_ban(connection: Connection, ban_id: str) -> DeviceBan | None:
    """Return one ban."""
    row = connection.execute(sa.select(act_device_bans).where(act_device_bans.c.id == ban_id)).first()
    return _read_ban(row) if row else None


def find_placed(connection: Connection, device_key: str, cause: str) -> DeviceBan | None:
    """Return the ban of a device that this cause placed, whatever its state."""
    table = act_device_bans
    query = sa.select(table).where(table.c.device_key == device_key, table.c.cause == cause)
    row = connection.execute(query).first()
    return _read_ban(row) if row else None


def list_by(
    connection: Connection,
    *,
    cause: str | None = None,
    account_id: str | None = None,
    state: BanState | None = None,
    limit: int = 1000,
) -> list[DeviceBan]:
    """Return bans that match all the given values, newest first."""
    table = act_device_bans
    wanted = {"cause": cause, "account_id": account_id, "state": state.value if state else None}
    query = sa.select(table).where(*(table.c[name] == value for name, value in wanted.items() if value is not None))
    query = query.order_by(table.c.placed_at.desc(), table.c.id.desc()).limit(limit)
    return [_read_ban(row) for row in connection.execute(query)]


def list_standing(connection: Connection, device_keys: Collection[str], now: datetime) -> list[DeviceBan]:
    """Return the bans that stand on any of these devices, the hardest first."""
    table = act_device_bans
    found: list[DeviceBan] = []
    keys = sorted(set(device_keys))
    for start in range(0, len(keys), _AT_ONCE):
        query = sa.select(table).where(
            table.c.device_key.in_(keys[start : start + _AT_ONCE]),
            table.c.state == BanState.STANDING.value,
            table.c.expires_at > now,
        )
        found += [_read_ban(row) for row in connection.execute(query)]
    return sorted(found, key=lambda ban: (-ban.tier, ban.placed_at, ban.id))


def list_run_out(connection: Connection, now: datetime, limit: int) -> list[DeviceBan]:
    """Return standing bans whose time is over, the oldest first."""
    table = act_device_bans
    query = sa.select(table).where(table.c.state == BanState.STANDING.value, table.c.expires_at <= now)
    query = query.order_by(table.c.expires_at, table.c.id).limit(limit)
    return [_read_ban(row) for row in connection.execute(query)]


def count_states(connection: Connection) -> dict[BanState, int]:
    """Return how many bans are in each state."""
    table = act_device_bans
    rows = connection.execute(sa.select(table.c.state, sa.func.count()).group_by(table.c.state))
    found = {BanState(row[0]): int(row[1]) for row in rows}
    return {state: found.get(state, 0) for state in BanState}


def _read_ban(row: sa.Row[Any]) -> DeviceBan:
    return DeviceBan(
        id=row.id,
        device_key=row.device_key,
        tier=DeviceTier(row.tier),
        account_id=row.account_id,
        cause=row.cause,
        reason=row.reason,
        placed_at=row.placed_at,
        expires_at=row.expires_at,
        state=BanState(row.state),
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        ended_because=row.ended_because,
        placed_key=row.placed_key,
        decided_by=row.decided_by,
        evidence=row.evidence,
    )


# Appeals


def insert_appeal(connection: Connection, appeal: Appeal, text_sealed: bytes | None) -> None:
    """Add an appeal."""
    connection.execute(
        act_appeals.insert().values(
            id=appeal.id,
            account_id=appeal.account_id,
            ban_id=appeal.ban_id,
            next_owner=appeal.next_owner,
            text_sealed=text_sealed,
            state=appeal.state.value,
            opened_at=appeal.opened_at,
            device_key=appeal.device_key,
            opened_by=appeal.opened_by,
        )
    )


def update_appeal(connection: Connection, appeal_id: str, **values: Any) -> None:
    """Change columns of an appeal."""
    connection.execute(act_appeals.update().where(act_appeals.c.id == appeal_id).values(**values))


def find_appeal(connection: Connection, appeal_id: str) -> tuple[Appeal, bytes | None] | None:
    """Return an appeal and what they wrote, sealed."""
    row = connection.execute(sa.select(act_appeals).where(act_appeals.c.id == appeal_id)).first()
    return (_read_appeal(row), row.text_sealed) if row else None


def list_appeals(
    connection: Connection, *, state: AppealState | None = None, account_id: str | None = None, limit: int = 200
) -> list[Appeal]:
    """Return appeals: open ones oldest first, others newest first."""
    table = act_appeals
    wanted = {"account_id": account_id, "state": state.value if state else None}
    query = sa.select(table).where(*(table.c[name] == value for name, value in wanted.items() if value is not None))
    order = table.c.opened_at if state is AppealState.OPEN else table.c.opened_at.desc()
    return [_read_appeal(row) for row in connection.execute(query.order_by(order, table.c.id).limit(limit))]


def find_account_ban(connection: Connection, account_id: str) -> tuple[str, str] | None:
    """Return (id, decided by) of the last instruction to ban an account that was not cancelled."""
    table = act_actions
    query = sa.select(table.c.id, table.c.decided_by).where(
        table.c.account_id == account_id,
        table.c.kind == ActionKind.BAN_ACCOUNT.value,
        table.c.state != ActionState.CANCELLED.value,
    )
    row = connection.execute(query.order_by(table.c.sequence.desc()).limit(1)).first()
    return (row.id, row.decided_by) if row else None


def _read_appeal(row: sa.Row[Any]) -> Appeal:
    return Appeal(
        id=row.id,
        account_id=row.account_id,
        ban_id=row.ban_id,
        next_owner=row.next_owner,
        state=AppealState(row.state),
        opened_at=row.opened_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        decision_reason=row.decision_reason,
        device_key=row.device_key,
        opened_by=row.opened_by,
    )

"""SQL behind the door's book: what has changed since it was last read. Never writes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from jacana.db.engine import Connection
from jacana.db.tables.act import act_actions
from jacana.db.tables.act_bans import act_appeals, act_device_bans
from jacana.db.tables.detect_accounts import detect_networks, detect_ties
from jacana.db.tables.ingest import ingest_accounts
from jacana.model.account import AccountState
from jacana.model.action import ActionKind, ActionState
from jacana.model.ban import AppealState, BanState, DeviceBan, DeviceTier
from jacana.model.tie import TieKind

_AT_ONCE = 400

TIES_PER_ACCOUNT = {TieKind.DEVICE: 20, TieKind.CONTENT: 20, TieKind.NETWORK: 8}
"""Newest ties of one banned account that are kept in memory."""
FEW_HOLDERS = 5
"""A file that more accounts have says nothing."""


@dataclass(frozen=True, slots=True)
class AccountRow:
    """What is read of an account."""

    id: str
    state: AccountState
    names: tuple[str | None, str | None]
    updated_at: datetime
    created_at: datetime


def read_bans(connection: Connection, after: int, limit: int) -> list[tuple[int, DeviceBan]]:
    """Return (sequence, ban) of the bans that changed after a sequence, in that order."""
    table = act_device_bans
    query = sa.select(table).where(table.c.sequence > after).order_by(table.c.sequence).limit(limit)
    return [(row.sequence, _read_ban(row)) for row in connection.execute(query)]


def read_accounts(connection: Connection, since: datetime) -> list[AccountRow]:
    """Return the accounts, whatever their state, that were changed since a moment, the oldest change first."""
    table = ingest_accounts
    every = [state.value for state in AccountState]  # by the index of state and time
    query = sa.select(table).where(table.c.state.in_(every), table.c.updated_at >= since)
    return [_read_account(row) for row in connection.execute(query.order_by(table.c.updated_at))]


def read_banned(connection: Connection) -> list[AccountRow]:
    """Return every banned account."""
    query = sa.select(ingest_accounts).where(ingest_accounts.c.state == AccountState.BANNED.value)
    return [_read_account(row) for row in connection.execute(query)]


def load_accounts(connection: Connection, ids: Sequence[str]) -> dict[str, AccountRow]:
    """Return the accounts with these ids."""
    found: dict[str, AccountRow] = {}
    for portion in _cut(ids):
        query = sa.select(ingest_accounts).where(ingest_accounts.c.id.in_(portion))
        found |= {row.id: _read_account(row) for row in connection.execute(query)}
    return found


def last_change(connection: Connection) -> datetime | None:
    """Return when an account was last changed."""
    states = [
        sa.select(sa.func.max(ingest_accounts.c.updated_at)).where(ingest_accounts.c.state == state.value)
        for state in AccountState
    ]
    found = [connection.scalar(query) for query in states]
    return max((at for at in found if at is not None), default=None)


def read_causes(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[datetime, str]]:
    """Return account -> (when, cause) of the last instruction to ban it that was not cancelled."""
    found: dict[str, tuple[datetime, str]] = {}
    table = act_actions
    for portion in _cut(ids):
        query = sa.select(table.c.account_id, table.c.created_at, table.c.cause).where(
            table.c.account_id.in_(portion),
            table.c.kind == ActionKind.BAN_ACCOUNT.value,
            table.c.state != ActionState.CANCELLED.value,
        )
        for row in connection.execute(query.order_by(table.c.sequence)):
            found[row.account_id] = (row.created_at, row.cause)
    return found


def read_ties(connection: Connection, ids: Sequence[str], kind: TieKind) -> dict[str, tuple[str, ...]]:
    """Return account -> its newest things of this kind; without files that many have, and hub networks."""
    found: dict[str, tuple[str, ...]] = {}
    for portion in _cut(ids):
        place = sa.func.row_number().over(
            partition_by=detect_ties.c.account_id, order_by=(detect_ties.c.last_seen_at.desc(), detect_ties.c.entity)
        )
        mine = sa.select(detect_ties.c.account_id, detect_ties.c.entity, place.label("place"))
        mine = mine.where(detect_ties.c.account_id.in_(portion), detect_ties.c.kind == kind.value)
        newest = mine.subquery("newest")
        query = sa.select(newest).where(newest.c.place <= TIES_PER_ACCOUNT[kind])
        if kind is TieKind.CONTENT:
            query = query.where(~_has_many_holders(newest.c.entity))
        if kind is TieKind.NETWORK:
            query = query.where(
                newest.c.entity.not_in(sa.select(detect_networks.c.network).where(detect_networks.c.hub))
            )
        for row in connection.execute(query.order_by(newest.c.account_id, newest.c.entity)):
            found[row.account_id] = (*found.get(row.account_id, ()), row.entity)
    return found


def last_appeal(connection: Connection) -> datetime | None:
    """Return when an appeal was last decided."""
    decided_at: datetime | None = connection.scalar(sa.select(sa.func.max(act_appeals.c.decided_at)))
    return decided_at


def read_exempt(connection: Connection) -> frozenset[str]:
    """Return the accounts whose appeal was granted."""
    query = sa.select(act_appeals.c.account_id).where(act_appeals.c.state == AppealState.GRANTED.value)
    return frozenset(connection.scalars(query))


def _has_many_holders(entity: sa.ColumnElement[str]) -> sa.Exists:
    other = detect_ties.alias("other")
    query = sa.select(sa.literal(1)).where(other.c.kind == TieKind.CONTENT.value, other.c.entity == entity)
    return query.limit(1).offset(FEW_HOLDERS).exists()


def _cut(ids: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield list(ids[start : start + _AT_ONCE])


def _read_account(row: sa.Row[Any]) -> AccountRow:
    names = (row.screen_name, row.display_name)
    return AccountRow(row.id, AccountState(row.state), names, row.updated_at, row.created_at or row.first_seen_at)


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
        placed_key=row.placed_key,
    )

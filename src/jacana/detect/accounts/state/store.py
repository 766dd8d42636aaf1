"""Loads and saves what is known of accounts, networks and ties, for whole batches in few statements."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from jacana.db.engine import Connection
from jacana.db.tables.detect_accounts import detect_account_findings, detect_accounts, detect_networks, detect_ties
from jacana.detect.accounts.state.networks import NetworkRecord, pack_network, unpack_network
from jacana.detect.accounts.state.record import AccountRecord, pack_record, unpack_record
from jacana.model.account_finding import AccountFindingKind
from jacana.model.tie import Tie, TieKind

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ScoredAccount:
    """One account's row: its record, and the score of the last day it was scored (days since 1970)."""

    account_id: str
    record: AccountRecord
    score: float
    scored_on: int | None


def load_accounts(connection: Connection, account_ids: Iterable[str]) -> dict[str, ScoredAccount]:
    """Return what is known of these accounts; those that are new are left out."""
    columns = (
        detect_accounts.c.account_id,
        detect_accounts.c.state,
        detect_accounts.c.score,
        detect_accounts.c.scored_on,
    )
    return {
        account_id: ScoredAccount(account_id, unpack_record(state), score, scored_on)
        for portion in _portions(account_ids)
        for account_id, state, score, scored_on in connection.execute(
            sa.select(*columns).where(detect_accounts.c.account_id.in_(portion))
        )
    }


def list_top_accounts(connection: Connection, limit: int) -> list[ScoredAccount]:
    """Return the accounts with the highest scores, highest first."""
    query = sa.select(detect_accounts).where(detect_accounts.c.score > 0)
    order = (detect_accounts.c.score.desc(), detect_accounts.c.account_id)
    return [
        ScoredAccount(row.account_id, unpack_record(row.state), row.score, row.scored_on)
        for row in connection.execute(query.order_by(*order).limit(limit))
    ]


def save_accounts(
    connection: Connection, accounts: Iterable[ScoredAccount], now: datetime, unscored: Collection[str] = ()
) -> None:
    """Write accounts, new or known. Of those in `unscored` the score did not change: its index is left alone."""
    scored: list[dict[str, Any]] = []
    other: list[dict[str, Any]] = []
    for account in accounts:
        row = {
            "account_id": account.account_id,
            "state": pack_record(account.record),
            "score": account.score,
            "scored_on": account.scored_on,
            "last_event_at": datetime.fromtimestamp(account.record.last_seen, UTC),
            "updated_at": now,
        }
        (other if account.account_id in unscored else scored).append(row)
    _upsert(connection, detect_accounts, ("account_id",), scored)
    _upsert(connection, detect_accounts, ("account_id",), other, _keep_score)


def load_networks(connection: Connection, networks: Iterable[str]) -> dict[str, NetworkRecord]:
    """Return what is known of these networks; those that are new are left out."""
    return {
        network: unpack_network(packed)
        for portion in _portions(networks)
        for network, packed in connection.execute(
            sa.select(detect_networks.c.network, detect_networks.c.accounts).where(
                detect_networks.c.network.in_(portion)
            )
        )
    }


def find_hubs(connection: Connection, networks: Iterable[str]) -> set[str]:
    """Return which of these networks are hubs: seen there, nothing follows."""
    return {
        network
        for portion in _portions(networks)
        for network in connection.scalars(
            sa.select(detect_networks.c.network).where(
                detect_networks.c.network.in_(portion), detect_networks.c.hub.is_(True)
            )
        )
    }


def save_networks(connection: Connection, networks: Mapping[str, NetworkRecord], now: datetime) -> None:
    """Write networks, new or known."""
    rows = [
        {
            "network": network,
            "accounts": pack_network(record),
            "account_count": len({pair >> 32 for pair in record.pairs}),
            "hub": record.hub,
            "updated_at": now,
        }
        for network, record in networks.items()
    ]
    _upsert(connection, detect_networks, ("network",), rows)


def add_ties(connection: Connection, ties: Sequence[Tie]) -> None:
    """Write ties; of one that is known the span grows, the sessions add up, and attested once is attested."""
    rows = [
        {
            "kind": tie.kind.value,
            "entity": tie.entity,
            "account_id": tie.account_id,
            "first_seen_at": tie.first_seen_at,
            "last_seen_at": tie.last_seen_at,
            "sessions": tie.sessions,
            "attested": tie.attested,
        }
        for tie in ties
    ]
    _upsert(connection, detect_ties, ("kind", "entity", "account_id"), rows, _grow_tie)


def find_bridged(connection: Connection, device_keys: Iterable[str]) -> set[str]:
    """Return which of these device keys any account is tied to."""
    return {
        entity
        for portion in _portions(device_keys)
        for entity in connection.scalars(
            sa.select(detect_ties.c.entity)
            .where(detect_ties.c.kind == TieKind.DEVICE.value, detect_ties.c.entity.in_(portion))
            .distinct()
        )
    }


def list_ties(connection: Connection, account_ids: Iterable[str]) -> list[Tie]:
    """Return the ties of these accounts; never one to a network that has become a hub."""
    return [
        _read_tie(row)
        for portion in _portions(account_ids)
        for row in connection.execute(
            sa.select(detect_ties)
            .where(detect_ties.c.account_id.in_(portion), _no_hub())
            .order_by(detect_ties.c.account_id, detect_ties.c.kind, detect_ties.c.entity)
        )
    ]


def list_sharers(connection: Connection, kind: TieKind, entities: Iterable[str], limit: int) -> list[Tie]:
    """Return who is tied to these things: of each at most `limit` ties, those seen last first.

    `limit` + 1 tells a caller that there are more than `limit`. A network that is a hub has no sharers.
    """
    found: list[Tie] = []
    for portion in _portions(entities):
        place = (
            sa.func.row_number()
            .over(
                partition_by=detect_ties.c.entity,
                order_by=(detect_ties.c.last_seen_at.desc(), detect_ties.c.account_id),
            )
            .label("place")
        )
        ranked = (
            sa.select(detect_ties, place)
            .where(detect_ties.c.kind == kind.value, detect_ties.c.entity.in_(portion), _no_hub())
            .subquery()
        )
        query = sa.select(ranked).where(ranked.c.place <= limit).order_by(ranked.c.entity, ranked.c.place)
        found.extend(_read_tie(row) for row in connection.execute(query))
    return found


def count_sharers(connection: Connection, kind: TieKind, entities: Iterable[str]) -> dict[str, int]:
    """Return how many accounts are tied to each of these things; hubs and what nobody is tied to are left out."""
    return {
        entity: count
        for portion in _portions(entities)
        for entity, count in connection.execute(
            sa.select(detect_ties.c.entity, sa.func.count())
            .where(detect_ties.c.kind == kind.value, detect_ties.c.entity.in_(portion), _no_hub())
            .group_by(detect_ties.c.entity)
        )
    }


def count_links(connection: Connection, account_ids: Iterable[str]) -> dict[str, int]:
    """Return how many findings that stand link each account to a confirmed one."""
    findings = detect_account_findings
    return {
        account_id: count
        for portion in _portions(account_ids)
        for account_id, count in connection.execute(
            sa.select(findings.c.account_id, sa.func.count())
            .where(
                findings.c.account_id.in_(portion),
                findings.c.kind == AccountFindingKind.LINKED_ACCOUNT.value,
                findings.c.withdrawn_at.is_(None),
            )
            .group_by(findings.c.account_id)
        )
    }


def forget_accounts(connection: Connection, before: datetime, at_once: int) -> int:
    """Delete up to `at_once` accounts without an event since `before`; return how many."""
    return _forget(connection, detect_accounts, (detect_accounts.c.account_id,), "last_event_at", before, at_once)


def forget_networks(connection: Connection, before: datetime, at_once: int) -> int:
    """Delete up to `at_once` networks that did not change since `before`; return how many."""
    return _forget(connection, detect_networks, (detect_networks.c.network,), "updated_at", before, at_once)


def forget_ties(connection: Connection, before: datetime, at_once: int) -> int:
    """Delete up to `at_once` ties not seen since `before`; return how many."""
    keys = (detect_ties.c.kind, detect_ties.c.entity, detect_ties.c.account_id)
    return _forget(connection, detect_ties, keys, "last_seen_at", before, at_once)


def _forget(
    connection: Connection,
    table: sa.Table,
    keys: tuple[sa.Column[Any], ...],
    column: str,
    before: datetime,
    at_once: int,
) -> int:
    old = sa.select(*keys).where(table.c[column] < before).order_by(table.c[column]).limit(at_once)
    return connection.execute(table.delete().where(sa.tuple_(*keys).in_(old))).rowcount


def _no_hub() -> sa.ColumnElement[bool]:
    hub = sa.exists().where(detect_networks.c.network == detect_ties.c.entity, detect_networks.c.hub.is_(True))
    return sa.or_(detect_ties.c.kind != TieKind.NETWORK.value, ~hub)


def _read_tie(row: sa.Row[Any]) -> Tie:
    return Tie(
        kind=TieKind(row.kind),
        entity=row.entity,
        account_id=row.account_id,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        sessions=row.sessions,
        attested=row.attested,
    )


def _keep_score(new: Any) -> dict[str, Any]:
    return {name: new[name] for name in ("state", "scored_on", "last_event_at", "updated_at")}


def _grow_tie(new: Any) -> dict[str, sa.ColumnElement[Any]]:
    known = detect_ties.c
    return {
        "first_seen_at": sa.case(
            (new.first_seen_at < known.first_seen_at, new.first_seen_at), else_=known.first_seen_at
        ),
        "last_seen_at": sa.case((new.last_seen_at > known.last_seen_at, new.last_seen_at), else_=known.last_seen_at),
        "sessions": known.sessions + new.sessions,
        "attested": sa.or_(known.attested, new.attested),
    }


def _upsert(
    connection: Connection,
    table: sa.Table,
    keys: tuple[str, ...],
    rows: list[dict[str, Any]],
    change: Callable[[Any], dict[str, Any]] | None = None,
) -> None:
    """Insert rows; where the key is known, take the new values, or what `change` makes of them."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        lite = sqlite_insert(table)
        connection.execute(
            lite.on_conflict_do_update(index_elements=keys, set_=_changes(lite.excluded, rows[0], keys, change)), rows
        )
        return
    post = postgres_insert(table)
    connection.execute(
        post.on_conflict_do_update(index_elements=keys, set_=_changes(post.excluded, rows[0], keys, change)), rows
    )


def _changes(
    new: Any, row: Mapping[str, Any], keys: Collection[str], change: Callable[[Any], dict[str, Any]] | None
) -> dict[str, Any]:
    return change(new) if change else {name: new[name] for name in row if name not in keys}


def _portions(items: Iterable[str]) -> Iterator[list[str]]:
    distinct = sorted(set(items))
    for start in range(0, len(distinct), _AT_ONCE):
        yield distinct[start : start + _AT_ONCE]

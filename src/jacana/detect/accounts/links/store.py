"""SQL of the search for links: ties outward from some accounts, never more of one thing than may join anybody."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from jacana.db.engine import Connection
from jacana.db.tables.detect_accounts import (
    detect_account_findings,
    detect_accounts,
    detect_networks,
    detect_ties,
)
from jacana.detect.accounts.links.graph import Thing
from jacana.model.account_finding import AccountFindingKind
from jacana.model.tie import Tie, TieKind

_AT_ONCE = 400
"""Ids in one query."""

TIES_PER_ACCOUNT = 200
"""Newest ties of one account that are followed: an agency's ten thousand files would fill the graph."""


@dataclass(frozen=True, slots=True)
class HeldThing:
    """A tie of some account to a thing that others have, too."""

    tie: Tie
    crowded: bool
    """Whether more accounts have it than may."""

    @property
    def thing(self) -> Thing:
        """Return the thing."""
        return Thing(self.tie.kind, self.tie.entity)


def list_shared_things(
    connection: Connection, account_ids: Sequence[str], most: int, *, networks: bool = False
) -> list[HeldThing]:
    """Return the accounts' ties to what others have, too: to networks, or to everything but networks.

    Nobody counts farther than `most` + 1, so a file that a million accounts have costs no more than one of fifty.
    """
    kind = detect_ties.c.kind == TieKind.NETWORK.value
    place = sa.func.row_number().over(
        partition_by=detect_ties.c.account_id,
        order_by=(detect_ties.c.last_seen_at.desc(), detect_ties.c.kind, detect_ties.c.entity),
    )
    held: list[HeldThing] = []
    for portion in _cut(account_ids):
        of_them = sa.and_(detect_ties.c.account_id.in_(portion), kind if networks else sa.not_(kind))
        mine = sa.select(detect_ties, place.label("place")).where(of_them).subquery("mine")
        query = sa.select(mine, _has_more_than(most, mine).label("crowded"))
        query = query.where(mine.c.place <= TIES_PER_ACCOUNT, _has_more_than(1, mine))
        held += [HeldThing(_read_tie(row), bool(row.crowded)) for row in connection.execute(query)]
    return held


def list_sharers(connection: Connection, things: Collection[Thing]) -> dict[Thing, list[Tie]]:
    """Return every tie to these things; the caller has seen to it that none has too many."""
    found: dict[Thing, list[Tie]] = {thing: [] for thing in things}
    for kind in sorted({thing.kind for thing in things}):
        for portion in _cut([thing.entity for thing in things if thing.kind is kind]):
            query = sa.select(detect_ties).where(detect_ties.c.kind == kind.value, detect_ties.c.entity.in_(portion))
            for row in connection.execute(query.order_by(detect_ties.c.entity, detect_ties.c.account_id)):
                found[Thing(kind, row.entity)].append(_read_tie(row))
    return found


def list_hubs(connection: Connection, networks: Collection[str]) -> set[str]:
    """Return those of the networks that are known to be shared by unrelated people."""
    hubs: set[str] = set()
    for portion in _cut(sorted(networks)):
        query = sa.select(detect_networks.c.network).where(
            detect_networks.c.network.in_(portion), detect_networks.c.hub.is_(True)
        )
        hubs.update(connection.scalars(query))
    return hubs


def count_known_accounts(connection: Connection, count_to: int) -> int:
    """Return how many accounts there is state of, counted up to `count_to`."""
    some = sa.select(sa.literal(1)).select_from(detect_accounts).limit(count_to).subquery()
    return int(connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one())


def count_linked_since(connection: Connection, since: datetime) -> int:
    """Return how many accounts got a finding of a link since then."""
    kinds = detect_account_findings.c.kind == AccountFindingKind.LINKED_ACCOUNT.value
    distinct = sa.func.count(sa.distinct(detect_account_findings.c.account_id))
    query = sa.select(distinct).where(kinds, detect_account_findings.c.found_at > since)
    return int(connection.execute(query).scalar_one())


def _has_more_than(count: int, mine: sa.Subquery) -> sa.ColumnElement[bool]:
    """Whether more than `count` accounts have the thing: looks for the one after, and stops there."""
    theirs = detect_ties.alias()
    same = sa.and_(theirs.c.kind == mine.c.kind, theirs.c.entity == mine.c.entity)
    one_more = sa.select(sa.literal(1)).select_from(theirs).where(same).limit(1).offset(count)
    return one_more.correlate(mine).scalar_subquery().is_not(None)


def _cut(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]


def _read_tie(row: sa.Row[Any]) -> Tie:
    return Tie(
        kind=TieKind(row.kind),
        entity=row.entity,
        account_id=row.account_id,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        sessions=row.sessions,
        attested=bool(row.attested),
    )

"""Ties for tests of links: who shares what, days ago."""

from datetime import UTC, datetime, timedelta

from jacana.db.engine import Database
from jacana.detect.accounts.links.graph import Graph, Thing
from jacana.detect.accounts.state.store import add_ties
from jacana.model.tie import Tie, TieKind

NOW = datetime(2026, 5, 21, 12, tzinfo=UTC)
DEVICE, PAYMENT, CONTENT, NETWORK = TieKind.DEVICE, TieKind.PAYMENT, TieKind.CONTENT, TieKind.NETWORK


def make_tie(kind: TieKind, entity: str, account: str, *, first: int = 18, last: int = 2, attested: bool = True) -> Tie:
    """A tie seen between `first` and `last` days ago."""
    return Tie(kind, entity, account, NOW - timedelta(days=first), NOW - timedelta(days=last), 3, attested)


def share(kind: TieKind, entity: str, *accounts: str, **seen: object) -> list[Tie]:
    return [make_tie(kind, entity, account, **seen) for account in accounts]  # type: ignore[arg-type]


def save(database: Database, *groups: list[Tie]) -> None:
    with database.write() as connection:
        add_ties(connection, [tie for group in groups for tie in group])


def build(*groups: list[Tie], seeds: tuple[str, ...] = ()) -> Graph:
    """A graph of groups of ties, each to one thing; networks are added last, as the finder does."""
    graph = Graph(NOW)
    for seed in seeds:
        graph.add_account(seed)
    for group in sorted(groups, key=lambda group: group[0].kind is NETWORK):
        graph.add_thing(Thing(group[0].kind, group[0].entity), len(group), group)
    return graph

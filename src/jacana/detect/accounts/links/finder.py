"""Finds the accounts that are tied to confirmed ones: reads outward from them, ranks, caps and explains.

Decides nothing: a link is a reason to look, and each linked account needs a violation of its own.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from jacana.db.engine import Connection
from jacana.detect.accounts.links import store
from jacana.detect.accounts.links.graph import Graph, Thing, count_kinds
from jacana.detect.accounts.links.neighbourhood import Neighbourhood, build_neighbourhood
from jacana.detect.accounts.links.paths import EvidencePath, find_paths
from jacana.detect.accounts.links.push import push_from
from jacana.detect.accounts.links.weights import HOME_SHARERS, MOST_SHARERS
from jacana.model.tie import TieKind
from jacana.settings import Settings

ROUNDS = 3
"""How many hops away accounts are found."""

ACCOUNTS_PER_ROUND = 400
"""Most accounts whose ties are read in one round: those where most of the walk waits."""

MOST_NODES = 6_000
"""Accounts and things at which reading stops."""

MOST_LINKS = 25
"""Most candidates of one confirmed account: what a person can work through."""

LEAST_SCORE = 0.1
"""Links weaker than this are not worth a look."""

ELIGIBLE_PART = 0.05
MOST_PER_DAY = 750
LEAST_PER_DAY = 5
"""In a day at most 5 % of the known accounts and never more than 750 get a finding of a link; where 5 % is next to
nobody, five may."""

NETWORKS_OF = 400
"""Of so many accounts, those nearest first, it is seen whether they share a home-like network."""


@dataclass(frozen=True, slots=True)
class LinkedAccount:
    """One candidate."""

    account_id: str
    score: float
    """0..1: how firm the best path is; of several seeds, all of them together."""
    pull: float
    """Part of a walk from the seeds that ends here: what candidates are ranked by."""
    paths: tuple[EvidencePath, ...]
    """The best path to each seed, firmest first."""

    @property
    def linked_to(self) -> str:
        """Return the seed that the firmest path leads to."""
        return self.paths[0].account_ids[-1]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return what kinds of things the paths rest on."""
        return tuple(dict.fromkeys(kind for path in self.paths for kind in path.kinds))


@dataclass(frozen=True, slots=True)
class LinkSearch:
    """What a search found, and what it left out."""

    links: tuple[LinkedAccount, ...]
    reached: int
    """Accounts that any path leads to."""
    left_out: int = 0
    """Candidates beyond the cap."""
    crowded: Mapping[str, int] = field(default_factory=dict)
    """Kind -> things that too many accounts have, so that they link nobody."""
    cut_short: bool = False
    """Whether reading stopped at its limit."""


@dataclass(slots=True)
class _Reading:
    graph: Graph
    seeds: tuple[str, ...]
    read: set[str] = field(default_factory=set)
    crowded: set[Thing] = field(default_factory=set)
    cut_short: bool = False


class LinkFinder:
    """Finds links and neighbourhoods in the database. Reads only."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def find_links(self, connection: Connection, seeds: Sequence[str], now: datetime) -> tuple[LinkedAccount, ...]:
        """Return the accounts linked to the seeds (confirmed accounts), nearest first."""
        return self.search(connection, seeds, now).links

    def search(self, connection: Connection, seeds: Sequence[str], now: datetime) -> LinkSearch:
        """Return the same with what was left out."""
        reading = self._read_around(connection, seeds, now, ROUNDS, MOST_NODES)
        pull = self._rank(reading)
        candidates = [account_id for account_id in pull if account_id not in reading.seeds]
        paths = _find_all_paths(reading, candidates[: 4 * MOST_LINKS])
        links = [
            LinkedAccount(account_id, _sum_up(paths[account_id]), pull[account_id], paths[account_id])
            for account_id in candidates
            if account_id in paths
        ]
        firm = [link for link in links if link.score >= LEAST_SCORE]
        return LinkSearch(
            links=tuple(firm[:MOST_LINKS]),
            reached=len(candidates),
            left_out=max(0, len(firm) - MOST_LINKS) + max(0, len(candidates) - 4 * MOST_LINKS),
            crowded=count_kinds(reading.crowded),
            cut_short=reading.cut_short,
        )

    def draw_from(
        self,
        connection: Connection,
        account_id: str,
        now: datetime,
        find_confirmed: Callable[[Collection[str]], Mapping[str, datetime]] = lambda _: {},
    ) -> Neighbourhood:
        """Return what lies around an account, for a picture.

        `find_confirmed` says which of the accounts that were reached a person has confirmed, and when: this stage does
        not know. Paths of evidence lead from the account to those.
        """
        reading = self._read_around(connection, (account_id,), now, 2, MOST_NODES // 4)
        pull = self._rank(reading)
        confirmed = find_confirmed(tuple(pull))
        return build_neighbourhood(reading.graph, account_id, pull, confirmed, count_kinds(reading.crowded))

    def measure_room(self, connection: Connection, now: datetime, since: datetime) -> int:
        """Return how many more accounts may get a finding of a link: the guardrail less what was given since then."""
        known = store.count_known_accounts(connection, int(MOST_PER_DAY / ELIGIBLE_PART))
        ceiling = min(max(int(known * ELIGIBLE_PART), LEAST_PER_DAY), MOST_PER_DAY)
        return max(0, ceiling - store.count_linked_since(connection, since))

    def _read_around(
        self, connection: Connection, seeds: Sequence[str], now: datetime, rounds: int, most: int
    ) -> _Reading:
        reading = _Reading(Graph(now), tuple(dict.fromkeys(seeds)))
        for seed in reading.seeds:
            reading.graph.add_account(seed)
        frontier = list(reading.seeds)
        for _ in range(rounds):
            if not frontier:
                break
            _read_round(connection, reading, frontier, most)
            frontier = _choose_next(reading)
            if len(reading.graph.accounts) + len(reading.graph.things) >= most:
                reading.cut_short = bool(frontier)
                break
        _add_networks(connection, reading)
        return reading

    def _rank(self, reading: _Reading) -> dict[str, float]:
        """Return account -> pull of every account reached, strongest first."""
        graph = reading.graph
        mass, waiting = push_from(graph.pack(), [graph.accounts[seed] for seed in reading.seeds])
        pull = {account_id: float(mass[node] + waiting[node]) for account_id, node in graph.accounts.items()}
        return dict(sorted(pull.items(), key=lambda item: (-item[1], item[0])))


def _read_round(connection: Connection, reading: _Reading, frontier: Sequence[str], most: int) -> None:
    """Read what these accounts share, and with whom."""
    held = store.list_shared_things(connection, frontier, MOST_SHARERS)
    reading.read.update(frontier)
    reading.crowded.update(each.thing for each in held if each.crowded)
    new = sorted({each.thing for each in held if not each.crowded} - reading.graph.things.keys(), key=_by_name)
    room = most - len(reading.graph.accounts) - len(reading.graph.things)
    if len(new) > room:
        reading.cut_short = True
    for thing, ties in store.list_sharers(connection, new[: max(0, room)]).items():
        reading.graph.add_thing(thing, len(ties), ties)


def _choose_next(reading: _Reading) -> list[str]:
    """Return the accounts to read next: those at which most of the walk waits."""
    graph = reading.graph
    arrays = graph.pack()
    closed = np.zeros(len(arrays.starts) - 1, np.bool_)
    unread = {account_id: node for account_id, node in graph.accounts.items() if account_id not in reading.read}
    closed[list(unread.values())] = True
    _, waiting = push_from(arrays, [graph.accounts[seed] for seed in reading.seeds], closed)
    order = sorted((-float(waiting[node]), account_id) for account_id, node in unread.items() if waiting[node] > 0)
    return [account_id for _, account_id in order[:ACCOUNTS_PER_ROUND]]


def _add_networks(connection: Connection, reading: _Reading) -> None:
    """Add the home-like networks that accounts in the graph share: they strengthen, and reach nobody."""
    accounts = list(reading.graph.accounts)[:NETWORKS_OF]
    if len(accounts) < 2:
        return
    held = store.list_shared_things(connection, accounts, HOME_SHARERS, networks=True)
    counts: dict[Thing, int] = {}
    for each in held:
        if not each.crowded:
            counts[each.thing] = counts.get(each.thing, 0) + 1
    shared = sorted((thing for thing, count in counts.items() if count > 1), key=_by_name)
    hubs = store.list_hubs(connection, [thing.entity for thing in shared])
    homes = [thing for thing in shared if thing.entity not in hubs]
    for thing, ties in store.list_sharers(connection, homes).items():
        reading.graph.add_thing(thing, len(ties), ties)


def _find_all_paths(reading: _Reading, candidates: Sequence[str]) -> dict[str, tuple[EvidencePath, ...]]:
    found: dict[str, list[EvidencePath]] = {}
    for seed in reading.seeds:
        for account_id, path in find_paths(reading.graph, seed, candidates).items():
            found.setdefault(account_id, []).append(path)
    order = {account_id: sorted(paths, key=lambda path: -path.strength) for account_id, paths in found.items()}
    return {account_id: tuple(paths) for account_id, paths in order.items()}


def _sum_up(paths: Sequence[EvidencePath]) -> float:
    """Return how firm the paths are together."""
    none = 1.0
    for path in paths:
        none *= 1.0 - path.strength
    return round(1.0 - none, 4)


def _by_name(thing: Thing) -> tuple[TieKind, str]:
    return thing.kind, thing.entity

"""The part of the world that was read around some accounts: accounts, things, and what joins them. Pure.

Networks lie apart: nobody is reached through them, they only add to what other things say.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from jacana.detect.accounts.links.weights import weigh_tie
from jacana.model.tie import Tie, TieKind

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Thing:
    """What accounts share. `entity` never leaves this stage."""

    kind: TieKind
    entity: str


@dataclass(frozen=True, slots=True)
class Bond:
    """One account's tie to one thing, weighed."""

    tie: Tie
    weight: float


@dataclass(frozen=True, slots=True)
class Arrays:
    """The graph as rows of neighbours: node i has `neighbours[starts[i]:starts[i+1]]`, accounts first.

    `shares` is where what leaves a node goes; weak bonds let some of it go nowhere, so a row sums to at most 1.
    """

    starts: Integers
    neighbours: Integers
    shares: Floats


class Graph:
    """Accounts and the things they share. A thing that joins nobody, or too many, is not in it."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self.accounts: dict[str, int] = {}
        """Account id -> node."""
        self.things: dict[Thing, int] = {}
        """Thing -> how many accounts have it, read or not."""
        self.of_account: dict[str, dict[Thing, Bond]] = {}
        self.of_thing: dict[Thing, dict[str, Bond]] = {}

    def add_account(self, account_id: str) -> None:
        """Add an account that need not share anything."""
        self.accounts.setdefault(account_id, len(self.accounts))
        self.of_account.setdefault(account_id, {})

    def add_thing(self, thing: Thing, sharers: int, ties: Iterable[Tie], *, hub: bool = False) -> None:
        """Add a thing with the ties of its accounts. A network joins only accounts that are here already."""
        if thing in self.things:
            return
        bonds = {tie.account_id: Bond(tie, weigh_tie(tie, sharers, self._now, hub=hub)) for tie in ties}
        bonds = {account_id: bond for account_id, bond in bonds.items() if bond.weight > 0}
        if thing.kind is TieKind.NETWORK:
            bonds = {account_id: bond for account_id, bond in bonds.items() if account_id in self.accounts}
        if len(bonds) < 2:
            return
        self.things[thing] = sharers
        self.of_thing[thing] = bonds
        for account_id, bond in bonds.items():
            self.add_account(account_id)
            self.of_account[account_id][thing] = bond

    def list_neighbours(self, account_id: str) -> Iterable[tuple[Thing, str, float]]:
        """Yield (thing, other account, strength) for everything but networks that joins the account to another."""
        for thing, bond in self.of_account[account_id].items():
            if thing.kind is TieKind.NETWORK:
                continue
            for other, theirs in self.of_thing[thing].items():
                if other != account_id:
                    yield thing, other, join_strength(bond, theirs)

    def pack(self) -> Arrays:
        """Return the graph as arrays. Accounts keep their node; things follow in the order of `things`."""
        node_of = {thing: len(self.accounts) + place for place, thing in enumerate(self.things)}
        edges = [
            (self.accounts[account_id], node_of[thing], bond.weight)
            for thing, bonds in self.of_thing.items()
            for account_id, bond in bonds.items()
        ]
        return pack_edges(edges, len(self.accounts) + len(self.things))


def join_strength(one: Bond, other: Bond) -> float:
    """Return 0..1: how firmly a thing joins two accounts, the geometric mean of what it says of each."""
    return float((one.weight * other.weight) ** 0.5)


def pack_edges(edges: Sequence[tuple[int, int, float]], nodes: int) -> Arrays:
    """Return undirected edges (node, node, weight) as rows; each row is divided by its sum, or by 1 if that is more."""
    ends = np.array([edge[:2] for edge in edges], np.int64).reshape(-1, 2)
    weights = np.array([edge[2] for edge in edges], np.float64)
    sources = np.concatenate([ends[:, 0], ends[:, 1]])
    targets = np.concatenate([ends[:, 1], ends[:, 0]])
    both = np.concatenate([weights, weights])
    order = np.argsort(sources, kind="stable")
    sums = np.bincount(sources, both, nodes)
    shares = both / np.maximum(sums[sources], 1.0) if len(edges) else both
    starts = np.zeros(nodes + 1, np.int64)
    np.cumsum(np.bincount(sources, minlength=nodes), out=starts[1:])
    return Arrays(starts, targets[order], np.ascontiguousarray(shares[order]))


def count_kinds(things: Iterable[Thing]) -> Mapping[str, int]:
    """Return kind -> number of things."""
    counts: dict[str, int] = {}
    for thing in things:
        counts[thing.kind.value] = counts.get(thing.kind.value, 0) + 1
    return counts

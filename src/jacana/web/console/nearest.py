"""Chooses which accounts and things of a neighbourhood a picture shows, and in which column each stands. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from jacana.detect.accounts.links.neighbourhood import Neighbourhood, Strand

MOST_NODES = 24
"""Accounts and things in one picture."""

FARTHEST = 2
"""Accounts more hops away than this are drawn only on a path of evidence."""

HOP_THINGS = 3
"""Most things drawn of what two accounts on a path of evidence share."""


@dataclass(slots=True)
class Chosen:
    """Accounts and things (by place) that are drawn, in the order they were chosen."""

    accounts: list[str]
    things: list[int] = field(default_factory=list)
    evidence: set[tuple[str, int]] = field(default_factory=set)
    """Ties on a path of evidence."""
    hops: dict[str, int] = field(default_factory=dict)
    """How far from the centre each account was when it was chosen."""

    @property
    def full(self) -> bool:
        """Whether the picture has no room for another box."""
        return len(self.accounts) + len(self.things) >= MOST_NODES


class Ties:
    """Who has what."""

    def __init__(self, strands: Iterable[Strand]) -> None:
        self.of: dict[int, dict[str, Strand]] = {}
        for strand in strands:
            self.of.setdefault(strand.thing, {})[strand.account_id] = strand

    def list_joining(self, account_id: str, others: Collection[str]) -> list[tuple[float, int, str]]:
        """Return (strength, thing, other) of what joins the account to one of the others, firmest first."""
        found = [
            (strand[account_id].weight * strand[other].weight, thing, other)
            for thing, strand in self.of.items()
            if account_id in strand
            for other in strand
            if other != account_id and other in others
        ]
        return sorted(found, key=lambda each: (-each[0], each[1], each[2]))


def choose_nodes(neighbourhood: Neighbourhood, ties: Ties, networks: Collection[int]) -> Chosen:
    """Choose the centre, the paths of evidence, then the nearest accounts with what joins them to those chosen."""
    chosen = Chosen([neighbourhood.centre], hops={neighbourhood.centre: 0})
    for path in neighbourhood.paths:
        for hop in path.hops:
            joining = _list_joining(ties, networks, hop.account_id, {hop.other_id})[:HOP_THINGS]
            taken = [thing for thing, _ in joining if _take(chosen, hop.other_id, hop.account_id, thing)]
            chosen.evidence |= {(end, thing) for end in (hop.account_id, hop.other_id) for thing in taken}
            if not taken:
                break
    for _ in range(2):  # whoever is joined through somebody chosen later comes in the second turn
        for one in neighbourhood.accounts:
            near = [other for other in chosen.accounts if chosen.hops[other] < FARTHEST]
            joining = _list_joining(ties, networks, one.account_id, near)
            if one.account_id not in chosen.accounts and joining:
                thing, other = joining[0]
                _take(chosen, one.account_id, other, thing)
    for thing in sorted(ties.of, key=lambda thing: (thing in networks, thing)):
        if thing not in chosen.things and not chosen.full and len(ties.of[thing].keys() & set(chosen.accounts)) > 1:
            chosen.things.append(thing)
    return chosen


def _list_joining(
    ties: Ties, networks: Collection[int], account_id: str, others: Collection[str]
) -> list[tuple[int, str]]:
    """Return (thing, other) of everything but networks that joins the account to one of the others, firmest first."""
    joining = ties.list_joining(account_id, others)
    return [(thing, other) for _, thing, other in joining if thing not in networks]


def _take(chosen: Chosen, account_id: str, other: str, thing: int) -> bool:
    """Add an account and the thing that joins it to another, if there is room; return whether both are drawn."""
    new = (account_id not in chosen.accounts) + (thing not in chosen.things)
    if len(chosen.accounts) + len(chosen.things) + new > MOST_NODES:
        return False
    if account_id not in chosen.accounts:
        chosen.accounts.append(account_id)
        chosen.hops[account_id] = chosen.hops[other] + 1
    if thing not in chosen.things:
        chosen.things.append(thing)
    return True


def arrange_columns(centre: str, chosen: Chosen, ties: Ties, networks: Collection[int]) -> list[list[str | int]]:
    """Return columns of accounts and things in turn: an account stands as far right as it is hops away."""
    level = {centre: 0}
    edge = [centre]
    while edge:
        following = []
        for thing in chosen.things:
            members = ties.of[thing].keys() & set(chosen.accounts)
            if thing in networks or not members & set(edge):
                continue
            for other in sorted(members - level.keys(), key=chosen.accounts.index):
                level[other] = level[edge[0]] + 1
                following.append(other)
        edge = following
    columns: list[list[str | int]] = [[] for _ in range(2 * max(level.values()) + 2)]
    for account_id in chosen.accounts:
        columns[2 * level[account_id]].append(account_id)
    for thing in chosen.things:
        nearest = min(level[one] for one in ties.of[thing] if one in level)
        columns[2 * nearest + 1].append(thing)
    while not columns[-1]:
        columns.pop()
    _untangle(columns, chosen, ties)
    return columns


def _untangle(columns: list[list[str | int]], chosen: Chosen, ties: Ties) -> None:
    """Sort each column by where its neighbours to the left stand, so that few lines cross; evidence comes first."""
    on_path = {key for tie in chosen.evidence for key in tie}
    for at in range(1, len(columns)):
        before = {key: row for row, key in enumerate(columns[at - 1])}

        def where(key: str | int, before: Mapping[str | int, int] = before) -> tuple[bool, float]:
            if isinstance(key, str):
                rows = [before[thing] for thing in before if isinstance(thing, int) and key in ties.of[thing]]
            else:
                rows = [before[account_id] for account_id in ties.of[key] if account_id in before]
            return key not in on_path, sum(rows) / len(rows) if rows else float(len(before))

        columns[at].sort(key=where)

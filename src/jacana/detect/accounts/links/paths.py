"""The evidence that links two accounts, as a chain of accounts and what each two share, and in words. Pure.

No path leads through networks alone; no sentence holds a device id, an address or a digest.
"""

import heapq
import itertools
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from jacana.detect.accounts.links.graph import Bond, Graph, Thing, join_strength
from jacana.model.tie import TieKind

HOP_DECAY = 0.5
"""What a link keeps for every account in between: whom a friend of a friend knows is another matter."""

FARTHEST = 3
"""Most hops of a path."""


@dataclass(frozen=True, slots=True)
class Shared:
    """One thing that two accounts share."""

    kind: TieKind
    strength: float
    """0..1."""
    sharers: int
    """How many accounts have it."""
    attested: bool
    """Whether the network vouches for the device on both sides."""
    here: tuple[datetime, datetime]
    """When it was first and last seen on the one account."""
    there: tuple[datetime, datetime]
    inviter: str | None = None
    """Of an invitation: the account that sent it."""


@dataclass(frozen=True, slots=True)
class Hop:
    """Everything that two accounts share, strongest first; networks come last."""

    account_id: str
    other_id: str
    shared: tuple[Shared, ...]

    @property
    def strength(self) -> float:
        """Return 0..1: how firmly all of it together joins them."""
        return 1.0 - math.prod(1.0 - each.strength for each in self.shared)

    def turn(self) -> "Hop":
        """Return the hop seen from the other account."""
        shared = tuple(replace(each, here=each.there, there=each.here) for each in self.shared)
        return Hop(self.other_id, self.account_id, shared)


@dataclass(frozen=True, slots=True)
class EvidencePath:
    """From an account to another that the search started from."""

    hops: tuple[Hop, ...]

    @property
    def account_ids(self) -> tuple[str, ...]:
        """Return the accounts along it, both ends included."""
        return (*(hop.account_id for hop in self.hops), self.hops[-1].other_id)

    @property
    def strength(self) -> float:
        """Return 0..1: the product of the hops, halved for every account in between."""
        return float(math.prod(hop.strength for hop in self.hops) * HOP_DECAY ** (len(self.hops) - 1))

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of things it rests on, each once."""
        return tuple(dict.fromkeys(each.kind.value for hop in self.hops for each in hop.shared))

    def turn(self) -> "EvidencePath":
        """Return the path from its other end."""
        return EvidencePath(tuple(hop.turn() for hop in reversed(self.hops)))


def find_paths(graph: Graph, source: str, targets: Collection[str]) -> dict[str, EvidencePath]:
    """Return target -> its strongest path to `source`, of at most FARTHEST hops; targets out of reach are left out."""
    before: dict[tuple[str, int], str] = {}
    best: dict[tuple[str, int], float] = {}
    settled: dict[str, tuple[str, int]] = {}
    wanted = set(targets) - {source}
    queue: list[tuple[float, int, str]] = [(0.0, 0, source)]
    while queue and wanted:
        cost, hops, account_id = heapq.heappop(queue)
        if account_id not in settled:
            settled[account_id] = (account_id, hops)
            wanted.discard(account_id)
        elif settled[account_id][1] <= hops:
            continue  # it was reached by something stronger in no more hops
        if hops == FARTHEST or cost > best.get((account_id, hops), math.inf):
            continue
        for _, other, strength in graph.list_neighbours(account_id):
            farther = cost - math.log(strength * (HOP_DECAY if hops else 1.0))
            if farther < best.get((other, hops + 1), math.inf):
                best[other, hops + 1] = farther
                before[other, hops + 1] = account_id
                heapq.heappush(queue, (farther, hops + 1, other))
    found = {}
    for target in set(targets) - {source}:
        if target in settled:
            found[target] = _trace(graph, before, target, settled[target][1])
    return found


def _trace(graph: Graph, before: Mapping[tuple[str, int], str], target: str, hops: int) -> EvidencePath:
    chain = [target]
    for left in range(hops, 0, -1):
        chain.append(before[chain[-1], left])
    return EvidencePath(tuple(describe_hop(graph, one, other) for one, other in itertools.pairwise(chain)))


def describe_hop(graph: Graph, account_id: str, other_id: str) -> Hop:
    """Return what two accounts share."""
    ours, theirs = graph.of_account[account_id], graph.of_account[other_id]
    shared = [_share(thing, graph.things[thing], ours[thing], theirs[thing]) for thing in ours.keys() & theirs.keys()]
    order = sorted(shared, key=lambda each: (each.kind is TieKind.NETWORK, -each.strength, each.kind.value))
    return Hop(account_id, other_id, tuple(order))


def _share(thing: Thing, sharers: int, here: Bond, there: Bond) -> Shared:
    attested = here.tie.attested and there.tie.attested
    inviter = thing.entity if thing.kind is TieKind.INVITATION else None
    return Shared(thing.kind, join_strength(here, there), sharers, attested, _span(here), _span(there), inviter)


def _span(bond: Bond) -> tuple[datetime, datetime]:
    return bond.tie.first_seen_at, bond.tie.last_seen_at


# Words

NOUNS: dict[TieKind, tuple[str, str]] = {
    TieKind.DEVICE: ("a device", "devices"),
    TieKind.PAYMENT: ("a payment instrument", "payment instruments"),
    TieKind.RECOVERY_EMAIL: ("a recovery e-mail", "recovery e-mails"),
    TieKind.RECOVERY_PHONE: ("a recovery phone", "recovery phones"),
    TieKind.CONTENT: ("an identical file", "identical files"),
    TieKind.INVITATION: ("an invitation", "invitations"),
    TieKind.NETWORK: ("a home-like network", "home-like networks"),
}


def explain_path(path: EvidencePath, confirmed: Mapping[str, datetime]) -> str:
    """Return the path as one sentence: `Shares a device (seen on both between …) with account x, confirmed on …`."""
    parts = []
    for place, hop in enumerate(path.hops):
        text = f"{'which ' if place else ''}{say_hop(hop)} account {hop.other_id}"
        if hop.other_id in confirmed:
            text += f", which a person confirmed on {say_day(confirmed[hop.other_id])}"
        parts.append(text)
    sentence = ", ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}."


def say_hop(hop: Hop) -> str:
    """Return what a hop rests on, up to the name of the other account."""
    if all(each.kind is TieKind.INVITATION for each in hop.shared):
        return _say_invitation(hop)
    return f"shares {_join([say_shared(each) for each in _group(hop.shared)])} with"


def say_shared(group: Sequence[Shared]) -> str:
    """Return things of one kind in words, with when they were seen and how many accounts have them."""
    kind = group[0].kind
    one, many = NOUNS[kind]
    text = one if len(group) == 1 else f"{len(group)} {many}"
    if len(group) == 1:
        return f"{text} ({say_window(group[0])}{_say_sharers(group[0])})"
    return f"{text} (the firmest {say_window(group[0])}{_say_sharers(group[0])})"


def say_window(shared: Shared) -> str:
    """Return when a thing was seen on both accounts, or on one after the other."""
    start, end = max(shared.here[0], shared.there[0]), min(shared.here[1], shared.there[1])
    if start.date() == end.date():
        return f"seen on both on {say_day(start)}"
    if start < end:
        return f"seen on both between {say_days(start, end)}"
    return f"seen on one until {say_day(end)}, on the other from {say_day(start)}"


def say_day(moment: datetime) -> str:
    """Return `3 May 2026`."""
    return f"{moment.day} {moment:%B %Y}"


def say_days(start: datetime, end: datetime) -> str:
    """Return `3 and 19 May 2026`, with what the two days have in common said once."""
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day} and {say_day(end)}"
    return (
        f"{start.day} {start:%B} and {say_day(end)}"
        if start.year == end.year
        else f"{say_day(start)} and {say_day(end)}"
    )


def _group(shared: Sequence[Shared]) -> list[list[Shared]]:
    groups: dict[TieKind, list[Shared]] = {}
    for each in shared:
        groups.setdefault(each.kind, []).append(each)
    return list(groups.values())


def _say_sharers(shared: Shared) -> str:
    others = shared.sharers - 2
    unsure = ", not vouched for by the network" if shared.kind is TieKind.DEVICE and not shared.attested else ""
    return unsure + (f", and on {others} other {'account' if others == 1 else 'accounts'}" if others > 0 else "")


def _say_invitation(hop: Hop) -> str:
    inviters = {each.inviter for each in hop.shared}
    if hop.account_id in inviters:
        return "sent the invitation that was followed by"
    return "was invited by" if hop.other_id in inviters else "has the inviter in common with"


def _join(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"

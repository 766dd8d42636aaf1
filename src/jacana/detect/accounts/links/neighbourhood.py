"""What lies around one account, cut to what a picture can hold: no device id, address or digest is in it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from jacana.detect.accounts.links.graph import Graph, Thing
from jacana.detect.accounts.links.paths import EvidencePath, find_paths
from jacana.model.tie import TieKind

MOST_ACCOUNTS = 60
"""Accounts in a neighbourhood; a picture shows fewer."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One account, the one in the middle included."""

    account_id: str
    pull: float
    confirmed_at: datetime | None = None
    """When a person confirmed it."""


@dataclass(frozen=True, slots=True)
class SharedThing:
    """One thing that some of the accounts share, known only by its place in the list."""

    kind: TieKind
    sharers: int
    """How many accounts have it, shown or not."""
    attested: bool
    """Whether the network vouches for the device everywhere."""


@dataclass(frozen=True, slots=True)
class Strand:
    """One account's tie to one thing."""

    account_id: str
    thing: int
    """Place in `things`."""
    sessions: int
    first_seen_at: datetime
    last_seen_at: datetime
    weight: float


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """An account, who is near it, and through what."""

    centre: str
    accounts: tuple[Neighbour, ...]
    """The centre first, then those on a path of evidence, then the nearest."""
    things: tuple[SharedThing, ...]
    strands: tuple[Strand, ...]
    paths: tuple[EvidencePath, ...]
    """From the centre to confirmed accounts, firmest first."""
    more: int
    """Accounts that were reached and are not among these."""
    crowded: Mapping[str, int]
    """Kind -> things that too many accounts have to say anything."""


def build_neighbourhood(
    graph: Graph,
    centre: str,
    pull: Mapping[str, float],
    confirmed: Mapping[str, datetime],
    crowded: Mapping[str, int],
) -> Neighbourhood:
    """Return the neighbourhood. `pull` holds every account reached, strongest first."""
    towards = [account_id for account_id in confirmed if account_id != centre and account_id in graph.accounts]
    found = [path.turn() for path in find_paths(graph, centre, towards).values()]
    paths = tuple(sorted(found, key=lambda path: (-path.strength, path.account_ids)))
    on_paths = [account_id for path in paths for account_id in path.account_ids]
    order = list(dict.fromkeys([centre, *on_paths, *pull]))
    shown = order[:MOST_ACCOUNTS]
    among = set(shown)
    things = _list_things(graph, among)
    strands = [
        Strand(account_id, place, bond.tie.sessions, bond.tie.first_seen_at, bond.tie.last_seen_at, bond.weight)
        for place, thing in enumerate(things)
        for account_id, bond in graph.of_thing[thing].items()
        if account_id in among
    ]
    return Neighbourhood(
        centre=centre,
        accounts=tuple(
            Neighbour(account_id, pull.get(account_id, 0.0), confirmed.get(account_id)) for account_id in shown
        ),
        things=tuple(_describe(graph, thing) for thing in things),
        strands=tuple(strands),
        paths=paths,
        more=len(order) - len(shown),
        crowded=crowded,
    )


def _list_things(graph: Graph, shown: set[str]) -> Sequence[Thing]:
    """Return what joins at least two of the accounts, what joins most firmly first."""
    firmness = {
        thing: sum(bond.weight for account_id, bond in bonds.items() if account_id in shown)
        for thing, bonds in graph.of_thing.items()
        if len(bonds.keys() & shown) > 1
    }
    return sorted(firmness, key=lambda thing: (-firmness[thing], thing.kind.value, thing.entity))


def _describe(graph: Graph, thing: Thing) -> SharedThing:
    attested = all(bond.tie.attested for bond in graph.of_thing[thing].values())
    return SharedThing(thing.kind, graph.things[thing], attested)

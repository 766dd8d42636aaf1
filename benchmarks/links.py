"""Finding linked accounts in a database of 100,000 accounts, beside power iteration over the whole graph in memory.

Also: how many of planted rings come back, and how large the largest component is with and without network edges, which
is why nobody is reached through networks. The world is made by code; it ranks methods and proves nothing of the field.
"""

import os
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import sqlalchemy as sa

from benchmarks import Row
from jacana.db.engine import Database
from jacana.db.schema import migrate_schema
from jacana.db.tables.detect_accounts import detect_networks, detect_ties
from jacana.detect.accounts.links.finder import LEAST_SCORE, MOST_LINKS, LinkFinder
from jacana.detect.accounts.links.graph import Arrays, pack_edges
from jacana.detect.accounts.links.push import RESTART, push_from
from jacana.detect.accounts.links.weights import HOME_SHARERS, MOST_SHARERS
from jacana.model.tie import TieKind
from jacana.settings import Settings

ACCOUNTS = int(os.environ.get("JACANA_BENCH_LINK_ACCOUNTS", "100000"))
RINGS, RING_SIZE = 200, 8
QUERIES = 60
ROUNDS = 20
NOW = datetime(2026, 11, 22, tzinfo=UTC)
Edges = list[tuple[str, str, int]]
"""(kind, thing, account)."""


def draw_world(seed: int) -> tuple[Edges, list[list[int]]]:
    """Return ties and the planted rings.

    Everybody has a device, a home address and two carriers' addresses (of 2,000), half of them another home's, too.
    Nearly one in four lives in a household of 2 to 5 with a tablet; three in ten have a card, of households in six a
    common one; one in ten has uploaded a popular file. In a ring each member shares a device, a card, a file or an
    invitation with one that came shortly before, nobody with all.
    """
    random = np.random.default_rng(seed)
    edges: Edges = []
    account = 0
    household = 0
    while account < ACCOUNTS:
        size = int(random.integers(2, 6)) if random.random() < 0.08 else 1
        members = range(account, min(account + size, ACCOUNTS))
        shares_card = random.random() < 1 / 6
        for one in members:
            edges.append(("device", f"own{one}", one))
            edges += [("device", f"tablet{household}", one)] if size > 1 else []
            edges.append(("network", f"home{household}", one))
            edges += [("network", f"carrier{int(random.integers(0, 2000))}", one) for _ in range(2)]
            edges += [("network", f"home{int(random.integers(0, ACCOUNTS))}", one)] if random.random() < 0.5 else []
            if random.random() < 0.3:
                edges.append(("payment", f"card{household if shares_card else f'-{one}'}", one))
            if random.random() < 0.1:
                edges.append(("content", f"popular{int(random.zipf(1.6)) % 5000}", one))
        account += size
        household += 1
    rings = [sorted(int(one) for one in random.choice(ACCOUNTS, RING_SIZE, replace=False)) for _ in range(RINGS)]
    for number, ring in enumerate(rings):
        for place, one in enumerate(ring[1:], start=1):
            other = ring[int(random.integers(max(0, place - 3), place))]
            kind = str(random.choice(["device", "payment", "content", "invitation"], p=[0.5, 0.15, 0.25, 0.1]))
            thing = str(other) if kind == "invitation" else f"ring{number}-{place}"
            edges += [(kind, thing, one), (kind, thing, other)]
    return sorted(set(edges)), rings


def save_world(database: Database, edges: Edges, seed: int) -> None:
    """Write the ties, 20,000 at a time, and which networks are hubs."""
    random = np.random.default_rng(seed)
    ages = random.integers(0, 120, len(edges))
    attested = random.random(len(edges)) < 0.7
    carriers = sorted({thing for kind, thing, _ in edges if kind == "network" and thing.startswith("carrier")})
    with database.write() as connection:
        for start in range(0, len(edges), 20_000):
            rows = [
                {
                    "kind": kind,
                    "entity": thing,
                    "account_id": f"acct-{account}",
                    "first_seen_at": NOW - timedelta(days=int(ages[start + place]) + 20),
                    "last_seen_at": NOW - timedelta(days=int(ages[start + place])),
                    "sessions": 3,
                    "attested": bool(attested[start + place]),
                }
                for place, (kind, thing, account) in enumerate(edges[start : start + 20_000])
            ]
            connection.execute(detect_ties.insert(), rows)
        hubs = [
            {"network": name, "accounts": b"", "account_count": 100, "hub": True, "updated_at": NOW}
            for name in carriers
        ]
        connection.execute(detect_networks.insert(), hubs)
        connection.execute(sa.text("ANALYZE"))


def pack_world(edges: Edges, kinds: Sequence[str], most: int) -> Arrays:
    """Return the whole graph of some kinds in memory, things of more than `most` accounts left out."""
    things = [(kind, thing) for kind, thing, _ in edges if kind in kinds]
    names = {name: place for place, name in enumerate(dict.fromkeys(things))}
    counts = np.bincount([names[name] for name in things])
    kept = [
        (account, ACCOUNTS + names[kind, thing], 1.0)
        for kind, thing, account in edges
        if kind in kinds and 1 < counts[names[kind, thing]] <= most
    ]
    return pack_edges(kept, ACCOUNTS + len(names))


def iterate(arrays: Arrays, seed: int) -> np.ndarray:
    """The peer: 20 rounds over the whole graph."""
    nodes = len(arrays.starts) - 1
    sources = np.repeat(np.arange(nodes), np.diff(arrays.starts))
    walk, mass = np.zeros(nodes), np.zeros(nodes)
    walk[seed] = 1.0
    for _ in range(ROUNDS):
        mass += RESTART * walk
        walk = (1 - RESTART) * np.bincount(arrays.neighbours, walk[sources] * arrays.shares, nodes)
    return mass


def measure_component(arrays: Arrays) -> float:
    """Return the part of all accounts that the largest component holds, by spreading the least label."""
    nodes = len(arrays.starts) - 1
    sources = np.repeat(np.arange(nodes), np.diff(arrays.starts))
    label = np.arange(nodes)
    while True:
        wider = label.copy()
        np.minimum.at(wider, arrays.neighbours, label[sources])
        wider = np.minimum(wider, wider[wider])
        if (wider == label).all():
            return float(np.bincount(label[:ACCOUNTS]).max()) / ACCOUNTS
        label = wider


def time_each(work: Sequence[object], call: object) -> list[float]:
    times = []
    for one in work:
        start = time.process_time()
        call(one)
        times.append((time.process_time() - start) * 1000)
    return times


def run() -> Iterator[Row]:
    """Yield the costs of a query, the recall of rings, and the components."""
    edges, rings = draw_world(11)
    solid = [kind.value for kind in TieKind if kind is not TieKind.NETWORK]
    whole = pack_world(edges, solid, MOST_SHARERS)
    push_from(whole, [rings[0][0]])  # compiles
    seeds = [ring[0] for ring in rings[:QUERIES]]
    pushed = time_each(seeds, lambda seed: push_from(whole, [seed]))
    powered = time_each(seeds[:10], lambda seed: iterate(whole, seed))
    note = (
        f"{ACCOUNTS} accounts, {len(edges)} ties; whole graph without networks in memory; peer: numpy, {ROUNDS} rounds"
    )
    yield _row("links: local push, one seed, in memory", median(pushed), median(powered), "CPU ms", note)
    yield from _measure_database(edges, rings)
    for name, kinds, most in (
        ("every tie but networks", solid, MOST_SHARERS),
        ("with home-like networks as edges", [kind.value for kind in TieKind], HOME_SHARERS),
        ("with all networks as edges", [kind.value for kind in TieKind], ACCOUNTS),
    ):
        size = measure_component(pack_world(edges, kinds, most)) * 100
        text = f"things of at most {most} accounts; nobody is reached through networks for this reason"
        yield Row(f"links: largest component, {name}", round(size, 3), None, None, "% of accounts", text)


def _measure_database(edges: Edges, rings: list[list[int]]) -> Iterator[Row]:
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'links.db'}")
        database.create_file()
        migrate_schema(database)
        save_world(database, edges, 12)
        finder, planted = LinkFinder(Settings()), group_planted(edges)
        found, direct, times, queries = [], [], [], []
        statements: list[int] = []
        sa.event.listen(database.engine, "before_cursor_execute", lambda *_: statements.append(1))
        with database.read() as connection:
            finder.search(connection, [f"acct-{rings[0][0]}"], NOW)  # warm
            for ring in rings:
                statements.clear()
                start = time.process_time()
                search = finder.search(connection, [f"acct-{ring[0]}"], NOW)
                times.append((time.process_time() - start) * 1000)
                queries.append(len(statements))
                names = [link.account_id for link in search.links]
                tied = tie_members(planted, ring)
                for hops in (1, 2, 3):
                    near = _within(tied, ring[0], hops) - _within(tied, ring[0], hops - 1)
                    found.append((hops, len({f"acct-{one}" for one in near} & set(names)), len(near)))
                direct.append(len(names))
        database.close()
    some = (
        f"SQLite, {len(times)} searches, median; 90th percentile {np.percentile(times, 90):.1f}, worst {max(times):.1f}"
    )
    yield _row("links: one search in the database", median(times), None, "CPU ms", some)
    text = f"at most 3 rounds; worst {max(queries)}"
    yield Row("links: statements of one search", median(queries), None, None, "statements", text)
    for hops in (1, 2, 3):
        recall = sum(hit for far, hit, _ in found if far == hops) / sum(all_ for far, _, all_ in found if far == hops)
        text = f"{RINGS} rings of {RING_SIZE}, from one member; among the first {MOST_LINKS} of at least {LEAST_SCORE}"
        yield Row(f"links: ring members {hops} hops away found", round(recall * 100, 1), None, None, "%", text)
    yield Row("links: candidates of one search", median(direct), None, None, "accounts", f"worst {max(direct)}")


def group_planted(edges: Edges) -> list[set[int]]:
    """Return the accounts on each thing that a ring planted."""
    groups: dict[tuple[str, str], set[int]] = {}
    for kind, thing, account in edges:
        if thing.startswith("ring") or kind == "invitation":
            groups.setdefault((kind, thing), set()).add(account)
    return list(groups.values())


def tie_members(planted: list[set[int]], ring: list[int]) -> dict[int, set[int]]:
    """Return who is directly tied to whom among the members."""
    tied: dict[int, set[int]] = {one: set() for one in ring}
    for group in planted:
        inside = group & tied.keys()
        for one in inside:
            tied[one] |= inside - {one}
    return tied


def _within(tied: dict[int, set[int]], start: int, hops: int) -> set[int]:
    reached = {start}
    for _ in range(hops):
        reached |= {other for one in reached for other in tied[one]}
    return reached - {start}


def _row(name: str, ours: float, peer: float | None, unit: str, note: str) -> Row:
    ratio = round(peer / ours, 1) if peer else None
    return Row(name, round(ours, 3), peer and round(peer, 2), ratio, unit, note)

"""The exact index at 100 thousand, 1 million and 10 million hashes, against FAISS flat and threatexchange's PDQIndex.

CPU time of one core for both; recall is counted on neighbours planted at each distance from 0 to 31.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import TypeVar

import numpy as np

from benchmarks import Row
from benchmarks.peers import find_peer
from jacana.detect.media.index.address import make_addresses
from jacana.detect.media.index.live import HashIndex

SIZES = {"100k": 100_000, "1M": 1_000_000, "10M": 10_000_000}
PEER_QUERIES = {"100k": 1000, "1M": 300, "10M": 40}
BATCH = 1000
SINGLES = 300
CENTRES = 2000
MAX_PER_ENTRY = 1 << 19
T = TypeVar("T")


def run() -> Iterator[Row]:
    """Yield the rows of each size, then those of a clumped set."""
    faiss, exchange = find_peer("faiss"), find_peer("threatexchange.signal_type.pdq.pdq_index")
    if faiss:
        faiss.omp_set_num_threads(1)
    rng = np.random.default_rng(20261122)
    for name, size in SIZES.items():
        hashes = rng.integers(0, 256, (size, 32), np.uint8)
        yield from measure(name, hashes, plant(rng, hashes), faiss, exchange if size <= 1_000_000 else None)
    clumps, queries = draw_clumps(rng, 1_000_000)
    yield from measure("1M clumped", clumps, queries, faiss, None)
    yield from measure_hot(clumps, draw_flips(rng, np.full(BATCH, 48)), faiss)


def measure(
    name: str, hashes: np.ndarray, queries: np.ndarray, faiss: ModuleType | None, exchange: ModuleType | None
) -> Iterator[Row]:
    """Yield what building, opening, asking and adding cost at one size."""
    with tempfile.TemporaryDirectory() as folder:
        build, index = time_cpu(lambda: fill(Path(folder), hashes))
        yield Row(f"index {name} build", round(build, 2), None, None, "CPU s", "one merge of everything")
        size = sum(file.stat().st_size for file in Path(folder).iterdir()) / len(hashes)
        yield Row(f"index {name} size", round(size, 1), None, None, "bytes a hash", "all files of the directory")
        index.search(queries[:2])
        yield from ask(name, index, hashes, queries, faiss, exchange)
        yield open_again(name, Path(folder))
        yield add_and_ask(name, index)
        index.close()


def measure_hot(hashes: np.ndarray, queries: np.ndarray, faiss: ModuleType | None) -> Iterator[Row]:
    """Yield what a query costs that shares its buckets with a hundred thousand near-black hashes and is near to few."""
    with tempfile.TemporaryDirectory() as folder:
        index = fill(Path(folder), hashes)
        index.search(queries[:2])
        cost = time_cpu(lambda: index.search(queries[:SINGLES]))[0] / SINGLES
        flat = ask_flat(faiss, hashes, queries[:SINGLES]) if faiss else None
        same = f"; as many pairs as faiss: {agree(index, queries[:SINGLES], flat)}" if flat else ""
        yield compare_query("index 1M clumped, hot buckets", cost, flat and flat[0], f"faiss IndexBinaryFlat{same}")


def ask(
    name: str,
    index: HashIndex,
    hashes: np.ndarray,
    queries: np.ndarray,
    faiss: ModuleType | None,
    exchange: ModuleType | None,
) -> Iterator[Row]:
    batch = median(time_cpu(lambda: index.search(queries))[0] for _ in range(5)) / BATCH
    single = time_cpu(lambda: [index.search(queries[at : at + 1]) for at in range(SINGLES)])[0] / SINGLES
    few = queries[: PEER_QUERIES.get(name, 300)]
    flat = ask_flat(faiss, hashes, few) if faiss else None
    yield compare_query(f"index {name} batch of {BATCH}", batch, flat and flat[0], "faiss IndexBinaryFlat, 1 thread")
    yield compare_query(f"index {name} one query a call", single, flat and flat[0], "the same, batch of many")
    hits = index.search(queries)
    found = len(np.unique(hits.query)) / len(queries)
    note = f"{len(hits.query)} pairs" + (
        f"; on {len(few)} queries as many as faiss: {agree(index, few, flat)}" if flat else ""
    )
    yield Row(f"index {name} recall", found, None, None, "share", note)
    if exchange:
        cost = ask_exchange(exchange, hashes, queries[:100])
        yield compare_query(f"index {name} batch vs PDQIndex", batch, cost, "threatexchange PDQIndex, one query a call")
    yield share(name, index, queries)


def fill(folder: Path, hashes: np.ndarray) -> HashIndex:
    """Return an index of these hashes, merged."""
    index = HashIndex.open(folder)
    index._merge_above = 1 << 62  # one merge, here and now
    for number, start in enumerate(range(0, len(hashes), MAX_PER_ENTRY), 1):
        rows = hashes[start : start + MAX_PER_ENTRY]
        index.add(rows, make_addresses(number, len(rows)), number)
    index.merge()
    index.close()
    return index


def plant(rng: np.random.Generator, hashes: np.ndarray) -> np.ndarray:
    """Return queries that each have a neighbour at a distance of 0 to 31, all distances alike."""
    chosen = hashes[rng.choice(len(hashes), BATCH, replace=False)]
    return chosen ^ draw_flips(rng, np.arange(BATCH) % 32)


def draw_clumps(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return hashes as clips give them, each a few bits from its clip's, a tenth of them near black; and queries."""
    centres = rng.integers(0, 256, (CENTRES, 32), np.uint8)
    centres[: CENTRES // 10] = 0
    flips = draw_flips(rng, rng.integers(0, 24, 1 << 16))
    hashes = centres[rng.integers(0, CENTRES, count)] ^ flips[rng.integers(0, len(flips), count)]
    queries = centres[rng.integers(CENTRES // 10, CENTRES, BATCH)] ^ flips[rng.integers(0, len(flips), BATCH)]
    return hashes, queries


def draw_flips(rng: np.random.Generator, distances: np.ndarray) -> np.ndarray:
    """Return patterns (n, 32) with as many bits set as asked for."""
    ranks = rng.random((len(distances), 256)).argsort(axis=1).argsort(axis=1)
    return np.packbits(ranks < distances[:, None], axis=1)


def ask_flat(faiss: ModuleType, hashes: np.ndarray, queries: np.ndarray) -> tuple[float, int]:
    """Return FAISS's CPU seconds a query and how many pairs it found."""
    flat = faiss.IndexBinaryFlat(256)
    flat.add(hashes)
    flat.range_search(queries[:2], 32)  # below 32
    seconds, (limits, _, _) = time_cpu(lambda: flat.range_search(queries, 32))
    return seconds / len(queries), int(limits[-1])


def ask_exchange(exchange: ModuleType, hashes: np.ndarray, queries: np.ndarray) -> float:
    """Return the CPU seconds a query of threatexchange's index of PDQ hashes."""
    index = exchange.PDQIndex.build((row.tobytes().hex(), at) for at, row in enumerate(hashes))
    asked = [row.tobytes().hex() for row in queries]
    index.query(asked[0])
    return time_cpu(lambda: [index.query(one) for one in asked])[0] / len(asked)


def agree(index: HashIndex, queries: np.ndarray, flat: tuple[float, int]) -> str:
    return "yes" if len(index.search(queries).query) == flat[1] else "NO"


def share(name: str, index: HashIndex, queries: np.ndarray) -> Row:
    """Compare the wall time of one thread and of two."""
    many = np.concatenate([queries] * 4)
    index.search(many, threads=2)
    walls: dict[int, list[float]] = {1: [], 2: []}
    works: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(7):
        for threads in (1, 2):
            start = time.perf_counter()
            works[threads].append(time_cpu(lambda threads=threads: index.search(many, threads=threads))[0])
            walls[threads].append((time.perf_counter() - start) * 1e6 / len(many))
    one, two = min(walls[1]), min(walls[2])
    note = f"peer: one thread; two spend {min(works[2]) / min(works[1]):.2f} times its CPU (wall needs two idle cores)"
    return Row(f"index {name} two threads", round(two, 1), round(one, 1), round(one / two, 2), "wall µs", note)


def open_again(name: str, folder: Path) -> Row:
    times = []
    for _ in range(5):
        start = time.perf_counter()
        index = HashIndex.open(folder)
        times.append((time.perf_counter() - start) * 1000)
        index.close()
    return Row(f"index {name} open", round(median(times), 2), None, None, "wall ms", f"longest {max(times):.1f}")


def add_and_ask(name: str, index: HashIndex) -> Row:
    """Measure from the call that adds a hash to the return of the search that finds it."""
    times, position = [], index.position
    begun = time.process_time()
    rng = np.random.default_rng(3)
    for at in range(1, 301):
        row = rng.integers(0, 256, (1, 32), np.uint8)
        start = time.perf_counter()
        index.add(row, make_addresses(10_000 + at, 1), position + at)
        hits = index.search(row)
        times.append((time.perf_counter() - start) * 1000)
        assert len(hits.query) == 1
    cpu = (time.process_time() - begun) * 1000 / len(times)
    note = f"the search included; {cpu:.2f} CPU ms; 99th percentile {sorted(times)[-4]:.2f}"
    return Row(f"index {name} add to visible", round(median(times), 3), None, None, "wall ms", note)


def compare_query(name: str, ours: float, peer: float | None, note: str) -> Row:
    note = f"{1 / ours:,.0f} queries/s" + (f"; {note}: {1 / peer:,.0f}" if peer else "")
    return Row(
        name, round(ours * 1e6, 2), peer and round(peer * 1e6, 1), peer and round(peer / ours, 1), "CPU µs", note
    )


def time_cpu(call: Callable[[], T]) -> tuple[float, T]:
    """Return the CPU seconds of a call and its result."""
    start = time.process_time()
    result = call()
    return time.process_time() - start, result

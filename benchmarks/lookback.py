"""Look back over 100 million catalogued frame hashes for 1,000 new entries, from memory-mapped shards on disk.

The hashes are random, with planted neighbours: real catalogues are clumped, which costs more comparisons where a new
entry lies in a clump and nothing elsewhere. JACANA_BENCH_HASHES sets another size. Peer: FAISS IndexBinaryFlat over the
new entries, asked with a hundredth of the catalogue and scaled up.
"""

import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree

import faiss
import numpy as np

from benchmarks import Row
from jacana.detect.media.catalogue.scan import Needles, lay_out_needles
from jacana.detect.media.catalogue.scanner import LocalScanner
from jacana.detect.media.catalogue.shard import MAX_HASHES, Shard, write_shard
from jacana.detect.media.catalogue.shelf import Catalogue

HASHES = int(os.environ.get("JACANA_BENCH_HASHES", "100000000"))
FOLDER = Path(__file__).parent / "out" / "catalogue"
FRAMES_A_FILE = 50
PLANTED = 200


def run() -> Iterator[Row]:
    """Yield the rows; writes and deletes 32 bytes a hash under benchmarks/out."""
    rng = np.random.default_rng(11)
    needles = rng.integers(0, 256, (1000, 32), dtype=np.uint8)
    rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    try:
        _write_catalogue(rng, needles)
        peer = _time_peer(rng, needles)
        for count, threads in ((1000, 1), (1000, 2), (20_000, 2)):
            wanted = np.concatenate([needles, rng.integers(0, 256, (count - 1000, 32), dtype=np.uint8)])
            yield _time_scan(lay_out_needles(wanted, np.full(count, 31)), count, threads, peer)
    finally:
        rmtree(FOLDER)


def _write_catalogue(rng: np.random.Generator, needles: np.ndarray) -> None:
    """Write shards; PLANTED files in all carry a hash at distance 31 of some new entry."""
    numbers = range(1, -(-HASHES // MAX_HASHES) + 1)
    for number in numbers:
        count = min(MAX_HASHES, HASHES - MAX_HASHES * (number - 1)) // FRAMES_A_FILE * FRAMES_A_FILE
        files = count // FRAMES_A_FILE
        pdq = rng.integers(0, 256, (count, 32), dtype=np.uint8)
        for row in rng.choice(count, PLANTED // len(numbers), replace=False):
            bits = np.unpackbits(needles[rng.integers(len(needles))])
            bits[rng.choice(256, 31, replace=False)] ^= 1
            pdq[row] = np.packbits(bits)
        starts = np.arange(0, count + 1, FRAMES_A_FILE, dtype=np.int64)
        names = rng.integers(0, 256, (files, 32), dtype=np.uint8)
        write_shard(FOLDER / f"{number:06d}.shard", Shard(names, np.zeros(files, np.int64), starts, pdq))


def _time_scan(needles: Needles, count: int, threads: int, peer: float) -> Row:
    parts = Catalogue(FOLDER).list_parts()
    list(LocalScanner(threads=threads).scan(parts[:1], needles))  # compiled, and its pages read
    wall, cpu = time.perf_counter(), time.process_time()
    results = list(LocalScanner(threads=threads).scan(parts, needles))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    hashes, hits = sum(result.hashes for result in results), sum(len(result.hits) for result in results)
    planted = PLANTED // len(parts) * len(parts)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    return Row(
        f"{hashes:,} hashes, {count:,} new, {threads} threads",
        round(cpu, 2),
        round(peer * hashes * count / 1000, 1),
        round(peer * hashes * count / 1000 / cpu, 1),
        "CPU s",
        f"wall {wall:.1f} s; {hits} files found of {planted} planted; peak memory {peak} MiB, mapped pages included",
    )


def _time_peer(rng: np.random.Generator, needles: np.ndarray) -> float:
    """Return FAISS's CPU seconds for one catalogued hash against 1,000."""
    faiss.omp_set_num_threads(1)
    index = faiss.IndexBinaryFlat(256)
    index.add(needles)
    asked = rng.integers(0, 256, (max(1, HASHES // 100), 32), dtype=np.uint8)
    start = time.process_time()
    index.search(asked, 1)
    return (time.process_time() - start) / len(asked)

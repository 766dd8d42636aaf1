"""Exact digests: batches of MD5, SHA-1 and SHA-256 against a dictionary of hexadecimal text, as HMA keeps it."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks import Row, compare
from jacana.detect.media.index.live import HashIndex

KNOWN = 1_000_000
BATCH = 100_000
WIDTHS = {"md5": 16, "sha1": 20, "sha256": 32}


def run() -> Iterator[Row]:
    """Yield a row for each kind of digest."""
    rng = np.random.default_rng(7)
    for kind, width in WIDTHS.items():
        known = rng.integers(0, 256, (KNOWN, width), np.uint8)
        queries = rng.integers(0, 256, (BATCH, width), np.uint8)
        queries[::2] = known[rng.integers(0, KNOWN, BATCH // 2)]
        with tempfile.TemporaryDirectory() as folder:
            yield measure(kind, known, queries, Path(folder))


def measure(kind: str, known: np.ndarray, queries: np.ndarray, folder: Path) -> Row:
    """Compare with what threatexchange's trivial index does: a dictionary of hexadecimal text, one look-up a call."""
    index = HashIndex.open(folder)
    index._merge_above = 1 << 62
    none = np.empty((0, 32), np.uint8), np.empty(0, np.uint64)
    index.add(*none, 1, digests=[(kind, row.tobytes(), number) for number, row in enumerate(known)])
    index.merge()
    table = {row.tobytes().hex(): [number] for number, row in enumerate(known)}
    asked = [row.tobytes().hex() for row in queries]
    found = index.digests.find(kind, queries)  # type: ignore[arg-type]
    truth = [number for one in asked for number in table.get(one, ())]
    row = compare(
        f"digests {kind} {BATCH:,} of {KNOWN:,}",
        lambda: index.digests.find(kind, queries),  # type: ignore[arg-type]
        lambda: [table.get(one, ()) for one in asked],
        f"a Python dictionary of hexadecimal text; same answers: {'yes' if found.number.tolist() == truth else 'NO'}",
    )
    size = sum(file.stat().st_size for file in folder.iterdir()) / KNOWN
    rate = BATCH / row.ours * 1000
    index.close()
    return Row(row.name, row.ours, row.peer, row.ratio, row.unit, f"{rate:,.0f}/s, {size:.0f} bytes each; {row.note}")

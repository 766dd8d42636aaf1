"""Comparing every hash with every query: what small parts do, and large ones where buckets would cost more."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.index import kernels
from jacana.detect.media.index.address import Words

Pairs = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.uint16]]
"""Which query, which row, how far: (pairs,) each."""
_PAIRS_A_QUERY = 4096
_MOST_PAIRS = 1 << 22
"""Room made at first; memory that no pair is written to is never touched."""


def scan(words: Words, queries: Words, wide: int) -> Pairs:
    """Compare every hash (n, 4) with every query (m, 4); return the pairs within `wide`."""
    return collect(len(queries), lambda pairs: kernels.scan_rows(words, queries, wide, pairs))


def collect(queries: int, fill: Callable[[kernels.Pairs], np.int64]) -> Pairs:
    """Call a kernel that stores the pairs that fit and says how many there are; once more if they did not fit."""
    size = min(_PAIRS_A_QUERY * queries, _MOST_PAIRS)
    while True:
        pairs = np.empty(size, np.int32), np.empty(size, np.uint32), np.empty(size, np.uint16)
        count = int(fill(pairs))
        if count <= size:
            return pairs[0][:count].astype(np.intp), pairs[1][:count].astype(np.intp), pairs[2][:count]
        size = count

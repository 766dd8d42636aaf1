"""Comparing every hash with every query: what small parts do, and large ones where buckets would cost more."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.index import kernels
from jacana.detect.media.index.address import Words

Pairs = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.uint16]]
"""Which query, which row, how far: (pairs,) each."""
_FIRST_PAIRS = 4096


def scan(words: Words, queries: Words, wide: int) -> Pairs:
    """Compare every hash (n, 4) with every query (m, 4); return the pairs within `wide`."""
    return collect(lambda pairs: kernels.scan_rows(words, queries, wide, pairs))


def collect(fill: Callable[[kernels.Pairs], np.int64]) -> Pairs:
    """Call a kernel that stores the pairs that fit and says how many there are; once more if they did not fit."""
    size = _FIRST_PAIRS
    while True:
        pairs = np.empty(size, np.int32), np.empty(size, np.uint32), np.empty(size, np.uint16)
        count = int(fill(pairs))
        if count <= size:
            return pairs[0][:count].astype(np.intp), pairs[1][:count].astype(np.intp), pairs[2][:count]
        size = count

"""Which seconds of an upload match which seconds of an entry: runs of near frames at one offset and speed. Pure.

Either side may be sampled sparsely. A run may be half or twice as fast as the entry; of a still entry only the upload's
time counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.kernel import kernel

MAX_SEGMENTS = 12
"""Longest runs that are told; the rest is what chance or repetition leaves over."""

MAX_PAIRS = 8000
"""Pairs that are aligned; of more, the nearest of each moment are kept."""

MAX_MISSES, MAX_GAP_SECONDS = 2, 3.0
"""Looks at the upload, in a row, or seconds, that may fail to match within a run; the longer counts."""

SLACK_SECONDS = 1.0
"""How far apart the nearest hashed frames of two files may lie: lists carry one frame a second."""

SLOWEST, FASTEST = 0.5, 2.0

_SMOOTH = 0.02  # what a second out of step costs, in frames: too little to lose a frame, enough to choose among equals

Indices = NDArray[np.intp]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Run:
    """One run: the pairs it is made of (indices into what was aligned), in the upload's time order, one a moment."""

    pairs: Indices
    from_seconds: float
    to_seconds: float
    entry_from_seconds: float
    entry_to_seconds: float


def align_pairs(
    seconds: Floats, entry_seconds: Floats, distance: NDArray[np.uint16], looked: Floats, max_runs: int = MAX_SEGMENTS
) -> list[Run]:
    """Return the runs in the upload's time order.

    `seconds`, `entry_seconds` and `distance` (n,) are one near pair each; `looked` are the upload's moments that carry
    information, matching or not, and must hold every one of `seconds`. A moment is in one run only.
    """
    moments, moment = np.unique(seconds, return_inverse=True)
    kept = _thin(moment, entry_seconds, distance, len(moments))
    order = kept[np.lexsort((entry_seconds[kept], moment[kept]))]
    place = np.searchsorted(np.unique(looked), seconds[order])
    still = float(np.ptp(entry_seconds)) < SLACK_SECONDS if len(entry_seconds) else True
    weight = 1.0 + 0.25 * (1.0 - distance[order] / 256.0)
    alive = np.ones(len(order), np.bool_)
    runs: list[Run] = []
    while alive.any() and len(runs) < max_runs:
        score, before = np.zeros(len(order)), np.full(len(order), -1, np.intp)
        _link(seconds[order], entry_seconds[order], weight, place, alive, still, score, before)
        chain = _follow(before, int(np.where(alive, score, -np.inf).argmax()))
        alive &= ~np.isin(moment[order], moment[order][chain])
        runs.append(_describe(order[chain], seconds, entry_seconds))
    return sorted(runs, key=lambda run: (run.from_seconds, run.to_seconds))


def describe_speed(runs: Sequence[Run]) -> float | None:
    """Return how fast the upload plays the entry in its longest run, or None if that is too short to say."""
    longest = max(runs, key=lambda run: run.to_seconds - run.from_seconds, default=None)
    if longest is None or longest.to_seconds - longest.from_seconds < 2 * SLACK_SECONDS:
        return None
    return (longest.entry_to_seconds - longest.entry_from_seconds) / (longest.to_seconds - longest.from_seconds)


def _thin(moment: Indices, entry_seconds: Floats, distance: NDArray[np.uint16], count: int) -> Indices:
    """Return the pairs to align: of each moment the nearest at each half second of the entry, the nearest first."""
    halves = np.floor(entry_seconds * 2).astype(np.int64)
    order = np.lexsort((distance, halves, moment))
    first = np.ones(len(order), np.bool_)
    first[1:] = (np.diff(moment[order]) != 0) | (np.diff(halves[order]) != 0)
    kept = order[first]
    if len(kept) > MAX_PAIRS:
        kept = kept[np.lexsort((distance[kept], moment[kept]))]
        starts = np.searchsorted(moment[kept], np.arange(count))
        rank = np.arange(len(kept)) - starts[moment[kept]]
        kept = kept[rank < max(1, MAX_PAIRS // count)]
        kept = kept[:: -(-len(kept) // MAX_PAIRS)]
    return kept


def _follow(before: Indices, last: int) -> Indices:
    chain = [last]
    while before[chain[-1]] >= 0:
        chain.append(int(before[chain[-1]]))
    return np.array(chain[::-1], np.intp)


def _describe(pairs: Indices, seconds: Floats, entry_seconds: Floats) -> Run:
    return Run(
        pairs,
        float(seconds[pairs].min()),
        float(seconds[pairs].max()),
        float(entry_seconds[pairs].min()),
        float(entry_seconds[pairs].max()),
    )


@kernel
def _link(
    seconds: Floats,
    entry_seconds: Floats,
    weight: Floats,
    place: Indices,
    alive: NDArray[np.bool_],
    still: bool,
    score: Floats,
    before: Indices,
) -> None:
    """Fill in, for pairs in time order, the weight of the best run that ends with each and the pair before it there."""
    for at in range(len(seconds)):
        if not alive[at]:
            continue
        best, chosen = 0.0, -1
        for other in range(at - 1, -1, -1):
            passed = seconds[at] - seconds[other]
            if place[at] - place[other] - 1 > MAX_MISSES and passed > MAX_GAP_SECONDS:
                break
            if not alive[other] or place[at] == place[other]:
                continue
            moved = entry_seconds[at] - entry_seconds[other]
            if still:
                moved = passed
            elif moved < SLOWEST * passed - SLACK_SECONDS or moved > FASTEST * passed + SLACK_SECONDS:
                continue
            found = score[other] - _SMOOTH * min(abs(moved - passed), 2.0)
            if found > best:
                best, chosen = found, other
        score[at] = weight[at] + best
        before[at] = chosen

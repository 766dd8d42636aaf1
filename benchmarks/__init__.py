"""Benchmarks by CPU time, ours beside a peer in the same run. `python -m benchmarks [ONLY]`; not part of the tests."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

ROUNDS = 9
ROUND_SECONDS = 0.15


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison. `ratio` is peer / ours: how many times less ours costs; null where there is no peer."""

    name: str
    ours: float
    peer: float | None
    ratio: float | None
    unit: str
    note: str


def compare(name: str, ours: Callable[[], object], peer: Callable[[], object] | None, note: str) -> Row:
    """Measure both in turns, so that a busy machine slows both alike. Unit: CPU milliseconds a call."""
    ours_times, peer_times = [], []
    ours_count, peer_count = count_calls(ours), count_calls(peer) if peer else 0
    for _ in range(ROUNDS):
        ours_times.append(measure(ours, ours_count))
        if peer:
            peer_times.append(measure(peer, peer_count))
    mine, theirs = median(ours_times), median(peer_times) if peer_times else None
    return Row(name, round(mine, 4), theirs and round(theirs, 4), theirs and round(theirs / mine, 2), "CPU ms", note)


def count_calls(call: Callable[[], object]) -> int:
    """Return how many calls fill one round, after warming up."""
    call()
    start = time.process_time()
    call()
    return max(1, int(ROUND_SECONDS / max(time.process_time() - start, 1e-6)))


def measure(call: Callable[[], object], count: int) -> float:
    """Return CPU milliseconds a call, of all threads of this process."""
    start = time.process_time()
    for _ in range(count):
        call()
    return (time.process_time() - start) * 1000 / count

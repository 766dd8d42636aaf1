"""Personalised PageRank by local push: how much of a walk from the confirmed accounts ends at each node. Pure.

Touches only what is near the seeds. After Andersen, Chung and Lang, "Local graph partitioning using PageRank vectors",
FOCS 2006.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from jacana.detect.accounts.links.graph import Arrays, Floats
from jacana.detect.media.kernel import kernel

RESTART = 0.15
"""Chance that a walk ends at each step."""

EPSILON = 1e-5
"""What a node may keep unpushed for each of its neighbours: smaller is farther, finer and slower."""


def push_from(
    arrays: Arrays, seeds: Sequence[int], closed: npt.NDArray[np.bool_] | None = None, *, epsilon: float = EPSILON
) -> tuple[Floats, Floats]:
    """Return (mass, waiting) of every node for walks that start at the seeds.

    `closed` nodes were not read yet: what reaches them stays `waiting` there and says which to read next. Without
    closed nodes, mass differs from the exact value by at most epsilon x neighbours at each node.
    """
    nodes = len(arrays.starts) - 1
    mass, waiting = np.zeros(nodes), np.zeros(nodes)
    waiting[list(seeds)] = 1.0 / max(1, len(seeds))
    shut = np.zeros(nodes, np.bool_) if closed is None else closed
    _push(arrays.starts, arrays.neighbours, arrays.shares, shut, mass, waiting, RESTART, epsilon)
    return mass, waiting


@kernel
def _push(
    starts: Any, neighbours: Any, shares: Any, closed: Any, mass: Any, waiting: Any, restart: float, epsilon: float
) -> None:
    nodes = mass.shape[0]
    ring = np.empty(nodes + 1, np.int64)  # each node is queued at most once, so it cannot overflow
    queued = np.zeros(nodes, np.bool_)
    head, tail = 0, 0
    for node in range(nodes):
        if waiting[node] > 0.0 and not closed[node]:
            ring[tail] = node
            tail += 1
            queued[node] = True
    while head != tail:
        node = ring[head]
        head = (head + 1) % (nodes + 1)
        queued[node] = False
        held = waiting[node]
        waiting[node] = 0.0
        mass[node] += restart * held
        for place in range(starts[node], starts[node + 1]):
            other = neighbours[place]
            waiting[other] += (1.0 - restart) * held * shares[place]
            least = epsilon * (starts[other + 1] - starts[other])
            if waiting[other] > least and not queued[other] and not closed[other]:
                ring[tail] = other
                tail = (tail + 1) % (nodes + 1)
                queued[other] = True

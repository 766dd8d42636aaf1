"""Local push gives what the whole power iteration gives, within its bound, and stops at closed nodes."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from jacana.detect.accounts.links.graph import Arrays, pack_edges
from jacana.detect.accounts.links.push import EPSILON, RESTART, push_from

EDGES = st.lists(
    st.tuples(st.integers(0, 11), st.integers(12, 19), st.floats(0.01, 1.0)),
    min_size=1,
    max_size=40,
    unique_by=lambda edge: edge[:2],
)


def iterate(arrays: Arrays, seeds: list[int], rounds: int = 300) -> np.ndarray:
    """The same by whole rounds over the whole graph."""
    nodes = len(arrays.starts) - 1
    sources = np.repeat(np.arange(nodes), np.diff(arrays.starts))
    walk, mass = np.zeros(nodes), np.zeros(nodes)
    walk[seeds] = 1.0 / len(seeds)
    for _ in range(rounds):
        mass += RESTART * walk
        walk = (1 - RESTART) * np.bincount(arrays.neighbours, walk[sources] * arrays.shares, nodes)
    return mass


@settings(max_examples=60, deadline=None)
@given(EDGES, st.sets(st.integers(0, 11), min_size=1, max_size=3))
def test_push_and_power_iteration_agree(edges: list[tuple[int, int, float]], seeds: set[int]):
    arrays = pack_edges(edges, 20)
    mass, waiting = push_from(arrays, sorted(seeds))
    exact = iterate(arrays, sorted(seeds))
    assert (mass <= exact + 1e-12).all()
    left = waiting <= EPSILON * np.maximum(np.diff(arrays.starts), 1) + 1e-15
    assert left.all()
    assert exact.sum() - mass.sum() <= waiting.sum() + 1e-9


@settings(max_examples=30, deadline=None)
@given(EDGES)
def test_nothing_is_made_out_of_nothing(edges: list[tuple[int, int, float]]):
    mass, waiting = push_from(pack_edges(edges, 20), [edges[0][0]])
    assert mass.min() >= 0 and waiting.min() >= 0
    assert mass.sum() + waiting.sum() <= 1 + 1e-9


def test_what_reaches_a_closed_node_waits_there():
    arrays = pack_edges([(0, 2, 1.0), (1, 2, 1.0), (1, 3, 1.0), (4, 3, 1.0)], 5)
    closed = np.array([False, True, False, False, False])
    mass, waiting = push_from(arrays, [0], closed)
    assert mass[1] == 0 and waiting[1] > 0.1
    assert mass[3] == 0 and waiting[3] == 0 and mass[4] == 0


def test_a_node_nobody_reaches_gets_nothing():
    arrays = pack_edges([(0, 2, 1.0), (1, 2, 1.0)], 6)
    mass, _ = push_from(arrays, [0])
    assert mass[1] > 0 and mass[5] == 0

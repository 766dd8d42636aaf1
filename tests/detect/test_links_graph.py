"""The graph: networks reach nobody; rows of the arrays never sum to more than one."""

import numpy as np
import pytest
from link_ties import CONTENT, DEVICE, NETWORK, NOW, PAYMENT, build, share

from jacana.detect.accounts.links.graph import Graph, Thing, count_kinds, join_strength


def test_a_thing_joins_the_accounts_that_have_it():
    graph = build(share(DEVICE, "d", "a", "b"), share(PAYMENT, "p", "b", "c"))
    assert set(graph.accounts) == {"a", "b", "c"}
    assert {(thing.kind, other) for thing, other, _ in graph.list_neighbours("b")} == {(DEVICE, "a"), (PAYMENT, "c")}


def test_a_network_adds_to_who_is_there_and_reaches_nobody():
    graph = build(share(DEVICE, "d", "a", "b"), share(NETWORK, "n", "a", "b", "stranger"))
    assert set(graph.accounts) == {"a", "b"}
    assert Thing(NETWORK, "n") in graph.of_account["a"]
    assert [other for _, other, _ in graph.list_neighbours("a")] == ["b"]


def test_a_network_of_one_known_account_is_nothing():
    graph = build(share(NETWORK, "n", "a", "stranger"), seeds=("a",))
    assert not graph.things


def test_a_thing_of_one_is_nothing_and_the_same_thing_comes_once():
    graph = build(share(DEVICE, "d", "a"))
    assert not graph.things
    graph = build(share(DEVICE, "d", "a", "b"), share(DEVICE, "d", "a", "b", "c"))
    assert set(graph.accounts) == {"a", "b"}


def test_the_arrays_say_the_same_as_the_graph():
    graph = build(share(DEVICE, "d", "a", "b"), share(CONTENT, "c", "a", "b"), share(PAYMENT, "p", "b", "c"))
    arrays = graph.pack()
    rows = [arrays.neighbours[arrays.starts[i] : arrays.starts[i + 1]] for i in range(6)]
    assert [len(row) for row in rows] == [2, 3, 1, 2, 2, 2]
    assert set(rows[graph.accounts["a"]]) == {3, 4}
    sums = np.add.reduceat(arrays.shares, arrays.starts[:-1])
    assert (sums <= 1 + 1e-12).all()
    assert sums[graph.accounts["c"]] == pytest.approx(graph.of_account["c"][Thing(PAYMENT, "p")].weight)


def test_weak_bonds_let_some_of_the_walk_go():
    graph = build(share(DEVICE, "d", "a", "b", attested=False, last=400, first=500))
    arrays = graph.pack()
    assert arrays.shares.max() < 0.2


def test_an_empty_graph_can_be_packed():
    graph = Graph(NOW)
    graph.add_account("a")
    arrays = graph.pack()
    assert list(arrays.starts) == [0, 0] and not len(arrays.neighbours)


def test_strength_is_the_geometric_mean_and_kinds_are_counted():
    graph = build(share(DEVICE, "d", "a", "b", last=0))
    bonds = graph.of_thing[Thing(DEVICE, "d")]
    assert join_strength(bonds["a"], bonds["b"]) == pytest.approx(1.0)
    assert count_kinds([Thing(DEVICE, "d"), Thing(DEVICE, "e"), Thing(PAYMENT, "p")]) == {"device": 2, "payment": 1}

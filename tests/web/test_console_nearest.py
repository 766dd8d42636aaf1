"""Which boxes a picture shows: the evidence always, then the nearest, never more than fit; each account a column on."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jacana.detect.accounts.links.graph import Graph, Thing
from jacana.detect.accounts.links.neighbourhood import Neighbourhood, build_neighbourhood
from jacana.model.tie import Tie, TieKind
from jacana.web.console.nearest import FARTHEST, MOST_NODES, Ties, arrange_columns, choose_nodes

NOW = datetime(2026, 5, 21, tzinfo=UTC)


def lay(*groups: tuple[TieKind, str], confirmed: tuple[str, ...] = ()) -> Neighbourhood:
    """A neighbourhood of `me` from (kind, accounts with spaces between)."""
    graph = Graph(NOW)
    graph.add_account("me")
    for place, (kind, names) in enumerate(sorted(groups, key=lambda group: group[0] is TieKind.NETWORK)):
        accounts = names.split()
        ties = [Tie(kind, f"{kind.value}-{place}", name, NOW, NOW, 2, True) for name in accounts]
        graph.add_thing(Thing(kind, f"{kind.value}-{place}"), len(accounts), ties)
    pull = {name: 1 / (1 + node) for name, node in graph.accounts.items()}
    return build_neighbourhood(graph, "me", pull, dict.fromkeys(confirmed, NOW), {})


def choose(found: Neighbourhood):
    networks = {place for place, thing in enumerate(found.things) if thing.kind is TieKind.NETWORK}
    ties = Ties(found.strands)
    return choose_nodes(found, ties, networks), ties, networks


def test_the_path_of_evidence_is_shown_however_crowded_it_is():
    crowd = [(TieKind.DEVICE, f"me n{place}") for place in range(40)]
    found = lay(
        *crowd,
        (TieKind.PAYMENT, "me mid"),
        (TieKind.DEVICE, "mid far"),
        (TieKind.DEVICE, "far bad"),
        confirmed=("bad",),
    )
    chosen, _, _ = choose(found)
    assert {"me", "mid", "far", "bad"} <= set(chosen.accounts)
    assert MOST_NODES - 2 < len(chosen.accounts) + len(chosen.things) <= MOST_NODES
    assert {account for account, _ in chosen.evidence} == {"me", "mid", "far", "bad"}


def test_without_evidence_nobody_far_away_is_shown():
    found = lay((TieKind.DEVICE, "me a"), (TieKind.DEVICE, "a b"), (TieKind.DEVICE, "b c"))
    chosen, _, _ = choose(found)
    assert chosen.accounts == ["me", "a", "b"] and max(chosen.hops.values()) == FARTHEST


def test_columns_are_accounts_and_things_in_turn():
    found = lay((TieKind.DEVICE, "me a"), (TieKind.PAYMENT, "a b"), (TieKind.NETWORK, "me a"))
    chosen, ties, networks = choose(found)
    columns = arrange_columns("me", chosen, ties, networks)
    assert [len(column) for column in columns] == [1, 2, 1, 1, 1]
    assert columns[0] == ["me"] and columns[2] == ["a"] and columns[4] == ["b"]


def test_evidence_stands_first_in_its_column():
    found = lay(
        *((TieKind.DEVICE, f"me n{place}") for place in range(5)), (TieKind.PAYMENT, "me bad"), confirmed=("bad",)
    )
    chosen, ties, networks = choose(found)
    assert arrange_columns("me", chosen, ties, networks)[2][0] == "bad"


def test_an_account_alone_stands_alone():
    chosen, ties, networks = choose(lay())
    assert arrange_columns("me", chosen, ties, networks) == [["me"]]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(TieKind)), st.sets(st.sampled_from(["me", *"abcdefgh"]), min_size=2, max_size=5)
        ),
        max_size=20,
    ),
    st.sets(st.sampled_from("abcdefgh"), max_size=3),
)
def test_everything_chosen_has_one_place(groups: list[tuple[TieKind, set[str]]], confirmed: set[str]):
    found = lay(*((kind, " ".join(sorted(names))) for kind, names in groups), confirmed=tuple(sorted(confirmed)))
    chosen, ties, networks = choose(found)
    placed = [key for column in arrange_columns("me", chosen, ties, networks) for key in column]
    assert sorted(map(str, placed)) == sorted(map(str, [*chosen.accounts, *chosen.things]))
    assert len(placed) <= MOST_NODES
    for thing in chosen.things:
        assert len(ties.of[thing].keys() & set(chosen.accounts)) > 1


@pytest.mark.parametrize("kind", list(TieKind))
def test_every_kind_but_a_network_joins(kind: TieKind):
    chosen, _, _ = choose(lay((kind, "me a")))
    assert chosen.accounts == (["me"] if kind is TieKind.NETWORK else ["me", "a"])

"""Evidence: the strongest chain, what each two on it share, and the sentence a person reads."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from link_ties import CONTENT, DEVICE, NETWORK, NOW, PAYMENT, build, make_tie, share

from jacana.detect.accounts.links.paths import (
    FARTHEST,
    HOP_DECAY,
    describe_hop,
    explain_path,
    find_paths,
    say_days,
    say_hop,
)
from jacana.model.tie import TieKind

CONFIRMED = {"x": datetime(2026, 5, 20, tzinfo=UTC)}


def test_the_path_leads_from_the_candidate_to_the_source():
    graph = build(share(DEVICE, "d", "x", "b"), share(PAYMENT, "p", "b", "c"))
    paths = find_paths(graph, "x", ["b", "c", "x", "unknown"])
    assert paths["c"].account_ids == ("c", "b", "x")
    assert paths["b"].account_ids == ("b", "x")
    assert paths.keys() == {"b", "c"}
    assert paths["c"].turn().account_ids == ("x", "b", "c")
    assert paths["c"].turn().turn() == paths["c"]


def test_each_account_in_between_halves_the_strength():
    graph = build(share(DEVICE, "d", "x", "b", last=0), share(DEVICE, "e", "b", "c", last=0))
    path = find_paths(graph, "x", ["c"])["c"]
    assert path.strength == pytest.approx(HOP_DECAY * path.hops[0].strength * path.hops[1].strength)


def test_no_path_leads_through_a_network():
    graph = build(share(DEVICE, "d", "x", "b"), share(DEVICE, "e", "c", "e"), share(NETWORK, "n", "b", "c"))
    assert find_paths(graph, "x", ["c", "e"]) == {}


def test_a_network_adds_to_what_two_share():
    both = build(share(DEVICE, "d", "x", "b", last=90, first=99), share(NETWORK, "n", "x", "b"))
    alone = build(share(DEVICE, "d", "x", "b", last=90, first=99))
    with_network, without = describe_hop(both, "b", "x"), describe_hop(alone, "b", "x")
    assert with_network.strength > without.strength
    assert [each.kind for each in with_network.shared] == [DEVICE, NETWORK]


def test_nobody_farther_than_three_hops_is_reached():
    chain = [share(DEVICE, f"d{i}", f"a{i}", f"a{i + 1}") for i in range(5)]
    assert find_paths(build(*chain), "a0", [f"a{i}" for i in range(6)]).keys() == {"a1", "a2", "a3"}
    assert FARTHEST == 3


def test_a_shorter_and_weaker_way_still_reaches_farther():
    """The strong way to b costs two hops, so that c, two hops beyond, is reached only by the weak one."""
    graph = build(
        share(DEVICE, "s1", "x", "m", last=0),
        share(DEVICE, "s2", "m", "b", last=0),
        share(DEVICE, "weak", "x", "b", attested=False, last=700, first=800),
        share(DEVICE, "s3", "b", "y", last=0),
        share(DEVICE, "s4", "y", "c", last=0),
    )
    paths = find_paths(graph, "x", ["b", "c"])
    assert paths["b"].account_ids == ("b", "m", "x")
    assert paths["c"].account_ids == ("c", "y", "b", "x")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(0, 300)), min_size=1, max_size=14))
def test_every_hop_rests_on_something_shared(edges: list[tuple[int, int, int]]):
    groups = [
        share(DEVICE, f"d{place}", f"a{one}", f"a{other}", first=days + 5, last=days)
        for place, (one, other, days) in enumerate(edges)
        if one != other
    ]
    graph = build(*groups, seeds=("a0",))
    for target, path in find_paths(graph, "a0", list(graph.accounts)).items():
        assert path.account_ids[0] == target and path.account_ids[-1] == "a0"
        assert len(set(path.account_ids)) == len(path.account_ids) <= FARTHEST + 1
        assert all(hop.shared and 0 < hop.strength <= 1 for hop in path.hops)


# Words


def test_a_path_is_a_sentence():
    graph = build([make_tie(DEVICE, "d", "x", first=20, last=1), make_tie(DEVICE, "d", "b", first=18, last=2)])
    text = explain_path(find_paths(graph, "x", ["b"])["b"], CONFIRMED)
    assert text == (
        "Shares a device (seen on both between 3 and 19 May 2026) with account x, "
        "which a person confirmed on 20 May 2026."
    )


def test_a_longer_path_says_each_step_and_how_many_share():
    graph = build(
        share(DEVICE, "d", "x", "b", attested=False),
        share(CONTENT, "f", "b", "c", "other", "another"),
        share(CONTENT, "g", "b", "c"),
    )
    text = explain_path(find_paths(graph, "x", ["c"])["c"], CONFIRMED)
    assert text.startswith(
        "Shares 2 identical files (the firmest seen on both between 3 and 19 May 2026) with account b,"
    )
    assert ", which shares a device (seen on both between 3 and 19 May 2026, not vouched for by the network)" in text
    assert text.endswith("with account x, which a person confirmed on 20 May 2026.")


def test_one_after_the_other_is_said_so_and_one_day_is_one_day():
    graph = build(
        [make_tie(DEVICE, "d", "x", first=90, last=60), make_tie(DEVICE, "d", "b", first=10, last=2)],
        share(PAYMENT, "p", "x", "c", first=4, last=4),
    )
    assert "seen on one until 22 March 2026, on the other from 11 May 2026" in say_hop(describe_hop(graph, "b", "x"))
    assert "seen on both on 17 May 2026" in say_hop(describe_hop(graph, "c", "x"))


def test_invitations_say_who_invited():
    graph = build(share(TieKind.INVITATION, "x", "x", "b", "c"))
    assert say_hop(describe_hop(graph, "b", "x")) == "was invited by"
    assert say_hop(describe_hop(graph, "x", "b")) == "sent the invitation that was followed by"
    assert say_hop(describe_hop(graph, "b", "c")) == "has the inviter in common with"


def test_days_say_once_what_they_have_in_common():
    assert say_days(NOW, NOW + timedelta(days=2)) == "21 and 23 May 2026"
    assert say_days(NOW, NOW + timedelta(days=20)) == "21 May and 10 June 2026"
    assert say_days(NOW, NOW + timedelta(days=365)) == "21 May 2026 and 21 May 2027"


def test_no_device_id_or_digest_is_in_a_sentence():
    graph = build(
        share(DEVICE, "5ec2e7", "x", "b"), share(CONTENT, "5ec2e7", "x", "b"), share(NETWORK, "5ec2e7", "x", "b")
    )
    path = find_paths(graph, "x", ["b"])["b"]
    assert "5ec2e7" not in explain_path(path, CONFIRMED)
    assert "5ec2e7" not in repr(path)
    assert path.kinds == ("device", "content", "network")

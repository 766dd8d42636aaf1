"""A neighbourhood: the centre, the evidence, then the nearest; nothing that names a device or a file."""

from datetime import UTC, datetime

from link_ties import CONTENT, DEVICE, NETWORK, PAYMENT, build, share

from jacana.detect.accounts.links.neighbourhood import MOST_ACCOUNTS, build_neighbourhood

AT = datetime(2026, 5, 20, tzinfo=UTC)


def test_the_centre_comes_first_then_who_is_on_a_path_of_evidence():
    graph = build(share(DEVICE, "d", "me", "near"), share(PAYMENT, "p", "me", "mid"), share(DEVICE, "e", "mid", "bad"))
    pull = {"me": 0.5, "near": 0.3, "mid": 0.2, "bad": 0.1}
    found = build_neighbourhood(graph, "me", pull, {"bad": AT, "elsewhere": AT}, {"content": 2})
    assert [one.account_id for one in found.accounts] == ["me", "mid", "bad", "near"]
    assert [one.confirmed_at for one in found.accounts] == [None, None, AT, None]
    assert [path.account_ids for path in found.paths] == [("me", "mid", "bad")]
    assert found.crowded == {"content": 2} and found.more == 0


def test_things_are_counted_and_never_named():
    graph = build(
        share(DEVICE, "5ec2e7", "me", "b", attested=False),
        share(CONTENT, "ab" * 32, "me", "b", "c"),
        share(NETWORK, "addre55", "me", "b"),
    )
    found = build_neighbourhood(graph, "me", {"me": 1.0, "b": 0.5, "c": 0.2}, {}, {})
    assert {(thing.kind, thing.sharers) for thing in found.things} == {(DEVICE, 2), (CONTENT, 3), (NETWORK, 2)}
    assert not any(secret in repr(found) for secret in ("5ec2e7", "abab", "addre55"))
    assert len(found.strands) == 7


def test_a_large_neighbourhood_is_cut_and_says_so():
    names = [f"a{place:03}" for place in range(100)]
    graph = build(*(share(DEVICE, f"d{name}", "me", name) for name in names))
    found = build_neighbourhood(graph, "me", {"me": 1.0, **dict.fromkeys(names, 0.1)}, {}, {})
    assert len(found.accounts) == MOST_ACCOUNTS and found.more == 101 - MOST_ACCOUNTS
    assert {strand.account_id for strand in found.strands} <= {one.account_id for one in found.accounts}

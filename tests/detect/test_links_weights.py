"""What a shared thing says: more if it is rare, recent and vouched for; nothing if too many share it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from link_ties import NOW, make_tie

from jacana.detect.accounts.links.weights import (
    HALF_LIFE_DAYS,
    HOME_SHARERS,
    MOST_SHARERS,
    PRIORS,
    UNATTESTED,
    measure_rarity,
    measure_recency,
    weigh_tie,
)
from jacana.model.tie import TieKind


@pytest.mark.parametrize("kind", list(TieKind))
def test_a_fresh_thing_of_two_says_what_its_kind_says(kind: TieKind):
    assert weigh_tie(make_tie(kind, "x", "a", last=0), 2, NOW) == pytest.approx(PRIORS[kind])


def test_the_order_of_kinds_is_that_of_the_research():
    assert PRIORS[TieKind.DEVICE] > PRIORS[TieKind.PAYMENT] == PRIORS[TieKind.CONTENT] > PRIORS[TieKind.RECOVERY_EMAIL]
    assert PRIORS[TieKind.RECOVERY_EMAIL] == PRIORS[TieKind.RECOVERY_PHONE] > PRIORS[TieKind.NETWORK]


def test_an_unattested_device_says_less():
    seen = make_tie(TieKind.DEVICE, "x", "a", last=0, attested=False)
    assert weigh_tie(seen, 2, NOW) == pytest.approx(UNATTESTED)
    card = make_tie(TieKind.PAYMENT, "x", "a", last=0, attested=False)
    assert weigh_tie(card, 2, NOW) == pytest.approx(PRIORS[TieKind.PAYMENT])


def test_an_invitation_weighs_by_newman():
    assert [measure_rarity(TieKind.INVITATION, count) for count in (2, 3, 11)] == [1.0, 0.5, 0.1]


@given(st.sampled_from(list(TieKind)), st.integers(2, MOST_SHARERS - 1))
def test_the_more_share_it_the_less_it_says(kind: TieKind, sharers: int):
    tie = make_tie(kind, "x", "a")
    assert weigh_tie(tie, sharers + 1, NOW) < weigh_tie(tie, sharers, NOW) or weigh_tie(tie, sharers, NOW) == 0


@given(st.sampled_from(list(TieKind)), st.integers(0, 1000), st.integers(0, 2000), st.booleans(), st.booleans())
def test_a_weight_is_a_part_of_one(kind: TieKind, sharers: int, days: int, attested: bool, hub: bool):
    tie = make_tie(kind, "x", "a", first=days, last=days, attested=attested)
    assert 0 <= weigh_tie(tie, sharers, NOW, hub=hub) <= 1


def test_what_is_alone_or_crowded_says_nothing():
    tie = make_tie(TieKind.DEVICE, "x", "a")
    assert weigh_tie(tie, 1, NOW) == 0
    assert weigh_tie(tie, MOST_SHARERS, NOW) > 0
    assert weigh_tie(tie, MOST_SHARERS + 1, NOW) == 0


def test_a_network_says_something_only_where_it_is_like_a_home():
    tie = make_tie(TieKind.NETWORK, "x", "a")
    assert 0 < weigh_tie(tie, HOME_SHARERS, NOW) < PRIORS[TieKind.NETWORK]
    assert weigh_tie(tie, HOME_SHARERS + 1, NOW) == 0
    assert weigh_tie(tie, 2, NOW, hub=True) == 0


def test_half_of_it_is_left_after_the_half_life_and_the_future_counts_as_now():
    assert measure_recency(NOW - timedelta(days=HALF_LIFE_DAYS), NOW) == pytest.approx(0.5)
    assert measure_recency(NOW + timedelta(days=3), NOW) == 1

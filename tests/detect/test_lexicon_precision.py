from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jacana.detect.text.lexicon.precision import lower_bound, precision_interval, quantile

COUNTS = st.integers(0, 400).flatmap(lambda reviewed: st.tuples(st.integers(0, reviewed), st.just(reviewed)))


def share_below(confirmed: int, reviewed: int, x: float) -> float:
    """P(Beta(1 + confirmed, 9 + cleared) <= x), term by term."""
    a, n = 1 + confirmed, 9 + reviewed
    return sum(comb(n, k) * x**k * (1 - x) ** (n - k) for k in range(a, n + 1))


@settings(deadline=None)
@given(COUNTS, st.sampled_from([0.025, 0.05, 0.5, 0.975]))
def test_the_quantile_has_that_share_below_it(counts: tuple[int, int], share: float) -> None:
    assert share_below(*counts, quantile(*counts, share)) == pytest.approx(share, abs=1e-9)


def test_the_prior_alone_is_right_one_time_in_ten() -> None:
    assert lower_bound(0, 0) == pytest.approx(1 - 0.95 ** (1 / 9))  # Beta(1, 9) in closed form
    low, high = precision_interval(0, 0)
    assert low == pytest.approx(1 - 0.975 ** (1 / 9)) and high == pytest.approx(1 - 0.025 ** (1 / 9))


@settings(deadline=None)
@given(COUNTS)
def test_a_confirmed_hit_raises_it_and_a_cleared_one_lowers_it(counts: tuple[int, int]) -> None:
    confirmed, reviewed = counts
    assert lower_bound(confirmed + 1, reviewed + 1) > lower_bound(*counts) > lower_bound(confirmed, reviewed + 1)
    low, high = precision_interval(*counts)
    assert 0 < low < lower_bound(*counts) < high < 1


def test_many_reviews_are_told_quickly_and_closely() -> None:
    low, high = precision_interval(300_000, 1_000_000)
    assert low < 0.3 < high and high - low < 0.002


def test_more_confirmed_than_reviewed_is_a_defect() -> None:
    with pytest.raises(ValueError, match="part of the reviewed"):
        lower_bound(3, 2)

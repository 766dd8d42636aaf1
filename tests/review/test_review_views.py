"""Coverage arithmetic against a brute-force model, and claims that cannot be true."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.review.errors import ViewClaimInvalidError
from jacana.review.views import (
    MAX_PLAYBACK_RATE,
    MAX_RANGES,
    PICTURE_MS,
    SLACK_SECONDS,
    check_claim,
    clip_ranges,
    count_seconds,
    merge_ranges,
    seen_whole,
)

# Quarter seconds are exact in binary, so a set of them is the truth to compare with.
QUARTERS = st.integers(0, 200)
RANGES = st.lists(st.tuples(QUARTERS, QUARTERS).map(lambda pair: (min(pair) / 4, max(pair) / 4)), max_size=20)


def quarters(ranges) -> set[int]:
    return {tick for start, end in ranges for tick in range(int(start * 4), int(end * 4))}


@given(RANGES)
def test_merging_keeps_the_seconds_and_makes_them_disjoint(ranges) -> None:
    merged = merge_ranges(ranges)
    assert quarters(merged) == quarters(ranges)
    assert count_seconds(ranges) == len(quarters(ranges)) / 4
    assert all(start < end for start, end in merged)
    assert all(left[1] < right[0] for left, right in itertools.pairwise(merged))
    assert merge_ranges(merged) == merged


@given(RANGES, RANGES)
def test_order_and_repetition_do_not_matter(one, two) -> None:
    assert merge_ranges(one + two) == merge_ranges(two + one) == merge_ranges([*merge_ranges(one), *one, *two])


@given(RANGES, st.integers(0, 300).map(lambda ticks: ticks / 4))
def test_clipping_stays_inside_the_file(ranges, duration: float) -> None:
    assert quarters(clip_ranges(ranges, duration)) == {tick for tick in quarters(ranges) if tick < duration * 4}


@given(RANGES, st.integers(1, 200).map(lambda ticks: ticks / 4))
def test_whole_means_99_percent(ranges, duration: float) -> None:
    seen = len({tick for tick in quarters(ranges) if tick < duration * 4})
    assert seen_whole(ranges, 0, duration) == (seen >= 0.99 * duration * 4)


def test_a_gap_of_more_than_a_percent_is_not_whole() -> None:
    assert seen_whole([(0, 99)], 0, 100)
    assert not seen_whole([(0, 98.9)], 0, 100)
    assert not seen_whole([(0, 50), (0, 50)], 99_000, 100)
    assert not seen_whole([(100, 300)], 99_000, 100)


@pytest.mark.parametrize("duration", [None, 0, 0.0])
def test_a_picture_needs_a_second(duration: float | None) -> None:
    assert not seen_whole([], PICTURE_MS - 1, duration)
    assert seen_whole([], PICTURE_MS, duration)
    assert clip_ranges([(0, 5)], duration) == ()


@pytest.mark.parametrize("bad", [(3, 2), (-1, 2), (0, math.inf), (math.nan, 1)])
def test_a_range_that_is_none_names_the_field(bad) -> None:
    with pytest.raises(ViewClaimInvalidError) as caught:
        merge_ranges([bad])
    assert caught.value.field == "ranges"


def test_too_many_ranges_are_refused() -> None:
    with pytest.raises(ViewClaimInvalidError):
        merge_ranges((n, n + 0.5) for n in range(MAX_RANGES + 1))


@given(st.floats(0, 1e6), st.floats(0, 1), st.floats(0, 1))
def test_what_can_have_happened_is_accepted(elapsed: float, revealed: float, rate: float) -> None:
    revealed_ms = int(elapsed * revealed * 1000)
    check_claim([(0, revealed_ms / 1000 * MAX_PLAYBACK_RATE * rate)], revealed_ms, elapsed)


@given(st.floats(0, 1e6), st.floats(0.01, 1e6))
def test_no_more_is_revealed_than_time_passed(elapsed: float, more: float) -> None:
    with pytest.raises(ViewClaimInvalidError) as caught:
        check_claim([], math.ceil((elapsed + SLACK_SECONDS + more) * 1000), elapsed)
    assert caught.value.field == "revealed_ms"


@given(st.integers(0, 10**6), st.floats(0.01, 1e6))
def test_no_more_is_seen_than_double_speed_shows(revealed_ms: int, more: float) -> None:
    limit = MAX_PLAYBACK_RATE * (revealed_ms / 1000 + SLACK_SECONDS)
    with pytest.raises(ViewClaimInvalidError) as caught:
        check_claim([(0, limit + more)], revealed_ms, 10**9)
    assert caught.value.field == "ranges"


def test_negative_time_is_refused() -> None:
    with pytest.raises(ViewClaimInvalidError):
        check_claim([], -1, 10)

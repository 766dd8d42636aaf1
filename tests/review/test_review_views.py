"""Coverage arithmetic against a brute-force model, and claims that cannot be true."""

import itertools
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.review.cases import View, ViewPurpose
from jacana.review.errors import ViewClaimInvalidError
from jacana.review.views import (
    MAX_PLAYBACK_RATE,
    MAX_RANGES,
    PICTURE_MS,
    SLACK_SECONDS,
    Sight,
    add_served,
    check_claim,
    clip_ranges,
    count_seconds,
    measure_look,
    merge_ranges,
    seen_whole,
    sum_looks,
)

# Quarter seconds are exact in binary, so a set of them is the truth to compare with.
QUARTERS = st.integers(0, 200)
RANGES = st.lists(st.tuples(QUARTERS, QUARTERS).map(lambda pair: (min(pair) / 4, max(pair) / 4)), max_size=20)

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SERVED = ((0.0, 1000.0),)
LOOK = View("view_1", "anna", "case_1", "f", ViewPurpose.DECIDE, START, None, (), 0.0, 0, False)


def later(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def sight(ranges=(), elapsed: float = 1e6, revealed_ms: int = 10**9, served=SERVED) -> Sight:
    return Sight(tuple(ranges), elapsed, revealed_ms, revealed_ms, served)


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
    assert seen_whole(sight(ranges), duration, 1000) == (seen >= 0.99 * duration * 4)


def test_a_gap_of_more_than_a_percent_is_not_whole() -> None:
    assert seen_whole(sight([(0, 99)]), 100, 1000)
    assert not seen_whole(sight([(0, 98.9)]), 100, 1000)
    assert not seen_whole(sight([(0, 50), (0, 50)]), 100, 1000)
    assert not seen_whole(sight([(100, 300)]), 100, 1000)


def test_what_was_not_sent_was_not_seen() -> None:
    for duration in (100, None):
        assert seen_whole(sight([(0, 100)], served=((0, 500), (510, 1000))), duration, 1000)
        assert not seen_whole(sight([(0, 100)], served=((0, 500), (511, 1000))), duration, 1000)
        assert not seen_whole(sight([(0, 100)], served=()), duration, 1000)
        assert not seen_whole(sight([(0, 100)]), duration, None)
        assert not seen_whole(sight([(0, 100)]), duration, 0)


def test_no_grace_makes_a_short_clip_whole() -> None:
    assert not seen_whole(sight([(0, 2)], elapsed=0.9), 2, 1000)
    assert seen_whole(sight([(0, 2)], elapsed=0.99), 2, 1000)
    assert not seen_whole(sight([(0, 1)], elapsed=0), 1, 1000)


@pytest.mark.parametrize("duration", [None, 0, 0.0])
def test_a_picture_needs_a_second(duration: float | None) -> None:
    assert not seen_whole(sight(revealed_ms=PICTURE_MS - 1), duration, 1000)
    assert seen_whole(sight(revealed_ms=PICTURE_MS), duration, 1000)
    assert clip_ranges([(0, 5)], duration) == ()


def test_looks_add_up() -> None:
    one = replace(LOOK, ended_at=later(4), ranges=((0, 3),), revealed_ms=3000, served=((0, 600),))
    two = replace(LOOK, started_at=later(10), ranges=((2, 5),), revealed_ms=2500, served=((500, 1000),))
    assert sum_looks([one, two], later(13)) == Sight(((0, 5),), 7.0, 5500, 3000, ((0, 1000),))
    assert sum_looks([], later(13)) == Sight((), 0.0, 0, 0, ())
    assert measure_look(two, START) == 0.0  # a clock that was put back


def test_sent_bytes_are_kept_merged_and_never_in_too_many_pieces() -> None:
    assert add_served([(0, 10)], 10, 20) == ((0, 20),)
    assert add_served([(0, 10)], 5, 5) == ((0, 10),)
    assert add_served([(n * 2, n * 2 + 1) for n in range(MAX_RANGES)], 10**6, 10**6 + 1) is None


@pytest.mark.parametrize("bad", [(3, 2), (-1, 2), (0, math.inf), (math.nan, 1)])
def test_a_range_that_is_none_names_the_field(bad) -> None:
    with pytest.raises(ViewClaimInvalidError) as caught:
        merge_ranges([bad])
    assert caught.value.field == "ranges"


def test_too_many_ranges_are_refused() -> None:
    with pytest.raises(ViewClaimInvalidError):
        merge_ranges((n, n + 0.5) for n in range(MAX_RANGES + 1))


def claim(ranges, revealed_ms: int, elapsed: float) -> None:
    look = replace(LOOK, ranges=tuple(ranges), revealed_ms=revealed_ms)
    check_claim(look, sum_looks([look], later(elapsed)), later(elapsed))


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.floats(0, 1))
def test_what_can_have_happened_is_accepted(revealed_ms: int, more_ms: int, rate: float) -> None:
    claim([(0, revealed_ms / 1000 * MAX_PLAYBACK_RATE * rate)], revealed_ms, (revealed_ms + more_ms) / 1000)


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_no_more_is_revealed_than_time_passed(elapsed_ms: int, more_ms: int) -> None:
    with pytest.raises(ViewClaimInvalidError) as caught:
        claim([], elapsed_ms + more_ms, elapsed_ms / 1000)
    assert caught.value.field == "revealed_ms"


@given(st.integers(0, 10**6), st.floats(0.01, 1e6))
def test_no_more_is_seen_than_double_speed_shows(revealed_ms: int, more: float) -> None:
    limit = MAX_PLAYBACK_RATE * revealed_ms / 1000 + SLACK_SECONDS
    with pytest.raises(ViewClaimInvalidError) as caught:
        claim([(0, limit + more)], revealed_ms, 10**4)
    assert caught.value.field == "ranges"


def test_grace_is_granted_once_for_all_looks() -> None:
    looks = [
        replace(LOOK, id=f"view_{n}", ended_at=START, ranges=((n * 1.0, n + 1.0),), revealed_ms=0) for n in range(2)
    ]
    check_claim(looks[0], sum_looks(looks[:1], START), START)
    with pytest.raises(ViewClaimInvalidError):
        check_claim(looks[1], sum_looks(looks, START), START)


def test_negative_time_is_refused() -> None:
    with pytest.raises(ViewClaimInvalidError):
        claim([], -1, 10)

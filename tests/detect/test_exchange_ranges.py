"""Ranges of time: nothing is skipped, nothing is read for ever, a next page is used only where it belongs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.detect.media.exchange import ranges
from jacana.detect.media.exchange.ranges import BEGINNING, Ask, ReadState

EDGE = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NOW = EDGE + timedelta(seconds=1)


def test_the_first_question_is_about_everything() -> None:
    assert ranges.choose_range(ReadState(), EDGE, NOW) == Ask(BEGINNING, EDGE)


def test_a_next_page_goes_on_in_its_range_while_it_is_young() -> None:
    ask = ranges.choose_range(ReadState(), EDGE, NOW)
    state = ranges.keep_page(ReadState(), ask, "/v2/entries?start=1", NOW)
    later = EDGE + timedelta(hours=5)
    assert ranges.choose_range(state, later, NOW + timedelta(hours=11, minutes=59)) == replace(
        ask, next_page="/v2/entries?start=1"
    )
    old = ranges.choose_range(state, later, NOW + timedelta(hours=12))
    assert (old.start, old.next_page) == (ask.start, None)
    assert ranges.choose_range(state, later, NOW - timedelta(seconds=1)).next_page is None


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1500)), max_size=60),
    st.integers(0, 10**9),
)
def test_whatever_the_pages_say_ranges_join_without_a_gap(turns: list[tuple[int, int]], span: int) -> None:
    state = ReadState(span_seconds=span)
    for kind, count in turns:
        ask = ranges.choose_range(state, EDGE, NOW)
        assert ask.start == state.read_from
        assert ask.start < ask.end
        before = state.read_until()
        if kind == 0:
            state = ranges.shrink_range(state, ask)
            assert state.read_from == ask.start
        elif kind == 1:
            state = ranges.keep_page(state, ask, "/v2/entries?start=1", NOW)
        elif kind == 2:
            state = ranges.finish_range(state, ask, EDGE, count)
            assert state.read_from == min(ask.end, max(ask.start, EDGE - timedelta(seconds=ranges.SETTLE_SECONDS)))
        else:
            state = ranges.leave_hole(state, ask, EDGE) or state
        assert state.read_until() >= before
        assert ranges.load_state(ranges.dump_state(state)) == state


def test_a_large_range_is_quartered_until_one_second_is_left() -> None:
    large = "/v2/entries?start=0&max=900000000&size=1000"
    state, asked = ReadState(read_from=EDGE - timedelta(days=400)), 0
    ask = ranges.choose_range(state, EDGE, NOW)
    while ranges.is_too_large(ask, large, 1000):
        state = ranges.shrink_range(state, ask)
        ask = ranges.choose_range(state, EDGE, NOW)
        asked += 1
    assert ask.end - ask.start == timedelta(seconds=1)
    assert asked < 20
    assert not ranges.is_too_large(ask, large, 1000), "a second that holds too much is read page by page"


@pytest.mark.parametrize("next_page", ["/v2/entries?start=1", "/v2/entries?start=x&max=y", None])
def test_a_range_whose_size_cannot_be_told_is_read(next_page: str | None) -> None:
    assert not ranges.is_too_large(Ask(BEGINNING, EDGE), next_page, 1000)


def test_empty_ranges_grow_at_once_and_small_ones_slowly() -> None:
    state = ReadState(read_from=EDGE - timedelta(days=9), span_seconds=100)
    ask = ranges.choose_range(state, EDGE, NOW)
    assert ranges.finish_range(state, ask, EDGE, 0).span_seconds == 200
    for turn in range(ranges.SMALL_RANGES):
        assert state.span_seconds == 100, turn
        state = ranges.finish_range(state, ranges.choose_range(state, EDGE, NOW), EDGE, 5)
    assert state.span_seconds == 200


def test_what_is_near_the_edge_is_read_again() -> None:
    done = ranges.finish_range(ReadState(), Ask(BEGINNING, EDGE), EDGE, 3)
    assert EDGE - done.read_from == timedelta(seconds=ranges.SETTLE_SECONDS)
    again = ranges.finish_range(done, ranges.choose_range(done, EDGE, NOW), EDGE, 0)
    assert again.read_from == done.read_from


def test_a_hole_holds_read_until_back_and_nothing_else() -> None:
    start = EDGE - timedelta(days=2)
    ask = Ask(start, start + timedelta(days=1))
    state = ranges.leave_hole(ReadState(read_from=start), ask, EDGE)
    assert state is not None
    assert (state.read_from, state.read_until()) == (ask.end, ask.start)
    closed = ranges.close_hole(state, state.holes[0])
    assert closed.read_until() == ask.end


def test_a_stubborn_hole_is_cut_smaller_and_covers_the_same() -> None:
    hole = (EDGE - timedelta(seconds=101), EDGE)
    state = ranges.split_hole(ReadState(read_from=EDGE, holes=(hole,)), hole)
    assert len(state.holes) == 4
    assert (state.holes[0][0], state.holes[-1][1]) == hole
    assert all(one[1] == two[0] for one, two in zip(state.holes, state.holes[1:], strict=False))
    tiny = (EDGE, EDGE + timedelta(seconds=3))
    assert ranges.split_hole(ReadState(holes=(tiny,)), tiny).holes == (tiny,)


def test_there_are_only_so_many_holes() -> None:
    holes = tuple((EDGE + timedelta(hours=n), EDGE + timedelta(hours=n + 1)) for n in range(ranges.MOST_HOLES))
    assert ranges.leave_hole(ReadState(holes=holes), Ask(BEGINNING, EDGE), EDGE) is None
    assert ranges.split_hole(ReadState(holes=holes), holes[0]).holes == holes


def test_times_are_utc_and_never_naive() -> None:
    paris = timezone(timedelta(hours=1))
    assert ranges.format_instant(datetime(2026, 11, 22, 12, 16, 5, 999, tzinfo=paris)) == "2026-11-22T11:16:05Z"
    with pytest.raises(ValueError, match="time zone"):
        ranges.format_instant(datetime(2026, 11, 22))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("from=2026-11-21T11:59:59Z&to=2026-11-22T12:00:00Z&start=1", True),
        ("from=2026-11-21T11:59:59.000Z&to=2026-11-22T12:00:00.000Z", True),
        ("from=2026-11-21T11:59:59%2B00:00", True),
        ("from=2026-11-21T11:59:59+00:00", True),
        ("start=5", True),
        ("from=2026-11-20T00:00:00Z", False),
        ("to=2026-11-22T13:00:00Z", False),
    ],
)
def test_a_next_page_of_another_range_is_noticed(query: str, expected: bool) -> None:
    ask = Ask(EDGE - timedelta(days=1), EDGE)
    assert ranges.belongs_to(f"/v2/entries?{query}", ask) is expected

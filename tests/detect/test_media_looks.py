"""Where a second look goes, and what two looks make together."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from matching_rows import random_hashes

from jacana.detect.media.hashing.frames import collect_frames, collect_windows, unpack_frames, unpack_windows
from jacana.detect.media.looks import MAX_DENSE_SECONDS, MAX_REACH_SECONDS, choose_spans, join_looks
from jacana.model.media import MediaFacts, MediaKind

HASHES = random_hashes(1, 8)


def choose(looked: list[float], *leads: tuple[float, int]) -> tuple[tuple[float, float], ...]:
    distance = np.array([distance for _, distance in leads], np.uint16)
    return choose_spans(np.array(looked), np.array([lead for lead, _ in leads]), distance)


def make_facts(frames: list[tuple[float, int]], windows: list[float], **changes: object) -> MediaFacts:
    packed = collect_frames([(seconds, 90, HASHES[which]) for seconds, which in frames]).pack()
    parts = collect_windows([(seconds, 90, 3, 0, (1, 2, 3, 4), HASHES[0]) for seconds in windows]).pack()
    now = datetime(2026, 11, 22, tzinfo=UTC)
    facts = MediaFacts("0" * 64, MediaKind.VIDEO, "v", now, frame_count=len(frames), frames=packed)
    return replace(facts, windows=parts, window_count=len(windows), **changes)


def test_a_look_goes_from_the_frame_before_to_the_frame_after() -> None:
    assert choose([0.0, 8.0, 12.0, 20.0], (8.0, 40)) == ((0.0, 12.0),)
    assert choose([0.0, 8.0, 12.0, 20.0], (0.0, 40)) == ((0.0, 8.0),)
    assert choose([0.0, 8.0, 12.0, 20.0], (20.0, 40)) == ((12.0, 20.0 + MAX_REACH_SECONDS),)


def test_it_goes_no_farther_than_its_reach() -> None:
    assert choose([0.0, 100.0, 300.0], (100.0, 4)) == ((88.0, 112.0),)


def test_looks_that_touch_are_one() -> None:
    looked = [float(second) for second in range(0, 60, 5)]
    assert choose(looked, (10.0, 9), (15.0, 9), (40.0, 9)) == ((5.0, 20.0), (35.0, 45.0))


def test_nothing_near_or_everything_seen_needs_no_look() -> None:
    assert choose([0.0, 8.0]) == ()
    assert choose([0.0, 0.04, 0.08, 0.12], (0.08, 3), (0.04, 3)) == ()


def test_the_nearest_leads_come_first_when_there_are_too_many() -> None:
    looked = [10.0 * second for second in range(100)]
    spans = choose(looked, *((at, 60 if at < 500 else 10) for at in looked))
    assert all(start >= 480 for start, _ in spans)
    total = sum(end - start for start, end in spans)
    assert MAX_DENSE_SECONDS - 20 <= total <= MAX_DENSE_SECONDS


def test_two_looks_are_one_in_time_order_and_nothing_is_doubled() -> None:
    first = make_facts([(0.0, 0), (8.0, 1), (8.0, 2)], [0.0, 8.0])
    joined = join_looks(first, make_facts([(7.5, 3), (8.0, 1), (8.5, 4)], [7.5, 8.0]))
    frames, windows = unpack_frames(joined.frames), unpack_windows(joined.windows)
    assert frames.seconds.tolist() == [0.0, 7.5, 8.0, 8.0, 8.5]
    assert [row.tobytes() for row in frames.pdq] == [HASHES[which] for which in (0, 3, 1, 2, 4)]
    assert windows.seconds.tolist() == [0.0, 7.5, 8.0]
    assert (joined.frame_count, joined.window_count) == (5, 3)


@pytest.mark.parametrize("times", [(0.0, 5.0), ()])
def test_a_second_look_at_nothing_changes_nothing(times: tuple[float, ...]) -> None:
    first = make_facts([(at, 0) for at in times], list(times))
    assert join_looks(first, make_facts([], [])) == first


def test_what_could_not_be_read_the_second_time_counts() -> None:
    first = make_facts([(0.0, 0)], [])
    second = make_facts([], [], kind=MediaKind.UNREADABLE, problem="corrupt", problem_detail="Damaged.")
    joined = join_looks(first, second)
    assert (joined.kind, joined.problem, joined.problem_detail) == (MediaKind.UNREADABLE, "corrupt", "Damaged.")
    worse = replace(first, kind=MediaKind.UNREADABLE, problem="truncated", problem_detail="Cut.")
    assert join_looks(worse, second).problem == "truncated"

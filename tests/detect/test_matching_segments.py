"""Runs of matching seconds: at any offset, speed and sampling; apart where the material is; whatever repeats."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jacana.detect.media.matching.segments import MAX_PAIRS, MAX_SEGMENTS, Run, align_pairs, describe_speed


def align(pairs: list[tuple[float, float, int]], looked: list[float] | None = None) -> list[Run]:
    seconds, entry, distance = (np.array(part, float) for part in zip(*pairs, strict=True))
    moments = seconds if looked is None else np.array(looked, float)
    return align_pairs(seconds, entry, distance.astype(np.uint16), moments)


def spans(runs: list[Run]) -> list[tuple[float, float, float, float]]:
    return [(run.from_seconds, run.to_seconds, run.entry_from_seconds, run.entry_to_seconds) for run in runs]


@settings(deadline=None, max_examples=60)
@given(
    offset=st.floats(0, 500),
    start=st.floats(0, 3000),
    speed=st.floats(0.5, 2.0),
    step=st.sampled_from([0.04, 0.5, 1.0, 7.7]),
    entry_step=st.sampled_from([0.04, 0.5, 1.0]),
    count=st.integers(2, 40),
)
def test_one_excerpt_is_one_run(offset: float, start: float, speed: float, step: float, entry_step: float, count: int):
    """Each frame of the upload meets the entry's frame that is next to it in time, as both were sampled."""
    seconds = start + step * np.arange(count)
    entry = np.round((offset + speed * step * np.arange(count)) / entry_step) * entry_step
    runs = align(list(zip(seconds, entry, [4] * count, strict=True)))
    assert spans(runs) == [(seconds[0], seconds[-1], entry[0], entry[-1])]
    # two frames of one half second of the entry are one to the entry, but each moment of the upload counts
    assert len(runs[0].pairs) == count


def test_chance_hits_beside_an_excerpt_do_not_bend_it() -> None:
    true = [(10.0 + n, 3.0 + n, 12) for n in range(20)]
    chance = np.random.default_rng(1)
    noise = [(10.0 + n, float(chance.uniform(0, 60)), 3) for n in range(20)]
    longest = max(align(true + noise), key=lambda run: len(run.pairs))
    assert (longest.from_seconds, longest.to_seconds) == (10.0, 29.0)
    assert (longest.entry_from_seconds, longest.entry_to_seconds) == pytest.approx((3.0, 22.0), abs=1.1)
    assert describe_speed([longest]) == pytest.approx(1.0, abs=0.1)


def test_two_excerpts_are_two_runs_in_the_uploads_order() -> None:
    pairs = [(50.0 + n, 3.0 + n, 4) for n in range(5)] + [(10.0 + n, 30.0 + n, 4) for n in range(8)]
    looked = [float(n) for n in range(60)]
    assert spans(align(pairs, looked)) == [(10, 17, 30, 37), (50, 54, 3, 7)]


def test_looks_that_fail_to_match_end_a_run_and_time_nobody_looked_at_does_not() -> None:
    pairs = [(0.0, 0.0, 4), (8.0, 8.0, 4), (16.0, 16.0, 4)]
    assert len(align(pairs)) == 1
    between = [1.0, 2.0, 4.0, 6.0, 7.0]
    assert len(align(pairs, [0.0, *between, 8.0, 16.0])) == 2
    short = [(0.0, 0.0, 4), (2.5, 2.5, 4)]
    assert len(align(short, [0.0, *np.arange(0.1, 2.5, 0.1), 2.5])) == 1


def test_a_still_entry_matches_by_the_uploads_time_alone() -> None:
    runs = align([(float(n), 0.0, 4) for n in range(12)])
    assert spans(runs) == [(0, 11, 0, 0)]


def test_backwards_is_no_run() -> None:
    assert all(len(run.pairs) <= 2 for run in align([(float(n) * 3, 60 - 3.0 * n, 4) for n in range(12)]))


def test_a_moment_is_in_one_run_only() -> None:
    pairs = [(float(n), float(n), 4) for n in range(10)] + [(float(n), 30.0 + n, 9) for n in range(10)]
    runs = align(pairs)
    assert spans(runs) == [(0, 9, 0, 9)]  # the nearer of the two places
    seconds = np.array([pair[0] for pair in pairs])
    assert len(np.unique(seconds[runs[0].pairs])) == 10


def test_the_longest_runs_are_told() -> None:
    looked = np.arange(0, 400, 0.5)
    pairs = [(20.0 * n, 300.0 - 15 * n, 4) for n in range(MAX_SEGMENTS + 3)] + [(395.0, 5.0, 4), (396.0, 6.0, 4)]
    runs = align(pairs, looked.tolist())
    assert len(runs) == MAX_SEGMENTS
    assert (395.0, 396.0, 5.0, 6.0) in spans(runs)


def test_a_long_repetitive_match_is_aligned_in_bounded_time() -> None:
    """An hour that matches everywhere: what is aligned is cut to what can be, and the run is still found."""
    seconds = np.repeat(np.arange(0, 3600, 0.5), 20)
    entry = (seconds + np.tile(np.arange(20) * 7.0, 7200)) % 3600
    distance = np.tile(np.arange(20), 7200).astype(np.uint16)
    assert len(seconds) > 10 * MAX_PAIRS
    align_pairs(seconds[:40], entry[:40], distance[:40], seconds[:40])  # compiled
    began = time.process_time()
    runs = align_pairs(seconds, entry, distance, np.unique(seconds))
    assert time.process_time() - began < 4
    longest = max(runs, key=lambda run: run.to_seconds - run.from_seconds)
    assert longest.to_seconds - longest.from_seconds > 3500


def test_a_short_run_says_nothing_of_speed() -> None:
    assert describe_speed([]) is None
    assert describe_speed(align([(0.0, 0.0, 1), (1.0, 1.0, 1)])) is None
    assert describe_speed(align([(float(n), n * 1.5, 1) for n in range(10)])) == pytest.approx(1.5)

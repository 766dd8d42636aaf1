"""What is chosen of a stream's packets: nothing that is wanted is unreachable, and no stretch is left out."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.detect.media.decoding.sampling import (
    FEED,
    HASH,
    MAX_GAP_SECONDS,
    MAX_KEYS_PER_SECOND,
    SKIP,
    PacketIndex,
    choose_actions,
    choose_again,
    choose_packets,
    choose_spans,
    find_scene_changes,
    is_worth_skipping,
    lie_within,
)


def make_index(
    count: int, *, every: int = 250, rate: float = 25.0, sizes: dict[int, int] | None = None, key_size: int = 20_000
) -> PacketIndex:
    """A stream without reordering: a key packet every so many, packets of 1,000 to 1,200 bytes else."""
    keys = np.arange(count) % every == 0
    sized = np.where(keys, key_size, 1000 + np.arange(count) * 37 % 200)
    for at, size in (sizes or {}).items():
        sized[at] = size
    return PacketIndex(np.arange(count) / rate, sized, keys, np.ones(count, np.bool_))


@st.composite
def indexes(draw: st.DrawFn) -> PacketIndex:
    count = draw(st.integers(0, 400))
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    seconds = np.cumsum(chance.choice([0.0, 0.04, 0.5, 3.0, 40.0], count))
    for at in range(0, count - 2, 3):  # reordered, as B-frames are
        seconds[[at + 1, at + 2]] = seconds[[at + 2, at + 1]]
    share = draw(st.sampled_from([0.0, 0.02, 0.3, 1.0]))
    return PacketIndex(
        seconds, chance.integers(1, 50_000, count), chance.random(count) < share, chance.random(count) < 0.9
    )


@given(indexes(), st.integers(0, 2**32 - 1))
def test_whatever_is_hashed_was_fed_from_a_key_frame_shown_before_it(index: PacketIndex, seed: int) -> None:
    wanted = (np.random.default_rng(seed).random(len(index)) < 0.1) & index.shown
    actions = choose_actions(index, wanted)
    assert ((actions == HASH) == wanted).all()
    for at in np.flatnonzero(wanted & ~index.keys):
        starts = [key for key in np.flatnonzero(index.keys[:at]) if index.seconds[key] <= index.seconds[at]]
        assert (actions[starts[-1] if starts else 0 : at] != SKIP).all()
    for at in np.flatnonzero(actions == FEED):  # and nothing is fed for nobody
        assert (np.flatnonzero(wanted & ~index.keys) > at).any()


@given(indexes())
def test_the_first_frame_is_taken_and_no_long_stretch_left_out(index: PacketIndex) -> None:
    wanted = choose_packets(index)
    assert not (wanted & ~index.shown).any()
    if not index.shown.any():
        return
    shown, taken = np.sort(index.seconds[index.shown]), np.sort(index.seconds[wanted])
    assert taken[0] == shown[0]
    for before, after in pairwise([*taken, shown[-1]]):
        between = shown[(shown > before) & (shown < after)]
        assert len(between) == 0 or after - before <= MAX_GAP_SECONDS + np.diff(shown, prepend=shown[0]).max() + 1e-3


def test_key_frames_are_taken_and_the_rest_left() -> None:
    index = make_index(1500)
    wanted = choose_packets(index)
    assert np.flatnonzero(wanted).tolist() == [0, 250, 500, 750, 1000, 1250]
    actions = choose_actions(index, wanted)
    assert (actions == FEED).sum() == 0
    assert is_worth_skipping(actions)


def test_of_key_frames_alone_so_many_a_second() -> None:
    index = make_index(500, every=1)
    assert choose_packets(index).sum() == pytest.approx(500 / 25 * MAX_KEYS_PER_SECOND, abs=1)


def test_a_packet_as_large_as_a_key_frame_is_a_change_of_scene() -> None:
    index = make_index(1000, sizes={400: 15_000})
    assert np.flatnonzero(find_scene_changes(index)).tolist() == [400]
    actions = choose_actions(index, choose_packets(index))
    assert (actions[250:400] == FEED).sum() == 149
    assert actions[400] == HASH
    assert (actions[401:500] == SKIP).all()


@pytest.mark.parametrize("size", [1900, 4000])
def test_a_packet_hardly_larger_or_much_smaller_than_a_key_frame_is_none(size: int) -> None:
    assert not find_scene_changes(make_index(1000, sizes={400: size})).any()


def test_one_large_neighbour_hides_no_change_but_a_busy_stretch_does() -> None:
    assert find_scene_changes(make_index(1000, sizes={400: 15_000, 404: 14_000})).sum() == 2
    assert not find_scene_changes(make_index(1000, sizes=dict.fromkeys(range(390, 410), 15_000))).any()


def test_an_encoder_that_places_key_frames_at_changes_is_trusted_to() -> None:
    index = make_index(1000, sizes={300: 15_000, 440: 15_000})
    keys = index.keys.copy()
    keys[[285, 333, 700]] = True  # irregular
    found = find_scene_changes(PacketIndex(index.seconds, index.sizes, keys, index.shown))
    assert np.flatnonzero(found).tolist() == [300]  # within the packets in which it places no second one


def test_a_gap_is_filled_as_early_as_will_do() -> None:
    index = make_index(1000, every=10_000)  # 40 s of one group
    assert index.seconds[choose_packets(index)] == pytest.approx([0, 3.96, 15.96, 27.96])


def test_a_file_that_claims_to_last_for_ever_is_chosen_from_in_no_time() -> None:
    index = make_index(300, rate=1e-9)
    assert choose_packets(index).sum() <= 300


def test_spans_take_every_frame_in_them() -> None:
    index = make_index(1000)
    wanted = choose_spans(index, ((2.0, 3.0), (2.5, 3.2), (39.9, 50.0)))
    assert np.flatnonzero(wanted).tolist() == [*range(50, 81), 998, 999]
    actions = choose_actions(index, wanted)
    assert (actions[:50] == FEED).all()
    assert (actions[81:750] == SKIP).all()


@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)).map(lambda pair: (min(pair), max(pair))), min_size=1),
    st.lists(st.floats(0, 100)),
)
def test_spans_may_overlap_in_any_way(spans: list[tuple[float, float]], moments: list[float]) -> None:
    within = lie_within(tuple(spans), np.array(moments))
    assert within.tolist() == [any(start <= moment <= end for start, end in spans) for moment in moments]


def test_after_a_dull_frame_another_is_asked_for() -> None:
    index = make_index(1000)
    known = choose_packets(index)
    again = choose_again(index, [0.0, 10.0], known)
    assert index.seconds[again] == pytest.approx([1, 3, 11, 13])
    assert not choose_again(index, [], known).any()
    crowded = known | (index.seconds < 2)
    assert index.seconds[choose_again(index, [0.0, 1.96], crowded)] == pytest.approx([2.96, 4.96])


def test_nothing_is_gained_where_nearly_all_is_fed() -> None:
    index = make_index(300)
    assert not is_worth_skipping(choose_actions(index, index.seconds > 9))
    assert not is_worth_skipping(np.zeros(0, np.uint8))

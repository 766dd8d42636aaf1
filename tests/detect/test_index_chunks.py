"""Chunks miss nothing within 31, fit the memory, and never share a bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.detect.media.index.chunks import MAX_DISTANCE, Chunk, Shape, lay_out, make_masks, measure_bytes, plan_chunks
from jacana.detect.media.index.kernels import take_key

COUNTS = [20_000, 30_000, 50_000, 100_000, 250_000, 600_000, 1_000_000, 1_500_000, 4_000_000, 10_000_000, 40_000_000]


def list_bits(chunk: Chunk) -> list[int]:
    places = zip(range(4), chunk.shifts, chunk.widths, strict=True)
    return [64 * word + bit for word, shift, width in places for bit in range(shift, shift + width)]


@pytest.mark.parametrize("count", COUNTS)
def test_a_plan_is_exact_by_the_pigeonhole_principle_and_fits(count: int) -> None:
    chunks = plan_chunks(count)
    bits = [bit for chunk in chunks for bit in list_bits(chunk)]
    assert sum(chunk.radius + 1 for chunk in chunks) >= MAX_DISTANCE + 1
    assert len(bits) == len(set(bits)), "a bit in two chunks would count twice"
    assert max(bits) < 256
    tables = sum(1 << chunk.bits for chunk in chunks)
    assert 40 + 4 * len(chunks) + tables / count <= 110


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_few_hashes_are_scanned(count: int) -> None:
    assert plan_chunks(count) == ()


@given(
    bits=st.integers(1, 20), radius=st.integers(0, 2), key=st.integers(0, 2**20 - 1), flips=st.sets(st.integers(0, 19))
)
def test_masks_are_all_patterns_of_few_bits(bits: int, radius: int, key: int, flips: set[int]) -> None:
    masks = make_masks(bits, radius).tolist()
    assert len(masks) == len(set(masks))
    assert all(mask.bit_count() <= radius and mask < 1 << bits for mask in masks)
    flips = {flip for flip in flips if flip < bits}
    assert (sum(1 << flip for flip in flips) in masks) == (len(flips) <= radius)


@given(data=st.data(), count=st.sampled_from(COUNTS))
def test_two_hashes_within_31_meet_in_some_chunk(data: st.DataObject, count: int) -> None:
    left = np.frombuffer(data.draw(st.binary(min_size=32, max_size=32)), np.uint64)
    right = left.copy()
    for bit in data.draw(st.sets(st.integers(0, 255), max_size=MAX_DISTANCE)):
        right[bit // 64] ^= np.uint64(1) << np.uint64(bit % 64)
    apart = [
        int(take_key(left, shifts, widths) ^ take_key(right, shifts, widths)).bit_count() - chunk.radius
        for chunk in plan_chunks(count)
        for shifts, widths in [(np.array(chunk.shifts, np.uint8), np.array(chunk.widths, np.uint8))]
    ]
    assert min(apart) <= 0


def test_bytes_are_those_of_rows_lists_and_tables() -> None:
    assert measure_bytes(Shape(1, 10, 2, 9), 1024) == 40 + 3 * 4 + 1 + 2 * 0.5


def test_a_chunk_takes_bits_of_all_words() -> None:
    chunks = lay_out(Shape(8, 22, 4, 20))
    assert all(min(chunk.widths) >= 4 for chunk in chunks)
    assert [chunk.bits for chunk in chunks] == [22] * 8 + [20] * 4

"""The compiled loops against the same in plain numpy."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from jacana.detect.media.index import kernels
from jacana.detect.media.index.chunks import make_masks

SHIFTS, WIDTHS = np.array([3, 60, 0, 31], np.uint8), np.array([2, 3, 0, 4], np.uint8)
BITS = 9


def draw_hashes(seed: int, count: int, *, ones: float = 0.5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.packbits(rng.random((count, 256)) < ones, axis=1).view(np.uint64)


def read_key(words: np.ndarray) -> int:
    bits = 0
    for word, shift, width in zip(words.tolist(), SHIFTS.tolist(), WIDTHS.tolist(), strict=True):
        bits = (bits << width) | ((word >> shift) & ((1 << width) - 1))
    return bits


def test_a_key_is_made_of_the_named_bits() -> None:
    for words in draw_hashes(1, 50):
        assert int(kernels.take_key(words, SHIFTS, WIDTHS)) == read_key(words)


def fill(words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    firsts = np.arange(len(words), dtype=np.uint32)
    ids, table = np.empty(len(words), np.uint32), np.empty((1 << BITS) // 8 + 1, np.uint64)
    kernels.fill_buckets(words, firsts, SHIFTS, WIDTHS, np.empty((1 << BITS) + 1, np.uint32), ids, table)
    return ids, table


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1000), count=st.integers(0, 3000), ones=st.sampled_from([0.5, 0.1, 0.01]))
def test_every_bucket_holds_its_rows_however_full_it_is(seed: int, count: int, ones: float) -> None:
    words = draw_hashes(seed, count, ones=ones)
    ids, table = fill(words)
    keys = np.array([read_key(row) for row in words], np.int64)
    spans, masks = np.empty((1 + BITS, 2), np.int64), make_masks(BITS, 1)
    for own in (0, 1, 7, 8, (1 << BITS) - 1, *keys[:5].tolist()):
        near = {own ^ int(mask) for mask in masks}
        found, total = kernels.probe_buckets(words, ids, table, masks, np.uint64(own), SHIFTS, WIDTHS, spans)
        rows = [int(ids[at]) for start, end in spans[:found] for at in range(start, end)]
        assert sorted(rows) == [row for row, key in enumerate(keys.tolist()) if key in near]
        assert total == len(rows)


def test_a_scan_finds_each_near_pair_once_and_counts_what_does_not_fit() -> None:
    words, queries = draw_hashes(2, 5000), draw_hashes(3, 7)
    words[4321] = queries[6]
    pairs = np.empty(400, np.int32), np.empty(400, np.uint32), np.empty(400, np.uint16)
    assert kernels.scan_rows(words, queries, 31, pairs) == 1
    assert (pairs[0][0], pairs[1][0], pairs[2][0]) == (6, 4321, 0)
    many = kernels.scan_rows(words, queries, 128, pairs)
    apart = [np.unpackbits((words ^ one).view(np.uint8), axis=1).sum(axis=1) for one in queries]
    assert many == (np.array(apart) <= 128).sum() > 400


def test_only_the_first_of_equal_rows_is_listed() -> None:
    words = np.repeat(draw_hashes(4, 4), [1, 3, 1, 2], axis=0)
    firsts = np.empty(7, np.uint32)
    assert kernels.list_firsts(words, firsts) == 4
    assert firsts[:4].tolist() == [0, 1, 4, 5]


def test_a_pair_belongs_to_the_first_chunk_that_finds_it() -> None:
    left, right = draw_hashes(5, 2)
    shifts, widths = np.array([[0, 0, 0, 0], [8, 0, 0, 0]], np.uint8), np.array([[8, 0, 0, 0], [8, 0, 0, 0]], np.uint8)
    radii = np.array([1, 1], np.uint8)
    right[0] = left[0] ^ np.uint64(0b11)
    assert kernels.is_first(left, right, shifts, widths, radii, 1)
    right[0] = left[0] ^ np.uint64(0b1)
    assert not kernels.is_first(left, right, shifts, widths, radii, 1)

"""A body finds every hash within 31: against brute force, on random, on real and on badly clumped hashes."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jacana.detect.media.index.body import Body, open_body, sort_rows, write_body
from jacana.detect.media.index.chunks import Shape, lay_out
from jacana.detect.media.index.digests import pack_digests
from jacana.detect.media.index.scan import scan

NONE = np.empty(0, np.uint64)
SHAPES = [Shape(8, 9, 4, 8), Shape(10, 7, 1, 10), Shape(0, 0, 16, 6), Shape(2, 12, 13, 8)]


def make_body(path: Path, words: np.ndarray, shape: Shape) -> Body:
    write_body(path, words, np.arange(len(words), dtype=np.uint64), NONE, pack_digests([]), lay_out(shape))
    return open_body(path)


def flip(words: np.ndarray, rng: np.random.Generator, distances: np.ndarray) -> np.ndarray:
    near = words.copy()
    for row, distance in zip(near, distances, strict=True):
        for bit in rng.choice(256, distance, replace=False):
            row[bit // 64] ^= np.uint64(1) << np.uint64(bit % 64)
    return near


def assert_same_as_brute_force(body: Body, queries: np.ndarray, wide: int = 31) -> int:
    query, row, far = body.search(queries, wide)
    found = list(zip(query.tolist(), row.tolist(), far.tolist(), strict=True))
    assert len(found) == len(set(found)), "a pair was told twice"
    truth = set(zip(*(part.tolist() for part in scan(body.words, queries, wide)), strict=True))
    assert {pair for pair in truth if pair[2] <= 31} <= set(found) <= truth
    return len(found)


def read_reference_hashes(reference_media: Path) -> np.ndarray:
    lines = [line for text in sorted((reference_media / "video").glob("*.txt")) for line in text.read_text().split()]
    return np.frombuffer(bytes.fromhex("".join(line.split(",")[2] for line in lines)), np.uint64).reshape(-1, 4).copy()


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    count=st.integers(1, 1500),
    ones=st.sampled_from([0.5, 0.5, 0.03, 0.002]),
    shape=st.sampled_from(SHAPES),
    wide=st.sampled_from([31, 60]),
)
def test_nothing_within_31_is_missed(
    tmp_path_factory: pytest.TempPathFactory, seed: int, count: int, ones: float, shape: Shape, wide: int
) -> None:
    rng = np.random.default_rng(seed)
    words = np.packbits(rng.random((count, 256)) < ones, axis=1).view(np.uint64)
    words[rng.integers(0, count, count // 3)] = words[0]
    body = make_body(tmp_path_factory.mktemp("body") / "body-1", words, shape)
    chosen = words[rng.integers(0, count, 64)]
    assert assert_same_as_brute_force(body, flip(chosen, rng, np.arange(64) % 34), wide) >= 50


@pytest.mark.media
@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_is_missed_among_the_frames_of_real_clips(tmp_path: Path, reference_media: Path, shape: Shape) -> None:
    words = read_reference_hashes(reference_media)
    rng = np.random.default_rng(1)
    body = make_body(tmp_path / "body-1", words, shape)
    queries = np.concatenate([words[::7], flip(words[::5], rng, rng.integers(0, 40, len(words[::5])))])
    assert assert_same_as_brute_force(body, queries, 45) > 3 * len(queries)


def test_the_plan_chosen_by_size_is_exact_too(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    words = rng.integers(0, 2**64, (60_000, 4), np.uint64)
    write_body(tmp_path / "body-1", words, np.arange(60_000, dtype=np.uint64), NONE, pack_digests([]))
    body = open_body(tmp_path / "body-1")
    assert body.probing is not None
    assert body.sections.size / 60_000 <= 110
    queries = flip(words[:640], rng, np.arange(640) % 32)
    query, row, far = body.search(queries, 31)
    assert sorted(body.addresses[row].tolist()) == list(range(640))
    assert (far == query % 32).all()


def test_hot_buckets_cost_no_more_than_a_scan(tmp_path: Path) -> None:
    """Most rows differ from zero in few bits: every chunk's own bucket is hot for a query that lies among them."""
    rng = np.random.default_rng(3)
    words = flip(np.zeros((20_000, 4), np.uint64), rng, rng.integers(20, 30, 20_000))
    body = make_body(tmp_path / "body-1", words, Shape(2, 14, 13, 12))
    queries = np.zeros((3, 4), np.uint64)
    queries[1] = rng.integers(0, 2**64, 4, np.uint64)
    queries[2, 1:] = np.uint64(2**64 - 1)  # hot in a quarter of its bits only, near to nothing
    assert assert_same_as_brute_force(body, queries) == 20_000


def test_equal_hashes_lie_together_however_their_first_words_agree() -> None:
    rng = np.random.default_rng(4)
    words = rng.integers(0, 3, (500, 4)).astype(np.uint64)
    ordered = words[sort_rows(words)].tolist()
    changes = sum(left != right for left, right in itertools.pairwise(ordered))
    assert changes == len({tuple(row) for row in ordered}) - 1


def test_an_empty_body_finds_nothing(tmp_path: Path) -> None:
    write_body(tmp_path / "body-1", NONE.reshape(0, 4), NONE, np.array([4], np.uint64), pack_digests([]))
    body = open_body(tmp_path / "body-1")
    assert len(body.search(np.zeros((2, 4), np.uint64), 31)[0]) == 0
    assert (body.size, body.removed.tolist()) == (1, [4])

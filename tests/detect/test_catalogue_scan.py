"""The scan finds exactly what brute force finds."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jacana.detect.media.catalogue.scan import MAX_DISTANCE, lay_out_needles, scan_shard
from jacana.detect.media.catalogue.shard import collect_shard
from jacana.detect.media.matching.match import find_near


@pytest.fixture(scope="module")
def reference_hashes(reference_media: Path) -> np.ndarray:
    lines = [line for path in sorted((reference_media / "video").glob("*.txt")) for line in path.read_text().split()]
    return np.array([list(bytes.fromhex(line.split(",")[2])) for line in lines], np.uint8)


def flip(pdq: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    bits = np.unpackbits(pdq)
    bits[rng.choice(256, count, replace=False)] ^= 1
    return np.packbits(bits)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    counts=st.lists(st.integers(0, 5), min_size=1, max_size=8),
    limit=st.integers(0, MAX_DISTANCE),
    threads=st.sampled_from([1, 2]),
)
def test_every_file_at_its_limit_is_found_and_none_beyond(
    seed: int, counts: list[int], limit: int, threads: int
) -> None:
    rng = np.random.default_rng(seed)
    needles = rng.integers(0, 256, (20, 32), dtype=np.uint8)
    files = []
    for count in counts:
        near = [flip(needles[rng.integers(20)], int(rng.integers(0, 64)), rng) for _ in range(count)]
        files.append((rng.bytes(32), 0, np.array(near, np.uint8).reshape(-1, 32)))
    found = scan_shard(collect_shard(files), lay_out_needles(needles, np.full(20, limit)), threads=threads)
    expected = [name for name, _, pdq in files if len(find_near(pdq, needles, limit)[0])]
    assert found == expected


def test_each_needle_has_its_own_limit() -> None:
    rng = np.random.default_rng(3)
    needles = rng.integers(0, 256, (2, 32), dtype=np.uint8)
    files = [(bytes([index] * 32), 0, flip(needle, 20, rng)[None]) for index, needle in enumerate(needles)]
    found = scan_shard(collect_shard(files), lay_out_needles(needles, np.array([19, 20])))
    assert found == [bytes([1] * 32)]


def test_clumped_hashes_are_compared_like_others(reference_hashes: np.ndarray) -> None:
    """Frames of one clip differ by a few bits: the same piece of many needles, again and again."""
    needles = reference_hashes[::40]
    rng = np.random.default_rng(5)
    files = [(rng.bytes(32), 0, flip(pdq, 31, rng)[None]) for pdq in reference_hashes[7::50]]
    found = scan_shard(collect_shard(files), lay_out_needles(needles, np.full(len(needles), 31)))
    assert found == [name for name, _, pdq in files if len(find_near(pdq, needles, 31)[0])]


def test_nothing_is_found_where_nothing_is() -> None:
    empty = np.empty((0, 32), np.uint8)
    assert scan_shard(collect_shard(()), lay_out_needles(np.zeros((1, 32), np.uint8), np.array([31]))) == []
    some = collect_shard([(bytes(32), 0, np.zeros((1, 32), np.uint8))])
    assert scan_shard(some, lay_out_needles(empty, np.empty(0, np.int64))) == []


def test_a_limit_that_cannot_be_kept_is_refused() -> None:
    with pytest.raises(ValueError, match="31"):
        lay_out_needles(np.zeros((1, 32), np.uint8), np.array([32]))


def test_the_pause_hears_of_every_hash() -> None:
    files = [(bytes([index % 256] * 32), 0, np.full((3, 32), index % 256, np.uint8)) for index in range(9000)]
    heard: list[int] = []
    scan_shard(collect_shard(files), lay_out_needles(np.zeros((1, 32), np.uint8), np.array([0])), pause=heard.append)
    assert sum(heard) == 27_000
    assert len(heard) > 1

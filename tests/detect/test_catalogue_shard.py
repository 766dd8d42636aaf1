"""What is written into the catalogue comes back, in both forms, and damage is noticed."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jacana.detect.media.catalogue.shard import (
    Shard,
    ShardDamagedError,
    collect_shard,
    list_files,
    read_log,
    read_shard,
    write_block,
    write_shard,
)


def draw_files(counts: list[int], seed: int = 1) -> list[tuple[bytes, int, np.ndarray]]:
    rng = np.random.default_rng(seed)
    return [
        (rng.bytes(32), int(rng.integers(0, 2**52)), rng.integers(0, 256, (count, 32), dtype=np.uint8))
        for count in counts
    ]


def same(shard: Shard, files: list[tuple[bytes, int, np.ndarray]]) -> bool:
    found = list(list_files(shard))
    return len(found) == len(files) and all(
        mine[:2] == given[:2] and np.array_equal(mine[2], given[2]) for mine, given in zip(found, files, strict=True)
    )


@pytest.mark.parametrize("suffix", ["shard", "parquet"])
@pytest.mark.parametrize("counts", [[], [0], [3], [1, 0, 5, 0], [40] * 50])
def test_a_shard_comes_back_whole(tmp_path: Path, suffix: str, counts: list[int]) -> None:
    files, path = draw_files(counts), tmp_path / f"000001.{suffix}"
    write_shard(path, collect_shard(files))
    found = read_shard(path)
    assert same(found, files)
    assert len(found) == sum(counts)
    assert [item.name for item in tmp_path.iterdir()] == [path.name], "nothing half-written stays"


@settings(max_examples=40, deadline=None)
@given(counts=st.lists(st.integers(0, 6), max_size=6), cut=st.integers(0, 2000))
def test_a_log_cut_anywhere_keeps_its_whole_records(tmp_path_factory, counts: list[int], cut: int) -> None:
    files = draw_files(counts)
    blocks = [write_block(*file) for file in files]
    path = tmp_path_factory.mktemp("log") / "000001.log"
    path.write_bytes(b"".join(blocks)[:cut])
    shard, length = read_log(path)
    ends = np.cumsum([len(block) for block in blocks])
    whole = int((ends <= cut).sum())
    assert same(shard, files[:whole])
    assert length == (ends[whole - 1] if whole else 0)


def test_a_log_damaged_in_the_middle_is_not_read_over(tmp_path: Path) -> None:
    blocks = [write_block(*file) for file in draw_files([3, 3])]
    data = bytearray(b"".join(blocks))
    data[60] ^= 1
    (tmp_path / "000001.log").write_bytes(data)
    with pytest.raises(ShardDamagedError):
        read_log(tmp_path / "000001.log")


@pytest.mark.parametrize("suffix", ["shard", "parquet"])
@pytest.mark.parametrize("harm", ["cut", "foreign", "empty"])
def test_a_damaged_shard_says_so(tmp_path: Path, suffix: str, harm: str) -> None:
    path = tmp_path / f"000001.{suffix}"
    write_shard(path, collect_shard(draw_files([5, 5])))
    data = path.read_bytes()
    path.write_bytes({"cut": data[:-40], "foreign": b"not a shard at all" * 20, "empty": b""}[harm])
    with pytest.raises(ShardDamagedError):
        read_shard(path)

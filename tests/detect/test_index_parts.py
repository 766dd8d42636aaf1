"""What is gone from an entry is gone from every older part, and what came later stays."""

from pathlib import Path

import numpy as np
import pytest

from jacana.detect.media.index.address import make_addresses, split_addresses
from jacana.detect.media.index.errors import IndexDamagedError
from jacana.detect.media.index.live import HashIndex
from jacana.detect.media.index.manifest import read_manifest
from jacana.detect.media.index.parts import find_digests_in_parts, find_survivors, list_layers, open_parts, search_parts

HASH = np.full((1, 32), 9, np.uint8)
WORDS = HASH.view(np.uint64)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """An older body with entries 1 and 2, a newer one in which 1 is gone and came again, a head in which 2 is gone."""
    index = HashIndex.open(tmp_path)
    index.add(HASH, make_addresses(1, 1), 1, digests=[("md5", bytes(16), 1)])
    index.add(HASH, make_addresses(2, 1), 2, digests=[("md5", bytes(16), 2)])
    index.merge()
    index.remove(np.array([1], np.uint64), 3)
    index.add(HASH, make_addresses(1, 1, first_row=5), 4)
    index._merge_above = 10**9
    index.merge(whole=False)
    index.remove(np.array([2], np.uint64), 5)
    return tmp_path


def test_later_removals_hold_for_older_parts_only(directory: Path) -> None:
    parts = open_parts(directory)
    found = search_parts(parts, WORDS, 31)
    numbers, rows = split_addresses(found.address)
    assert list(zip(numbers.tolist(), rows.tolist(), strict=True)) == [(1, 5)]
    assert find_digests_in_parts(parts, "md5", np.zeros((1, 16), np.uint8)).number.tolist() == []


def test_survivors_are_those_no_later_part_removes(directory: Path) -> None:
    parts = open_parts(directory)
    layers = list_layers(parts.bodies.values(), parts.heads.values())
    assert find_survivors(np.array([1, 2, 3], np.uint64), layers[-1:]).tolist() == [True, False, True]
    assert find_survivors(np.array([1, 2, 3], np.uint64), []).tolist() == [True, True, True]


def test_open_files_are_kept(directory: Path) -> None:
    before = open_parts(directory)
    after = open_parts(directory, before)
    assert after.active is before.active
    assert all(after.bodies[name] is body for name, body in before.bodies.items())


def test_a_missing_file_is_damage(directory: Path) -> None:
    (directory / read_manifest(directory).manifest.bodies[0]).unlink()
    with pytest.raises(IndexDamagedError, match="missing"):
        open_parts(directory)


def test_a_file_merged_away_while_looking_is_looked_for_again(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = [read_manifest(directory)]
    HashIndex.open(directory).merge()
    monkeypatch.setattr(
        "jacana.detect.media.index.parts.read_manifest", lambda path: stale.pop() if stale else read_manifest(path)
    )
    assert len(search_parts(open_parts(directory), WORDS, 31).address) == 1
    assert not stale

"""Merging changes where hashes lie, never which are found; readers and writers go on meanwhile."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from jacana.detect.media.index import merge
from jacana.detect.media.index.address import ROW_BITS, make_addresses
from jacana.detect.media.index.files import MERGERS, FileLock
from jacana.detect.media.index.live import HashIndex

RNG = np.random.default_rng(5)
HASHES = RNG.integers(0, 256, (12, 32), np.uint8)


def fill(index: HashIndex, numbers: range) -> None:
    for number in numbers:
        rows = np.random.default_rng(number).integers(0, 256, (10, 32), np.uint8)
        index.add(rows, make_addresses(number, 10), number, digests=[("sha1", bytes([number]) * 20, number)])


def test_a_merge_without_anything_new_does_nothing(tmp_path: Path) -> None:
    index = HashIndex.open(tmp_path)
    assert not index.merge()
    fill(index, range(1, 3))
    assert index.merge()
    before = sorted(path.name for path in tmp_path.iterdir())
    assert not index.merge()
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_large_body_is_left_alone_and_a_whole_merge_takes_it(tmp_path: Path) -> None:
    index = HashIndex.open(tmp_path)
    fill(index, range(1, 40))
    index.merge()
    fill(index, range(40, 43))
    index.merge(whole=False)
    assert index.describe().parts == 3
    fill(index, range(43, 46))
    index.merge(whole=False)
    assert index.describe().parts == 3, "the small body is folded in, the large one not"
    index.merge()
    assert index.describe().parts == 2
    assert (len(index), index.position) == (450, 45)
    assert index.verify() == []


def test_removed_rows_leave_the_disk(tmp_path: Path) -> None:
    index = HashIndex.open(tmp_path)
    fill(index, range(1, 11))
    index.merge()
    index.remove(np.arange(1, 10, dtype=np.uint64), 20)
    assert len(index) == 100
    index.merge()
    assert len(index) == 10
    assert index.digests.find("sha1", np.full((1, 20), 10, np.uint8)).number.tolist() == [10]
    assert not len(index.digests.find("sha1", np.full((1, 20), 9, np.uint8)).number)


def test_files_of_a_merge_that_died_are_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = HashIndex.open(tmp_path)
    fill(index, range(1, 4))

    def die(path: Path, *_parts: object, **_how: object) -> None:
        path.write_bytes(b"half")
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(merge, "_write_merged", die)
        with pytest.raises(OSError, match="space"):
            index.merge()
    assert len(index.search(np.random.default_rng(2).integers(0, 256, (10, 32), np.uint8)).address) == 10
    fill(index, range(4, 6))
    (tmp_path / "body-77").write_bytes(b"left over")
    assert index.merge()
    assert sorted(path.name.split("-")[0] for path in tmp_path.iterdir() if "-" in path.name) == ["body", "head"]
    assert len(index) == 50
    assert not (tmp_path / "body-77").exists()


def test_one_merge_at_a_time(tmp_path: Path) -> None:
    index = HashIndex.open(tmp_path)
    fill(index, range(1, 3))
    with FileLock(tmp_path / MERGERS).try_hold():
        assert not index.merge()


def test_readers_and_writers_go_on_while_a_body_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index, other = HashIndex.open(tmp_path), HashIndex.open(tmp_path)
    fill(index, range(1, 4))
    building, go_on, write = threading.Event(), threading.Event(), merge._write_merged

    def wait(*parts: object, **how: object) -> None:
        building.set()
        assert go_on.wait(30)
        write(*parts, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(merge, "_write_merged", wait)
    thread = threading.Thread(target=index.merge)
    thread.start()
    assert building.wait(30)
    fill(other, range(4, 6))
    other.remove(np.array([1], np.uint64), 6)
    queries = np.concatenate(
        [np.random.default_rng(number).integers(0, 256, (10, 32), np.uint8) for number in (1, 3, 5)]
    )
    expected = [(number << ROW_BITS) | row for number in (3, 5) for row in range(10)]
    assert [index.search(queries).address.tolist(), other.search(queries).address.tolist()] == [expected] * 2
    go_on.set()
    thread.join()
    assert [index.search(queries).address.tolist(), other.search(queries).address.tolist()] == [expected] * 2
    assert index.describe().growing_rows == 20
    assert (index.position, other.position) == (6, 6)


class IndexAgainstDictionary(RuleBasedStateMachine):
    """Any order of adding, removing, merging and opening again finds what a dictionary would."""

    @initialize(folder=st.builds(lambda: None))
    def begin(self, folder: None) -> None:
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.index = HashIndex.open(Path(self.folder.name))
        self.rows: dict[int, set[tuple[int, int]]] = {which: set() for which in range(len(HASHES))}
        self.position = 0

    @rule(number=st.integers(1, 6), which=st.lists(st.integers(0, 11), max_size=4))
    def add(self, number: int, which: list[int]) -> None:
        self.position += 1
        first = 100 * self.position
        self.index.add(
            HASHES[which].reshape(-1, 32),
            make_addresses(number, len(which), first_row=first),
            self.position,
            digests=[("md5", HASHES[at, :16].tobytes(), number) for at in set(which)],
        )
        for row, at in enumerate(which, first):
            self.rows[at].add((number, row))

    @rule(numbers=st.sets(st.integers(1, 6), max_size=3))
    def remove(self, numbers: set[int]) -> None:
        self.position += 1
        self.index.remove(np.array(sorted(numbers), np.uint64), self.position)
        for which, rows in self.rows.items():
            self.rows[which] = {row for row in rows if row[0] not in numbers}

    @rule(whole=st.booleans())
    def merge(self, whole: bool) -> None:
        self.index.merge(whole=whole)

    @rule()
    def open_again(self) -> None:
        self.index.close()
        self.index = HashIndex.open(Path(self.folder.name))

    @invariant()
    def finds_what_is_there(self) -> None:
        hits = self.index.search(HASHES)
        found = sorted(zip(hits.query.tolist(), hits.address.tolist(), strict=True))
        expected = [(which, number << ROW_BITS | row) for which, rows in self.rows.items() for number, row in rows]
        assert found == sorted(expected)
        digests = self.index.digests.find("md5", HASHES[:, :16])
        held = set(zip(digests.query.tolist(), digests.number.tolist(), strict=True))
        assert held == {(which, number) for which, rows in self.rows.items() for number, _ in rows}
        assert self.index.position == self.position

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()


IndexAgainstDictionary.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestIndexAgainstDictionary = IndexAgainstDictionary.TestCase


def test_an_index_begun_anew_during_a_merge_stays_as_it_was_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, write_body = HashIndex.open(tmp_path), merge.write_body
    fill(index, range(1, 5))

    def begin_anew_and_write(*given: Any) -> None:
        HashIndex.recreate(tmp_path)
        write_body(*given)

    with monkeypatch.context() as patched:
        patched.setattr(merge, "write_body", begin_anew_and_write)
        assert not index.merge()
    assert (len(index), index.position) == (0, 0)
    fill(index, range(5, 7))
    assert index.merge()
    assert (len(index), index.position) == (20, 6)
    assert len(list(tmp_path.glob("body-*"))) == 1

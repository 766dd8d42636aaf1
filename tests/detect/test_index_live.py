"""The index from outside: at once, in every process, with a position that is never ahead of what is in it."""

import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from jacana.detect.media.index import live
from jacana.detect.media.index.address import ROW_BITS, make_addresses
from jacana.detect.media.index.errors import (
    IndexBehindError,
    IndexDamagedError,
    IndexInputInvalidError,
    IndexOvertakenError,
)
from jacana.detect.media.index.head import Head
from jacana.detect.media.index.live import HashIndex
from jacana.detect.media.index.manifest import NAME, read_manifest


def draw(count: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 32), np.uint8)


@pytest.fixture
def index(tmp_path: Path) -> HashIndex:
    return HashIndex.open(tmp_path / "index")


def test_an_empty_index_is_at_position_zero(index: HashIndex) -> None:
    assert (index.position, len(index)) == (0, 0)
    assert len(index.search(draw(3)).query) == 0
    assert len(index.search(draw(0)).query) == 0
    assert index.verify() == []


def test_hits_are_by_query_and_then_by_distance(index: HashIndex) -> None:
    hashes = np.zeros((4, 32), np.uint8)
    hashes[:, 0] = [0b1111111, 0, 0b11, 0b1]
    hashes[3, 1:5] = 255  # 33 bits
    index.add(hashes, make_addresses(7, 4), 1)
    queries = np.zeros((2, 32), np.uint8)
    queries[1] = 255
    hits = index.search(queries)
    assert hits.query.tolist() == [0, 0, 0]
    assert hits.distance.tolist() == [0, 2, 7]
    assert (hits.address & np.uint64(0xFFFFF)).tolist() == [1, 2, 0]
    assert index.search(queries, wide=33).distance.tolist() == [0, 2, 7, 33]
    assert index.search(queries, wide=5).distance.tolist() == [0, 2, 7], "31 is always complete"


def test_what_is_added_matches_at_once_in_every_index_of_the_directory(index: HashIndex, tmp_path: Path) -> None:
    other, hashes = HashIndex.open(tmp_path / "index"), draw(500)
    took = []
    for number in range(1, 60):
        started = time.perf_counter()
        index.add(hashes[number : number + 1], make_addresses(number, 1), number)
        hits = other.search(hashes[number : number + 1])
        took.append(time.perf_counter() - started)
        assert hits.address.tolist() == [number << ROW_BITS]
        assert other.position == number
    assert sorted(took)[len(took) // 2] < 0.02, "generous for a loaded machine; the benchmark measures it"


def test_threads_share_the_queries_and_change_nothing(index: HashIndex) -> None:
    hashes = draw(3000)
    index.add(hashes, make_addresses(1, 3000), 1)
    index.merge()
    one, three = index.search(hashes), index.search(hashes, threads=3)
    assert all((left == right).all() for left, right in zip(one, three, strict=True))
    assert index.search(hashes[:1], threads=8).query.tolist() == [0]
    index.close()


def test_another_process_is_read_and_written(index: HashIndex, tmp_path: Path) -> None:
    code = f"""
import numpy as np
from pathlib import Path
from jacana.detect.media.index.live import HashIndex
index = HashIndex.open(Path({str(tmp_path / "index")!r}))
index.add(np.full((1, 32), 5, np.uint8), np.array([3 << 20], np.uint64), index.position + 1)
index.merge()
print(len(index.search(np.full((1, 32), 4, np.uint8)).query), index.position)
"""
    index.add(np.full((1, 32), 4, np.uint8), make_addresses(1, 1), 41)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "42"]
    assert index.search(np.full((1, 32), 5, np.uint8)).address.tolist() == [3 << 20]
    assert index.position == 42


def test_the_index_refuses_what_it_has_passed(index: HashIndex) -> None:
    index.add(draw(1), make_addresses(1, 1), 5)
    for position, after in ((4, None), (6, 4), (6, 6)):
        with pytest.raises(IndexOvertakenError):
            index.remove(np.array([1], np.uint64), position, after=after)
    index.remove(np.array([1], np.uint64), 6, after=5)
    assert index.position == 6


def test_writing_keeps_others_out_between_reading_the_position_and_adding(index: HashIndex) -> None:
    with index.writing() as position:
        index.add(draw(1), make_addresses(1, 1), position + 1, after=position)
        assert index.position == position + 1


@pytest.mark.parametrize(
    ("hashes", "addresses"),
    [
        (np.zeros((2, 31), np.uint8), np.zeros(2, np.uint64)),
        (np.zeros((2, 32), np.int8), np.zeros(2, np.uint64)),
        (np.zeros(32, np.uint8), np.zeros(1, np.uint64)),
        (np.zeros((2, 32), np.uint8), np.zeros(3, np.uint64)),
    ],
)
def test_shapes_that_disagree_are_refused(index: HashIndex, hashes: np.ndarray, addresses: np.ndarray) -> None:
    with pytest.raises(IndexInputInvalidError):
        index.add(hashes, addresses, 1)
    assert index.position == 0


def test_a_head_that_has_grown_is_merged_by_itself(index: HashIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEAD_ROWS", 1000)
    index._merge_above = 1000
    hashes = draw(5000)
    for at in range(50):
        index.add(hashes[at * 100 : at * 100 + 100], make_addresses(at, 100), at + 1)
    index.close()
    facts = index.describe()
    assert facts.frozen_rows >= 1000
    assert facts.frozen_rows + facts.growing_rows == 5000
    assert len(index.search(hashes).query) == 5000


def test_a_merge_that_fails_is_logged_and_not_tried_with_every_addition(
    index: HashIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def fail(**_how: object) -> bool:
        tried.append(1)
        raise OSError("no space left on device")

    monkeypatch.setattr(index, "merge", fail)
    monkeypatch.setattr(live, "HEAD_ROWS", 100)
    index._merge_above = 100
    for at in range(15):
        index.add(draw(10), make_addresses(at, 10), at + 1)
        index.close()
    assert len(tried) == 1
    assert len(index) == 150


def test_a_torn_tail_gives_the_smaller_position_and_is_written_over(index: HashIndex, tmp_path: Path) -> None:
    hashes = draw(3)
    for number in (1, 2, 3):
        index.add(hashes[number - 1 : number], make_addresses(number, 1), number)
    head = tmp_path / "index" / read_manifest(tmp_path / "index").manifest.heads[-1]
    content = bytearray(head.read_bytes())
    content[-20:] = bytes(20)
    head.write_bytes(content)
    again = HashIndex.open(tmp_path / "index")
    assert again.position == 2
    assert again.search(hashes).address.tolist() == [1 << ROW_BITS, 2 << ROW_BITS]
    again.add(hashes[2:], make_addresses(3, 1), 3)
    assert HashIndex.open(tmp_path / "index").search(hashes).query.tolist() == [0, 1, 2]


def test_a_damaged_index_is_set_aside_and_begun_anew(index: HashIndex, tmp_path: Path) -> None:
    directory = tmp_path / "index"
    index.add(draw(5), make_addresses(1, 5), 9)
    index.merge()
    body = directory / read_manifest(directory).manifest.bodies[0]
    body.write_bytes(b"nonsense" * 2000)
    with pytest.raises(IndexDamagedError):
        HashIndex.open(directory)
    anew = HashIndex.recreate(directory)
    assert (anew.position, len(anew)) == (0, 0)
    assert (directory / "damaged" / body.name).read_bytes() == b"nonsense" * 2000
    anew.add(draw(5), make_addresses(1, 5), 9)
    assert index.position == 9, "who had it open goes over to the new one"
    assert HashIndex.recreate(directory).position == 0


def test_an_index_without_its_manifest_is_damaged(index: HashIndex, tmp_path: Path) -> None:
    index.add(draw(5), make_addresses(1, 5), 9)
    index.merge()
    (tmp_path / "index" / NAME).unlink()
    with pytest.raises(IndexDamagedError):
        HashIndex.open(tmp_path / "index")


def test_verify_reads_every_byte(index: HashIndex, tmp_path: Path) -> None:
    index.add(draw(500), make_addresses(1, 500), 9)
    index.merge()
    assert index.verify() == []
    body = tmp_path / "index" / read_manifest(tmp_path / "index").manifest.bodies[0]
    with body.open("r+b") as file:
        file.seek(9000)
        file.write(b"?")
    assert HashIndex.open(tmp_path / "index").verify() == [f"{body.name}: words does not match its checksum"]


def test_digests_are_found_beside_hashes_before_and_after_a_merge(index: HashIndex) -> None:
    held = [("md5", b"m" * 16, 1), ("sha1", b"s" * 20, 1), ("sha256", b"t" * 32, 2), ("md5", b"m" * 16, 2)]
    index.add(draw(0), make_addresses(1, 0), 1, digests=held)
    asked = np.frombuffer(b"m" * 16 + b"n" * 16, np.uint8).reshape(2, 16)
    for _ in range(2):
        hits = index.digests.find("md5", asked)
        assert (hits.query.tolist(), sorted(hits.number.tolist())) == ([0, 0], [1, 2])
        index.merge()
    index.remove(np.array([1], np.uint64), 2)
    assert index.digests.find("md5", asked).number.tolist() == [2]


def test_an_index_deleted_and_built_anew_by_another_is_not_mixed_with_the_old_one(tmp_path: Path) -> None:
    """Both number their parts alike; who has the old ones open must not take them for the new."""
    hashes = draw(60)
    parts = [(hashes[at * 10 : at * 10 + 10], make_addresses(at, 10), at + 1) for at in range(6)]
    mine = HashIndex.open(tmp_path / "index")
    for part in parts[:3]:
        mine.add(*part)
    mine.merge()
    mine.add(*parts[3])
    shutil.rmtree(tmp_path / "index")
    other = HashIndex.open(tmp_path / "index")
    for part in parts[:5]:
        other.add(*part)
    other.merge()
    other.add(*parts[5])
    assert len(mine.search(hashes).query) == 60
    assert mine.position == 6


def test_an_index_that_has_not_got_far_enough_says_so(index: HashIndex) -> None:
    index.add(draw(1), make_addresses(1, 1), 5)
    assert len(index.search(draw(1), reached=5).query) == 1
    with pytest.raises(IndexBehindError):
        index.search(draw(1), reached=6)


def test_a_thread_waits_for_what_another_is_taking_in(index: HashIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    hashes, show = draw(2), Head._show
    reader = HashIndex.open(index._directory)
    reader.search(hashes)
    index.add(hashes, make_addresses(1, 2), 1)
    inside, go_on = threading.Event(), threading.Event()

    def show_late(head: Head) -> None:
        inside.set()
        go_on.wait(5)
        show(head)

    monkeypatch.setattr(Head, "_show", show_late)
    first = threading.Thread(target=reader.search, args=(hashes,))
    first.start()
    assert inside.wait(5)
    threading.Timer(0.2, go_on.set).start()
    assert len(reader.search(hashes).query) == 2
    first.join()

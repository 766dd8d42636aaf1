"""A head's log keeps whole frames: what was torn off is not seen, and the position is never ahead of the rows."""

from pathlib import Path

import numpy as np
import pytest

from jacana.detect.media.index.address import make_addresses
from jacana.detect.media.index.digests import pack_digests
from jacana.detect.media.index.errors import IndexDamagedError
from jacana.detect.media.index.head import Frame, Head, HeadLog

NONE = np.empty(0, np.uint64)


def make_frame(number: int, rows: int, position: int, removed: tuple[int, ...] = ()) -> Frame:
    words = np.random.default_rng(number).integers(0, 2**64, (rows, 4), np.uint64)
    digests = pack_digests([("md5", bytes([number]) * 16, number), ("sha256", bytes([number]) * 32, number)])
    return Frame(words, make_addresses(number, rows), np.array(removed, np.uint64), digests, position)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    HeadLog.create(tmp_path / "head-0", 7)
    return tmp_path / "head-0"


def append(head: Head, frame: Frame) -> None:
    head.log.append(frame, head.end)
    head.advance()


def test_an_empty_head_has_the_position_it_began_at(path: Path) -> None:
    head = Head.open(path)
    assert (head.position, head.count, head.size, head.is_behind) == (7, 0, 0, False)


def test_another_reader_sees_what_was_appended(path: Path) -> None:
    writer, reader = Head.open(path), Head.open(path)
    for number in range(1, 6):
        append(writer, make_frame(number, 700, 10 * number))
    assert reader.is_behind
    reader.advance()
    assert not reader.is_behind
    assert (reader.view.position, len(reader.view.words)) == (50, 3500)
    assert (reader.view.words == writer.view.words).all()
    assert (reader.view.addresses == Head.open(path).view.addresses).all()
    assert reader.digests["md5"] == {bytes([number]) * 16: (number,) for number in range(1, 6)}


def test_a_view_stays_as_it_was(path: Path) -> None:
    head = Head.open(path)
    append(head, make_frame(1, 10, 8))
    before, words = head.view, head.view.words.copy()
    append(head, make_frame(2, 5000, 9, removed=(1,)))
    assert (before.words == words).all()
    assert before.gone is None
    assert before.position == 8


def test_removal_reaches_back_and_not_forward(path: Path) -> None:
    head = Head.open(path)
    append(head, make_frame(1, 4, 8))
    append(head, make_frame(2, 3, 9, removed=(1, 5)))
    append(head, make_frame(1, 2, 10))
    assert head.view.gone is not None
    assert head.view.gone.tolist() == [True] * 4 + [False] * 5
    assert head.view.removed.tolist() == [1, 5]
    assert head.digests["md5"][bytes([1]) * 16] == (1,)
    append(head, make_frame(3, 0, 11, removed=(1,)))
    assert head.digests["md5"][bytes([1]) * 16] == ()


def test_bytes_that_were_not_committed_are_not_seen(path: Path) -> None:
    head = Head.open(path)
    append(head, make_frame(1, 4, 8))
    committed = head.log.committed
    head.log.append(make_frame(2, 4, 9), head.end)
    head.log.cut(committed)  # as if the process had died before its last store
    again = Head.open(path)
    assert (again.position, again.count) == (8, 4)
    append(again, make_frame(3, 1, 10))
    assert Head.open(path).position == 10


@pytest.mark.parametrize("torn_at", range(2, 1900, 97))
def test_a_torn_frame_ends_the_log_at_the_position_before_it(path: Path, torn_at: int) -> None:
    head = Head.open(path)
    append(head, make_frame(1, 20, 8))
    whole = head.end
    append(head, make_frame(2, 20, 9))
    content = bytearray(path.read_bytes())
    content[-torn_at] ^= 0xFF  # a page that never reached the disk
    path.write_bytes(content)
    again = Head.open(path)
    broken_in_first = len(content) - torn_at < whole
    expected = (7, 0) if broken_in_first else (8, 20)
    assert (again.position, again.count) == expected
    assert again.is_behind


@pytest.mark.parametrize("change", [0, 9, 17])
def test_a_damaged_start_is_damage(path: Path, change: int) -> None:
    content = bytearray(path.read_bytes())
    content[change] ^= 1
    path.write_bytes(content)
    with pytest.raises(IndexDamagedError):
        Head.open(path)


def test_a_log_cut_short_is_damage(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(IndexDamagedError, match="short"):
        HeadLog(path)


def test_a_synced_log_is_whole(path: Path) -> None:
    head = Head.open(path)
    append(head, make_frame(1, 3, 8))
    head.log.sync()
    assert path.stat().st_size == head.log.committed == head.end

"""One table of a file's hashes, in the order in which the index numbers them."""

import numpy as np
from matching_rows import RECT, make_frames, make_rows, random_hashes

from jacana.detect.media.hashing.frames import CUT_BORDERS, INSET, collect_frames, collect_windows
from jacana.detect.media.hashing.pdq import turn_hashes
from jacana.detect.media.hashing.windows import WINDOWS
from jacana.detect.media.matching import rows as module
from jacana.detect.media.matching.rows import (
    WHOLE_RECT,
    add_turned,
    lay_out,
    limit_windows,
    tell_informative,
    tell_whole,
)


def test_frames_come_first_and_then_windows() -> None:
    one, two, three = random_hashes(1, 3)
    rows = make_rows([(1.0, 90, one), (2.0, 80, two)], [(0.5, 7, 3, three)])
    assert rows.seconds.tolist() == [1.0, 2.0, 0.5]
    assert rows.quality.tolist() == [90, 80, 90]
    assert (rows.window.tolist(), rows.orientation.tolist()) == ([0, 0, 7], [0, 0, 3])
    assert rows.rect.tolist() == [list(WHOLE_RECT), list(WHOLE_RECT), list(RECT)]
    assert [row.tobytes() for row in rows.pdq] == [one, two, three]


def test_a_file_without_frames_has_no_rows() -> None:
    rows = lay_out(b"", b"")
    assert len(rows) == len(add_turned(rows)) == 0
    assert rows.pdq.shape == (0, 32)
    assert tell_informative(rows, 50).tolist() == []


def test_turned_frames_are_derived_where_none_was_hashed() -> None:
    hashes = random_hashes(2, 3)
    rows = add_turned(make_frames(hashes))
    assert len(rows) == 3 * 8
    turned = turn_hashes(np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, 32))
    for row in range(len(rows)):
        frame = int(rows.seconds[row] * 2)
        assert (rows.pdq[row] == turned[frame, rows.orientation[row]]).all()
    with_turns = make_rows([(1.0, 90, hashes[0])], [(1.0, 0, 5, hashes[1])])
    assert add_turned(with_turns) is with_turns


def test_of_many_frames_some_evenly_are_turned(monkeypatch) -> None:
    monkeypatch.setattr(module, "MAX_TURNED", 4)
    rows = add_turned(make_frames(random_hashes(3, 10), step=1.0))
    assert np.unique(rows.seconds[rows.orientation > 0]).tolist() == [0.0, 3.0, 6.0, 9.0]


def test_information_is_quality_and_bits_of_a_picture() -> None:
    (picture,) = random_hashes(4, 1)
    rows = make_rows([(0.0, 49, picture), (1.0, 50, picture), (2.0, 90, bytes(32)), (3.0, 90, b"\xff" * 32)])
    assert tell_informative(rows, 50).tolist() == [False, True, False, False]


def test_borders_and_insets_are_whole_pictures() -> None:
    assert tell_whole(np.array([0, 1, 199, CUT_BORDERS, INSET], np.uint8)).tolist() == [True, False, False, True, True]


def test_each_window_has_its_limit() -> None:
    limits = limit_windows(np.arange(256).astype(np.uint8))
    assert limits[: len(WINDOWS)].tolist() == [window.max_distance for window in WINDOWS]
    assert limits[[CUT_BORDERS, INSET]].tolist() == [31, 31]


def test_packed_bytes_of_any_file_are_read() -> None:
    packed = collect_frames([(1.0, 1, bytes(32))]).pack(), collect_windows([]).pack()
    assert len(lay_out(*packed)) == 1

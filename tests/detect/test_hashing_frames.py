"""Packing is lossless, fixed in layout, and refuses damaged bytes."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.detect.media.hashing.frames import (
    RECORD,
    WINDOW_RECORD,
    FrameHashesDamagedError,
    WindowRow,
    collect_frames,
    collect_windows,
    sort_records,
    unpack_frames,
    unpack_windows,
)

ROWS = st.lists(
    st.tuples(st.floats(allow_nan=False), st.integers(0, 100), st.binary(min_size=32, max_size=32)), max_size=50
)

BYTE = st.integers(0, 255)
WINDOW_ROWS = st.lists(
    st.tuples(
        st.floats(allow_nan=False),
        st.integers(0, 100),
        BYTE,
        st.integers(0, 7),
        st.tuples(BYTE, BYTE, BYTE, BYTE),
        st.binary(min_size=32, max_size=32),
    ),
    max_size=50,
)


@given(ROWS)
def test_pack_and_unpack_give_the_same_frames(rows: list[tuple[float, int, bytes]]) -> None:
    frames = unpack_frames(collect_frames(rows).pack())
    assert len(frames) == len(rows)
    assert frames.pdq.shape == (len(rows), 32)
    back = [(float(s), int(q), p.tobytes()) for s, q, p in zip(frames.seconds, frames.quality, frames.pdq, strict=True)]
    assert back == rows


def test_layout_is_eight_bytes_of_seconds_one_of_quality_and_the_hash() -> None:
    packed = collect_frames([(1.5, 77, bytes(range(32)))]).pack()
    assert packed == struct.pack("<dB", 1.5, 77) + bytes(range(32))
    assert RECORD.itemsize == 41
    assert unpack_frames(packed).pdq.dtype == np.uint8


@given(WINDOW_ROWS)
def test_windows_come_back_as_they_were_packed(rows: list[WindowRow]) -> None:
    windows = unpack_windows(collect_windows(rows).pack())
    assert len(windows) == len(rows)
    assert (windows.rect.shape, windows.pdq.shape) == ((len(rows), 4), (len(rows), 32))
    columns = (windows.seconds, windows.quality, windows.window, windows.orientation, windows.rect, windows.pdq)
    back = [
        (float(s), int(q), int(w), int(o), tuple(r.tolist()), p.tobytes())
        for s, q, w, o, r, p in zip(*columns, strict=True)
    ]
    assert back == rows


@given(WINDOW_ROWS)
def test_sorting_puts_windows_in_time_order_and_loses_none(rows: list[WindowRow]) -> None:
    found = unpack_windows(sort_records(collect_windows(rows).pack(), WINDOW_RECORD))
    expected = unpack_windows(collect_windows(sorted(rows, key=lambda row: row[0])).pack())
    assert found.pack() == expected.pack()


def test_layout_of_a_window_is_47_bytes() -> None:
    packed = collect_windows([(1.5, 77, 200, 5, (0, 32, 255, 191), bytes(range(32)))]).pack()
    assert packed == struct.pack("<dBBB4B", 1.5, 77, 200, 5, 0, 32, 255, 191) + bytes(range(32))
    assert WINDOW_RECORD.itemsize == 47


def test_damaged_bytes_are_refused() -> None:
    with pytest.raises(FrameHashesDamagedError):
        unpack_windows(bytes(46))
    with pytest.raises(FrameHashesDamagedError):
        unpack_frames(bytes(40))

"""Packing is lossless, fixed in layout, and refuses damaged bytes."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.detect.media.hashing.frames import RECORD, FrameHashesDamagedError, collect_frames, unpack_frames

ROWS = st.lists(
    st.tuples(st.floats(allow_nan=False), st.integers(0, 100), st.binary(min_size=32, max_size=32)), max_size=50
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


def test_damaged_bytes_are_refused() -> None:
    with pytest.raises(FrameHashesDamagedError):
        unpack_frames(bytes(40))

"""Turns, ranges and layouts of single frames."""

from collections.abc import Callable

import av
import numpy as np
import pytest

from jacana.detect.media.decoding.planes import (
    accept_unknown_side_data,
    convert_to_rgb,
    hash_frame,
    read_frame,
    read_turn,
)
from jacana.detect.media.hashing.pdq import hash_luma, hash_rgb
from jacana.detect.media.hashing.reduce import UPRIGHT, Turn
from jacana.simulate.clips import draw_picture


def test_range_scales_quality_not_the_hash() -> None:
    """One faint picture as full and as limited range: the same quality, below the cap where it can be seen."""
    faint = (draw_picture(4, size=(320, 240)).mean(axis=2) / 5).astype(np.uint8)
    expected = hash_luma(faint)
    assert expected.quality < 95
    for color_range, stored in ((2, faint), (1, np.round(16 + faint * (219 / 255)).astype(np.uint8))):
        frame = av.VideoFrame.from_ndarray(stored, format="gray")
        frame.color_range = color_range
        found = hash_frame(frame, UPRIGHT)
        assert abs(found.quality - expected.quality) <= 6


@pytest.mark.parametrize(
    ("turn", "shown"),
    [
        (UPRIGHT, lambda p: p),
        (Turn(True, True, False), lambda p: np.rot90(p, -1)),
        (Turn(True, False, True), lambda p: np.rot90(p, 1)),
        (Turn(False, True, True), lambda p: np.rot90(p, 2)),
        (Turn(False, True, False), lambda p: p[:, ::-1]),
    ],
)
@pytest.mark.parametrize("layout", ["gray", "rgb24"])
def test_a_turned_frame_hashes_as_the_turned_picture(turn: Turn, shown: Callable, layout: str) -> None:
    picture = draw_picture(8, size=(320, 240))
    stored = picture if layout == "rgb24" else picture[:, :, 1].copy()
    frame = av.VideoFrame.from_ndarray(stored, format=layout)
    frame.color_range = 2
    expected = (hash_rgb if layout == "rgb24" else hash_luma)(np.ascontiguousarray(shown(stored)))
    assert hash_frame(frame, turn) == expected
    luma = read_frame(frame, turn).turn_luma()
    assert luma.shape == shown(stored).shape[:2]
    if layout == "gray":
        assert (luma == shown(stored)).all()


def test_a_frame_without_a_matrix_is_upright() -> None:
    accept_unknown_side_data()
    assert read_turn(av.VideoFrame(16, 16, "yuv420p")) == UPRIGHT


def test_padding_at_the_end_of_rows_is_not_hashed() -> None:
    """A width that is no multiple of the decoder's alignment: the plane's rows are longer than the picture's."""
    picture = draw_picture(8, size=(322, 242))[:, :, 0].copy()
    frame = av.VideoFrame.from_ndarray(picture, format="gray")
    frame.color_range = 2
    assert frame.planes[0].line_size > frame.width or frame.planes[0].line_size == frame.width
    assert hash_frame(frame, UPRIGHT) == hash_luma(picture)


def test_rgb_is_what_it_was() -> None:
    picture = draw_picture(8, size=(64, 48))
    assert (convert_to_rgb(av.VideoFrame.from_ndarray(picture, format="rgb24")) == picture).all()

"""Moving and still WebP are told apart by their flag."""

import io

import pytest

from hostile.drawn import draw
from jacana.detect.media.decoding.webp import is_moving_webp


@pytest.mark.parametrize(
    ("name", "moving"), [("webp_moving", True), ("webp", False), ("avi_mjpeg", False), ("png", False)]
)
def test_drawn_files(name: str, moving: bool) -> None:
    file = io.BytesIO(draw(name))
    assert is_moving_webp(file) is moving
    assert file.tell() == 0


def test_a_still_picture_with_features_and_a_cut_header() -> None:
    head = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0"
    assert not is_moving_webp(io.BytesIO(head + b"\x10" + bytes(9)))
    assert is_moving_webp(io.BytesIO(head + b"\x12" + bytes(9)))
    assert not is_moving_webp(io.BytesIO(head))

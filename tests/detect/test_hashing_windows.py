"""Windows: PDQ of a part of a frame from its averaged cells, and a layout that crops, logos and turns cannot escape."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jacana.detect.media.hashing.pdq import hash_block, hash_luma
from jacana.detect.media.hashing.windows import (
    FINE,
    SMALL,
    WHOLE,
    WINDOWS,
    cut_blocks,
    halve_cells,
    map_window,
    shrink_plane,
)
from jacana.simulate.clips import draw_picture


def luma(seed: int, size: tuple[int, int] = (640, 480)) -> np.ndarray:
    return np.ascontiguousarray(np.round(draw_picture(seed, size=size) @ [0.299, 0.587, 0.114]).astype(np.uint8))


def differ(left: bytes, right: bytes) -> int:
    return (int.from_bytes(left) ^ int.from_bytes(right)).bit_count()


def cut_one(plane: np.ndarray, rect: tuple[float, float, float, float], turn: float = 0.0) -> bytes:
    small = shrink_plane(plane)
    aspect = plane.shape[1] / plane.shape[0]
    maps = np.array([map_window(rect, SMALL, turn_degrees=turn, aspect=aspect)], np.float32)
    return hash_block(cut_blocks(small, maps)[0]).pdq


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rect", [WHOLE, (0.0, 0.0, 0.62, 1.0), (0.38, 0.38, 0.62, 0.62), (0.1, 0.1, 0.8, 0.8)])
def test_a_window_has_nearly_the_pdq_of_the_cropped_frame(seed: int, rect: tuple[float, float, float, float]) -> None:
    plane = luma(seed)
    height, width = plane.shape
    x, y, wide, high = (round(part * side) for part, side in zip(rect, (width, height, width, height), strict=True))
    cropped = hash_luma(plane[y : y + high, x : x + wide])
    exact = (x / width, y / height, wide / width, high / height)
    assert differ(cut_one(plane, exact), cropped.pdq) <= 16


def test_a_window_of_another_picture_is_far() -> None:
    assert differ(cut_one(luma(1), (0.1, 0.1, 0.8, 0.8)), cut_one(luma(2), (0.1, 0.1, 0.8, 0.8))) > 80


@pytest.mark.parametrize("degrees", [-10.0, -5.0, 5.0])
def test_a_turned_window_meets_the_middle_of_a_turned_frame(degrees: float) -> None:
    plane = luma(5)
    turned = turn_plane(plane, -degrees)
    middle = (0.125, 0.125, 0.75, 0.75)
    assert differ(cut_one(plane, middle, degrees), cut_one(turned, middle)) <= 12
    assert differ(cut_one(plane, middle), cut_one(turned, middle)) > 31


def turn_plane(plane: np.ndarray, degrees: float) -> np.ndarray:
    """Turn counter-clockwise about the middle, the size kept, black where nothing is: each pixel asks where it was."""
    height, width = plane.shape
    rows, columns = np.mgrid[:height, :width]
    y, x = rows - (height - 1) / 2, columns - (width - 1) / 2
    cosine, sine = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    from_x, from_y = x * cosine - y * sine, x * sine + y * cosine  # y points down
    from_row, from_column = (np.round(from_y + (height - 1) / 2), np.round(from_x + (width - 1) / 2))
    inside = (from_row >= 0) & (from_row < height) & (from_column >= 0) & (from_column < width)
    turned = np.zeros_like(plane)
    turned[inside] = plane[from_row[inside].astype(int), from_column[inside].astype(int)]
    return turned


@settings(deadline=None, max_examples=40)
@given(height=st.integers(5, 400), width=st.integers(5, 400), cells=st.sampled_from([SMALL, FINE]))
def test_averaging_keeps_the_mean_and_a_plain_plane_plain(height: int, width: int, cells: int) -> None:
    plain = shrink_plane(np.full((height, width), 37, np.uint8), cells, gain=2.0)
    np.testing.assert_allclose(plain, 74.0, rtol=1e-5)
    drawn = (np.arange(height * width, dtype=np.uint32) * 2654435761 % 256).reshape(height, width).astype(np.float32)
    assert shrink_plane(drawn, cells).mean() == pytest.approx(drawn.mean(), rel=1e-3)


def test_every_kind_of_plane_gives_the_same_cells() -> None:
    plane = luma(3)
    cells = shrink_plane(plane)
    np.testing.assert_array_equal(shrink_plane(plane.astype(np.uint16)), cells)
    np.testing.assert_array_equal(shrink_plane(plane.astype(np.float32)), cells)
    padded = np.pad(plane, ((0, 0), (0, 13)))
    np.testing.assert_array_equal(shrink_plane(padded[:, : plane.shape[1]]), cells)
    np.testing.assert_allclose(shrink_plane(plane[:, ::-1]), cells[:, ::-1], rtol=1e-4)


def test_halving_fine_cells_is_averaging_to_half_as_many() -> None:
    plane = luma(3)
    np.testing.assert_allclose(halve_cells(shrink_plane(plane, FINE)), shrink_plane(plane, SMALL), rtol=1e-4)


def test_samples_beyond_the_edge_are_the_edge_s() -> None:
    small = shrink_plane(luma(3))
    outside = np.array([map_window((-2.0, -2.0, 1.0, 1.0), SMALL)], np.float32)
    np.testing.assert_allclose(cut_blocks(small, outside)[0], small[0, 0], rtol=1e-5)


def test_the_layout_is_one_a_code_can_name() -> None:
    assert len(WINDOWS) < 200
    assert WINDOWS[0].rect == WHOLE
    assert len({(window.rect, window.turn_degrees) for window in WINDOWS}) == len(WINDOWS)
    assert len({window.name for window in WINDOWS}) == len(WINDOWS)
    for window in WINDOWS:
        x, y, width, height = window.rect
        assert min(x, y) >= 0
        assert max(x + width, y + height) <= 1 + 1e-9
        assert window.on_upload or window.on_entry
        assert window.max_distance <= 31


def test_uploads_ask_few_windows_and_each_look_up_counts() -> None:
    assert sum(window.on_upload for window in WINDOWS) <= 40
    assert all(window.turn_degrees == 0 for window in WINDOWS if window.on_upload)


@settings(deadline=None, max_examples=40)
@given(x=st.floats(0, 0.65), y=st.floats(0, 0.7))
def test_a_logo_leaves_a_part_clear_that_both_sides_hash(x: float, y: float) -> None:
    """A box of 35 % x 30 % that touches no middle line of the frame."""
    covers_middle = x < 0.38 and x + 0.35 > 0.62 and y < 0.38 and y + 0.3 > 0.62
    both = [window.rect for window in WINDOWS[1:] if window.on_upload and window.on_entry]
    clear = [r for r in both if r[0] >= x + 0.35 or r[0] + r[2] <= x or r[1] >= y + 0.3 or r[1] + r[3] <= y]
    near_corner = (x <= 0.03 or x >= 0.62) or (y <= 0.08 or y >= 0.62)
    assert covers_middle or clear or not near_corner

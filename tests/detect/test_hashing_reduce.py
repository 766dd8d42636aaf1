"""The banded matrices against the reference's own blur written out slowly; windows and padding."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jacana.detect.media.hashing.reduce import LUMINANCE, make_axis, reduce_plane, reduce_rgb
from jacana.simulate.clips import draw_picture


def box_along_rows(plane: np.ndarray, window: int) -> np.ndarray:
    """The running mean as the reference walks it: phases of opening, full and closing window."""
    ahead = (window + 2) // 2
    length = plane.shape[1]
    result = np.empty_like(plane)
    for at in range(length):
        first, last = max(0, at - (window - ahead)), min(length, at + ahead)
        result[:, at] = plane[:, first:last].mean(axis=1)
    return result


def reduce_by_definition(plane: np.ndarray) -> np.ndarray:
    height, width = plane.shape
    blurred = plane.astype(np.float64)
    for _ in range(2):
        blurred = box_along_rows(blurred, (width + 127) // 128)
        blurred = box_along_rows(blurred.T, (height + 127) // 128).T
    rows = [int((i + 0.5) * height / 64) for i in range(64)]
    columns = [int((i + 0.5) * width / 64) for i in range(64)]
    return blurred[np.ix_(rows, columns)]


@settings(deadline=None, max_examples=40)
@given(st.integers(5, 400), st.integers(5, 400), st.integers(0, 2**32 - 1))
def test_block_is_the_definition(height: int, width: int, seed: int) -> None:
    plane = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    assert np.abs(reduce_plane(plane) - reduce_by_definition(plane)).max() < 0.01


@pytest.mark.parametrize(("kind", "scale"), [(np.uint16, 257), (np.float32, 1)])
def test_every_kind_of_plane_gives_the_same_block(kind: type, scale: int) -> None:
    plane = draw_picture(7)[:, :, 1].copy()
    found = reduce_plane(plane.astype(kind) * kind(scale), gain=1 / scale)
    assert found == pytest.approx(reduce_plane(plane), abs=0.001)


def test_a_window_of_a_larger_plane_is_read_where_it_lies() -> None:
    plane = draw_picture(7)[:, :, 1].copy()
    window = plane[31:271, 17:337]
    assert (reduce_plane(window) == reduce_plane(window.copy())).all()
    assert (reduce_plane(plane[::-1, ::2]) == reduce_plane(plane[::-1, ::2].copy())).all()
    window.flags.writeable = False
    assert (reduce_plane(window) == reduce_plane(window.copy())).all()


def test_rgb_is_reduced_as_its_luminance() -> None:
    picture = draw_picture(7, size=(322, 242))
    assert reduce_rgb(picture) == pytest.approx(reduce_plane((picture @ LUMINANCE).astype(np.float32)), abs=0.001)


@pytest.mark.parametrize("length", [*range(1, 200), 720, 1079, 4320])
def test_every_sample_is_a_mean_of_pixels_that_are_there(length: int) -> None:
    axis = make_axis(length)
    assert axis.weights.sum(axis=1) == pytest.approx(np.ones(64), abs=1e-5)
    assert axis.starts.min() >= 0
    assert axis.starts.max() + axis.weights.shape[1] <= length

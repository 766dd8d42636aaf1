"""An inset is found by its sides, surer with more frames; pictures without one cost a few guesses and no more."""

import numpy as np
import pytest

from jacana.detect.media.hashing.borders import Box
from jacana.detect.media.hashing.insets import find_insets, measure_steps
from jacana.detect.media.hashing.windows import FINE, shrink_plane

WHOLE = (0, 0, FINE, FINE)


def luma(seed: int, number: int = 0, size: tuple[int, int] = (480, 360)) -> np.ndarray:
    """Draw soft hills that are elsewhere in each frame, as most camera pictures are: without long straight lines."""
    chance = np.random.default_rng(seed)
    rows, columns = np.mgrid[: size[1], : size[0]] / size[0]
    hills = np.zeros((size[1], size[0]), np.float32)
    for _ in range(40):
        x, y, dx, dy = (*chance.uniform(0, 1, 2), *chance.normal(0, 0.05, 2))
        width, height = chance.uniform(0.02, 0.2), chance.normal(0, 60)
        distance = (columns - x - dx * number) ** 2 + (rows - y - dy * number) ** 2
        hills += height * np.exp(-distance / (2 * width**2))
    return np.clip(128 + hills, 0, 255).astype(np.float32)


def lay_in(carrier: np.ndarray, picture: np.ndarray, left: int, top: int) -> np.ndarray:
    laid = carrier.copy()
    laid[top : top + len(picture), left : left + picture.shape[1]] = picture
    return laid


def off(box: Box, expected: tuple[float, float, float, float]) -> float:
    return float(np.abs(np.array(box) / FINE - expected).max())


@pytest.mark.parametrize(("left", "top"), [(14, 11), (120, 90), (226, 169), (226, 11), (0, 0)])
def test_an_inset_at_half_size_is_among_four_guesses(left: int, top: int) -> None:
    frames = [lay_in(luma(1, at), luma(2, at, (240, 180)), left, top) for at in range(3)]
    sums = sum(measure_steps(shrink_plane(frame, FINE)) for frame in frames)
    expected = (left / 480, top / 360, (left + 240) / 480, (top + 180) / 360)
    assert min(off(box, expected) for box in find_insets(sums, len(frames), 4, WHOLE)) <= 0.008


def test_guesses_are_few_distinct_and_large_enough() -> None:
    sums = measure_steps(shrink_plane(luma(3), FINE))
    found = find_insets(sums, 1, 4, WHOLE)
    assert len(found) <= 4
    assert len(set(found)) == len(found)
    for left, top, right, bottom in found:
        assert right - left >= FINE // 4
        assert bottom - top >= FINE // 4
        assert (right - left, bottom - top) != (FINE, FINE)


def test_a_plain_frame_has_none() -> None:
    assert find_insets(measure_steps(np.full((FINE, FINE), 90, np.float32)), 1, 4, WHOLE) == []


def test_the_edges_of_plain_borders_are_no_sides() -> None:
    framed = np.pad(luma(4), ((0, 0), (60, 60)))
    sums = measure_steps(shrink_plane(framed, FINE))
    bars = find_insets(sums, 1, 4, WHOLE)[0]
    np.testing.assert_allclose(bars, (FINE / 10, 0, FINE * 9 / 10, FINE), atol=1)
    assert all(off(box, (0.1, 0, 0.9, 1)) > 0.01 for box in find_insets(sums, 1, 4, bars))

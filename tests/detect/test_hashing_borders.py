"""Plain borders are found where they are, and not where there are none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jacana.detect.media.hashing.borders import find_borders, to_span
from jacana.detect.media.hashing.windows import FINE, WHOLE, shrink_plane
from jacana.simulate.clips import draw_picture


def luma(seed: int) -> np.ndarray:
    return (draw_picture(seed, size=(320, 240)) @ [0.299, 0.587, 0.114]).astype(np.float32)


def find(plane: np.ndarray) -> tuple[float, float, float, float]:
    return to_span(find_borders(shrink_plane(plane, FINE)), FINE)


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 5),
    shade=st.sampled_from([0.0, 16.0, 90.0, 235.0]),
    bars=st.tuples(*[st.integers(0, 60)] * 4),
)
def test_plain_bars_are_cut_to_within_a_hundredth(seed: int, shade: float, bars: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = bars
    plane = np.pad(luma(seed), ((top, bottom), (left, right)), constant_values=shade)
    height, width = plane.shape
    expected = (left / width, top / height, 320 / width, 240 / height)
    np.testing.assert_allclose(find(plane), expected, atol=0.011)


def test_noise_in_the_bars_does_not_hide_them() -> None:
    plane = np.pad(luma(1), ((60, 60), (0, 0)), constant_values=16.0)
    noisy = plane + np.random.default_rng(1).normal(0, 4, plane.shape).astype(np.float32)
    np.testing.assert_allclose(find(noisy), (0, 1 / 6, 1, 2 / 3), atol=0.011)


@pytest.mark.parametrize("shade", [0.0, 128.0])
def test_a_plain_frame_has_no_borders(shade: float) -> None:
    assert find(np.full((240, 320), shade, np.float32)) == WHOLE


def test_a_small_thing_on_plain_ground_is_no_picture_in_borders() -> None:
    plane = np.zeros((240, 320), np.float32)
    plane[100:130, 150:180] = luma(1)[:30, :30]
    assert find(plane) == WHOLE


def test_a_frame_without_borders_is_left_whole() -> None:
    assert all(find(luma(seed)) == WHOLE for seed in range(6))

"""PDQ against the reference, against its own definition written out slowly, and its invariants."""

import csv
import time
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jacana.detect.media.hashing.pdq import FrameHash, hash_luma, hash_rgb, measure_quality, reduce_plane
from jacana.simulate.clips import draw_picture


def distance(left: bytes, right: bytes) -> int:
    return (int.from_bytes(left) ^ int.from_bytes(right)).bit_count()


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


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000), st.floats(0.3, 1.0), st.floats(-20, 20))
def test_an_affine_change_of_light_changes_no_bit_that_counts(seed: int, gain: float, offset: float) -> None:
    plane = draw_picture(seed).mean(axis=2).astype(np.float32)
    assert distance(hash_luma(plane).pdq, hash_luma((plane * gain + offset).astype(np.float32)).pdq) <= 2


def test_equal_bytes_give_equal_hashes_and_half_the_bits_are_set() -> None:
    picture = draw_picture(3)
    first, second = hash_rgb(picture), hash_rgb(picture.copy())
    assert first == second
    assert len(first.pdq) == 32
    assert 100 <= int.from_bytes(first.pdq).bit_count() <= 128
    assert first.quality > 80
    assert first.hex == first.pdq.hex()


def test_unlike_pictures_are_far_apart() -> None:
    assert distance(hash_rgb(draw_picture(1)).pdq, hash_rgb(draw_picture(2)).pdq) > 90


def test_a_flat_picture_has_no_quality() -> None:
    assert hash_luma(np.full((360, 640), 128, np.uint8)).quality == 0


@pytest.mark.parametrize("shape", [(4, 400), (400, 4), (1, 1)])
def test_a_picture_too_small_to_hash_is_empty(shape: tuple[int, int]) -> None:
    assert hash_luma(np.zeros(shape, np.uint8)) == FrameHash(bytes(32), 0)
    assert hash_rgb(np.zeros((*shape, 3), np.uint8)) == FrameHash(bytes(32), 0)


def test_limited_range_and_ten_bits_have_the_quality_of_full_range() -> None:
    faint = (draw_picture(5).mean(axis=2) / 12).astype(np.float32)  # low contrast: quality below its cap
    full = hash_luma(faint)
    limited = hash_luma(16 + faint * 219 / 255, white_step=219)
    ten_bits = hash_luma(64 + faint * 876 / 255, white_step=876)
    assert 5 < full.quality < 100
    assert abs(limited.quality - full.quality) <= 1
    assert abs(ten_bits.quality - full.quality) <= 1
    assert distance(full.pdq, limited.pdq) <= 2


def test_quality_cuts_each_step_off_before_adding() -> None:
    block = np.zeros((64, 64), np.float32)
    block[:, 32:] = 255 * 0.899  # 64 steps of 89.9 -> 89 each -> 5696 / 90
    assert measure_quality(block) == 64 * 89 // 90


def rgb_as_libjpeg(path: Path) -> np.ndarray:
    """Decode a JPEG as the reference's pictures were: libjpeg's integer DCT and triangular chroma upsampling."""
    with av.open(str(path)) as container:
        container.streams.video[0].codec_context.options = {"idct": "int"}
        frame = next(container.decode(video=0))
    luma, blue, red = (
        np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width].astype(np.float64)
        for plane in frame.planes
    )

    def enlarge(chroma: np.ndarray) -> np.ndarray:
        if chroma.shape == luma.shape:
            return chroma
        edged = np.pad(chroma, 1, mode="edge")
        tall = np.empty((2 * chroma.shape[0], edged.shape[1]))
        tall[0::2], tall[1::2] = 3 * edged[1:-1] + edged[:-2], 3 * edged[1:-1] + edged[2:]
        wide = np.empty((tall.shape[0], 2 * chroma.shape[1]))
        wide[:, 0::2] = np.floor((3 * tall[:, 1:-1] + tall[:, :-2] + 8) / 16)
        wide[:, 1::2] = np.floor((3 * tall[:, 1:-1] + tall[:, 2:] + 7) / 16)
        return wide[: luma.shape[0], : luma.shape[1]]

    blue, red = enlarge(blue) - 128, enlarge(red) - 128
    channels = (luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red, luma + 1.772 * blue)
    return np.clip(np.floor(np.stack(channels, axis=2) + 0.5), 0, 255).astype(np.uint8)


@pytest.mark.media
def test_reference_pictures_are_at_distance_zero(reference_media: Path) -> None:
    rows = list(csv.DictReader((reference_media / "pdq" / "expected.csv").read_text().splitlines()))
    assert len(rows) >= 6
    for row in rows:
        picture = rgb_as_libjpeg(reference_media / "pdq" / row["file"])
        assert picture.shape[:2] == (int(row["height"]), int(row["width"]))
        assert hash_rgb(picture) == FrameHash(bytes.fromhex(row["pdq"]), int(row["quality"])), row["file"]


def test_a_720p_frame_takes_about_a_millisecond_at_most() -> None:
    plane = np.random.default_rng(0).integers(16, 236, (720, 1280), dtype=np.uint8)
    hash_luma(plane)
    times = []
    for _ in range(20):
        start = time.thread_time()
        hash_luma(plane)
        times.append(time.thread_time() - start)
    assert min(times) < 0.002  # 0.5 ms on the machine this was written on; room for a slower one

"""PDQ, bit-compatible with the reference, from any luma plane. Pure.

PDQ (Facebook, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", 2019) blurs the luminance
with two box passes along each axis, keeps 64 x 64 samples, and takes the signs of its low DCT coefficients about their
median. Blur and sampling along an axis are one linear operator R(n), so the 64 x 64 block of a plane Y of h x w pixels
is R(h) Y R(w)^T, and only pixels under a sample are ever touched. An affine change of Y leaves the hash as it is, which
is why the decoder's own luma plane serves as well as RGB; only quality must know the plane's range.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SIDE = 64
HASH_BYTES = 32
MIN_SIDE = 5
"""The reference gives pictures narrower or lower than this an empty hash of quality 0."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Axis:
    """R(n) in banded form: row i is `weights[i]` at the pixels `taps[i]`; `dense` is the same as a 64 x n matrix."""

    taps: NDArray[np.intp]
    weights: Floats
    dense: Floats


@dataclass(frozen=True, slots=True)
class FrameHash:
    """The PDQ of one frame: 32 bytes, most significant first as the reference prints them, and quality 0..100."""

    pdq: bytes
    quality: int

    @property
    def hex(self) -> str:
        """The 64 lower-case digits that the reference prints."""
        return self.pdq.hex()


def hash_luma(plane: NDArray[np.uint8] | NDArray[np.uint16] | Floats, *, white_step: float = 255.0) -> FrameHash:
    """Hash a luma plane (rows, columns).

    `white_step` is how far black and white lie apart in the plane's own units: 255 for full range, 219 for
    limited range, 876 for ten-bit limited range. It scales quality; the hash does not depend on it.
    """
    if min(plane.shape) < MIN_SIDE:
        return FrameHash(bytes(HASH_BYTES), 0)
    return hash_block(reduce_plane(plane) * np.float32(255.0 / white_step))


def hash_rgb(picture: NDArray[np.uint8]) -> FrameHash:
    """Hash full-range RGB (rows, columns, 3), with the reference's luminance 0.299 R + 0.587 G + 0.114 B."""
    if min(picture.shape[:2]) < MIN_SIDE:
        return FrameHash(bytes(HASH_BYTES), 0)
    # Luminance and blur are both linear, so the channels are blurred along columns first and mixed afterwards.
    height, width, _ = picture.shape
    bands = _take_rows(picture.reshape(height, width * 3), _make_axis(height))
    luminance: Floats = bands.reshape(SIDE, width, 3) @ _LUMINANCE
    return hash_block(luminance @ _make_axis(width).dense.T)


def reduce_plane(plane: NDArray[np.uint8] | NDArray[np.uint16] | Floats) -> Floats:
    """Return the 64 x 64 block of blurred samples, R(h) Y R(w)^T."""
    height, width = plane.shape
    return _take_rows(plane, _make_axis(height)) @ _make_axis(width).dense.T


def hash_block(block: Floats) -> FrameHash:
    """Return hash and quality of a 64 x 64 block whose black and white are 255 apart."""
    coefficients = _DCT @ block @ _DCT.T
    flat = coefficients.ravel()
    median = np.partition(flat, 127)[127]  # the lower of the two middle ones, as the reference's Torben median
    # Bit k is coefficient k; the reference prints word 15 first, so the last coefficient is the top bit.
    return FrameHash(np.packbits(flat[::-1] > median).tobytes(), measure_quality(block))


def measure_quality(block: Floats) -> int:
    """Return the reference's gradient measure, 0 (flat) to 100, of a 64 x 64 block in 0..255."""
    scale = np.float32(100.0 / 255.0)
    total = sum(int(np.abs(np.diff(block, axis=axis) * scale).astype(np.int32).sum()) for axis in (0, 1))
    return min(100, total // 90)


def _take_rows(plane: NDArray[np.generic], axis: _Axis) -> Floats:
    """Return R(h) Y, (64, columns); works on eight samples at a time so that a huge frame needs no huge copy."""
    bands = np.empty((SIDE, plane.shape[1]), np.float32)
    for top in range(0, SIDE, 8):
        taken = plane[axis.taps[top : top + 8]].astype(np.float32)
        bands[top : top + 8] = np.matmul(axis.weights[top : top + 8, None, :], taken)[:, 0]
    return bands


@lru_cache(maxsize=32)
def _make_axis(length: int) -> _Axis:
    """Build R(length): two running means, then the pixels at floor((i + 0.5) length / 64).

    The running mean of the reference is `window` wide, opens at one end with half of it and closes at the other.
    """
    window = (length + 2 * SIDE - 1) // (2 * SIDE)
    ahead = (window + 2) // 2
    behind = window - ahead
    centres = ((np.arange(SIDE) + 0.5) * length / SIDE).astype(np.intp)
    dense = np.zeros((SIDE, length))
    for row, centre in zip(dense, centres, strict=True):
        first = slice(max(0, centre - behind), min(length, centre + ahead))
        for middle in range(first.start, first.stop):
            second = slice(max(0, middle - behind), min(length, middle + ahead))
            row[second] += 1.0 / ((first.stop - first.start) * (second.stop - second.start))
    starts = np.array([np.flatnonzero(row)[0] for row in dense])
    width = max(int(np.flatnonzero(row)[-1]) + 1 - start for row, start in zip(dense, starts, strict=True))
    taps = np.minimum(starts, length - width)[:, None] + np.arange(width)
    weights = np.take_along_axis(dense, taps, axis=1)
    return _Axis(taps, weights.astype(np.float32), np.ascontiguousarray(dense.astype(np.float32)))


def _make_dct() -> Floats:
    """Return the 16 x 64 cosine matrix; the constant row is left out, so an offset of the picture has no effect."""
    rows, columns = np.arange(1, 17)[:, None], np.arange(SIDE)[None, :]
    cosines = np.sqrt(2.0 / SIDE) * np.cos(np.pi / (2 * SIDE) * rows * (2 * columns + 1))
    return np.asarray(cosines, np.float32)


_DCT = _make_dct()
_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)

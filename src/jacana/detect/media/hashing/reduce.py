"""From a plane of any size to PDQ's 64 x 64 block of blurred samples, about one multiplication a pixel. Pure.

The reference blurs with two box passes along each axis and keeps 64 x 64 samples. Along one axis that is one banded
matrix R(n), so the block of a plane Y of h x w pixels is R(h) Y R(w)^T. No kernel sums in another order than it is
written, so equal pixels give equal blocks on every machine.
"""

import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from jacana.detect.media.kernel import kernel

SIDE = 64
LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
"""Of red, green and blue, as the reference weighs them."""

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Plane = Bytes | NDArray[np.uint16] | Floats


class Turn(NamedTuple):
    """How stored pixels become shown pixels: transpose, then mirror left and right, then turn upside down."""

    transpose: bool
    mirror: bool
    flip: bool


UPRIGHT = Turn(False, False, False)

_scratch = threading.local()


@dataclass(frozen=True, slots=True)
class Axis:
    """R(n) in banded form: row i is `weights[i]` at the pixels from `starts[i]` on; no band leaves the plane."""

    starts: NDArray[np.intp]
    weights: Floats

    def reverse(self, length: int) -> "Axis":
        """Return R(n) for an axis that is walked from its other end."""
        starts = length - self.weights.shape[1] - self.starts
        return Axis(starts, np.ascontiguousarray(self.weights[:, ::-1]))


def reduce_plane(plane: Plane, *, turn: Turn = UPRIGHT, gain: float = 1.0) -> Floats:
    """Return the block (64, 64) of a plane (rows, columns; at least 1 x 1) as it is shown after `turn`, times `gain`.

    Neither a turn nor padding between rows nor a window cut from a larger plane costs a copy: the matrices are turned
    instead. 8-bit, 16-bit and float planes are read as they are.
    """
    height, width = plane.shape
    rows, columns = _make_axes(height, width, turn)
    pixels, step = _flatten(plane)
    bands = _borrow_bands(width)
    block = _reduce(pixels, step, rows.starts, rows.weights, columns.starts, columns.weights, bands, gain)
    return _turn_block(block, turn)


def reduce_rgb(picture: Bytes, *, turn: Turn = UPRIGHT) -> Floats:
    """Return the block (64, 64) of the luminance 0.299 R + 0.587 G + 0.114 B of a picture (rows, columns, 3)."""
    # Luminance and blur are both linear, so the channels are blurred along columns first and mixed afterwards.
    height, width, _ = picture.shape
    rows, columns = _make_axes(height, width, turn)
    bands = _borrow_bands(width * 3)
    pixels, step = _flatten(picture.reshape(height, width * 3))
    _take_rows(pixels, step, rows.starts, rows.weights, bands)
    return _turn_block(_take_columns(_mix_channels(bands), columns.starts, columns.weights, 1.0), turn)


@lru_cache(maxsize=256)
def make_axis(length: int) -> Axis:
    """Build R(length): two running means, then the pixels at floor((i + 0.5) length / 64).

    The running mean of the reference is `window` wide, opens at one end with half of it and closes at the other.
    """
    window = (length + 2 * SIDE - 1) // (2 * SIDE)
    ahead = (window + 2) // 2
    behind = window - ahead
    centres = ((np.arange(SIDE) + 0.5) * length / SIDE).astype(np.intp)
    width = min(length, 2 * window)
    starts = np.clip(centres - 2 * behind, 0, length - width)
    weights = np.zeros((SIDE, width))
    for row, start, centre in zip(weights, starts, centres, strict=True):
        first = slice(max(0, centre - behind), min(length, centre + ahead))
        for middle in range(first.start, first.stop):
            second = slice(max(0, middle - behind) - start, min(length, middle + ahead) - start)
            row[second] += 1.0 / ((first.stop - first.start) * (second.stop - second.start))
    return Axis(starts, weights.astype(np.float32))


@lru_cache(maxsize=64)
def _make_axes(height: int, width: int, turn: Turn) -> tuple[Axis, Axis]:
    """Return the axes of stored rows and columns such that the block, transposed if asked, is the shown picture's."""
    rows, columns = make_axis(height), make_axis(width)
    if turn.mirror if turn.transpose else turn.flip:
        rows = rows.reverse(height)
    if turn.flip if turn.transpose else turn.mirror:
        columns = columns.reverse(width)
    return rows, columns


def _turn_block(block: Floats, turn: Turn) -> Floats:
    return np.ascontiguousarray(block.T) if turn.transpose else block


def _borrow_bands(columns: int) -> Floats:
    """Return this thread's own (64, columns) to write into until it asks again: fresh memory would cost page faults."""
    held: Floats | None = getattr(_scratch, "held", None)
    if held is None or held.size < SIDE * columns:
        held = _scratch.held = np.empty(SIDE * columns, np.float32)
    return held[: SIDE * columns].reshape(SIDE, columns)


def _flatten(plane: Plane) -> tuple[NDArray[Any], int]:
    """Return the pixels in memory order and how many lie from one row to the next; copies only what has no whole rows.

    So the kernels meet one kind of array, whatever the plane was cut from, and step over what lies between rows:
    in the sandbox no other kind could be compiled.
    """
    flat: NDArray[Any]
    height, width = plane.shape
    usable = plane.flags.writeable and plane.flags.aligned
    if usable and not plane.flags.c_contiguous and plane.strides[1] == plane.itemsize <= plane.strides[0]:
        step, rest = divmod(plane.strides[0], plane.itemsize)
        if rest == 0:
            flat = as_strided(plane, ((height - 1) * step + width,), (plane.itemsize,))
            return flat, step
    flat = plane.reshape(-1) if usable and plane.flags.c_contiguous else np.array(plane, order="C").reshape(-1)
    return flat, width


@kernel
def _take_rows(flat: Plane, step: int, starts: NDArray[np.intp], weights: Floats, bands: Floats) -> None:
    """Fill `bands` (64, columns) with R(h) Y, four rows of pixels at a time."""
    columns, taps = bands.shape[1], weights.shape[1]
    for sample in range(bands.shape[0]):
        band = bands[sample]
        band[:] = 0.0
        for tap in range(0, taps - 3, 4):
            at = (starts[sample] + tap) * step
            row0, row1 = flat[at : at + columns], flat[at + step : at + step + columns]
            row2, row3 = flat[at + 2 * step : at + 2 * step + columns], flat[at + 3 * step : at + 3 * step + columns]
            w0, w1, w2, w3 = (
                weights[sample, tap],
                weights[sample, tap + 1],
                weights[sample, tap + 2],
                weights[sample, tap + 3],
            )
            for column in range(columns):
                band[column] += (w0 * np.float32(row0[column]) + w1 * np.float32(row1[column])) + (
                    w2 * np.float32(row2[column]) + w3 * np.float32(row3[column])
                )
        for tap in range(taps - taps % 4, taps):
            at = (starts[sample] + tap) * step
            row0, w0 = flat[at : at + columns], weights[sample, tap]
            for column in range(columns):
                band[column] += w0 * np.float32(row0[column])


@kernel
def _take_columns(bands: Floats, starts: NDArray[np.intp], weights: Floats, gain: float) -> Floats:
    """Return bands (64, columns) times R(w)^T times gain, four rows at a time so that no sum waits."""
    block, factor, zero = np.empty((64, 64), np.float32), np.float32(gain), np.float32(0.0)
    for row in range(0, 64, 4):
        band0, band1, band2, band3 = bands[row], bands[row + 1], bands[row + 2], bands[row + 3]
        for sample in range(64):
            sum0, sum1, sum2, sum3 = zero, zero, zero, zero
            for tap in range(weights.shape[1]):
                weight, at = weights[sample, tap], starts[sample] + tap
                sum0 += weight * band0[at]
                sum1 += weight * band1[at]
                sum2 += weight * band2[at]
                sum3 += weight * band3[at]
            block[row, sample], block[row + 1, sample] = sum0 * factor, sum1 * factor
            block[row + 2, sample], block[row + 3, sample] = sum2 * factor, sum3 * factor
    return block


@kernel
def _reduce(
    flat: Plane,
    step: int,
    row_starts: NDArray[np.intp],
    row_weights: Floats,
    column_starts: NDArray[np.intp],
    column_weights: Floats,
    bands: Floats,
    gain: float,
) -> Floats:
    """Both products in one call from outside."""
    _take_rows(flat, step, row_starts, row_weights, bands)
    return _take_columns(bands, column_starts, column_weights, gain)


@kernel
def _mix_channels(bands: Floats) -> Floats:
    """Return the luminance (64, columns) of bands (64, 3 columns) of red, green, blue."""
    luminance = np.empty((bands.shape[0], bands.shape[1] // 3), np.float32)
    for row in range(luminance.shape[0]):
        for column in range(luminance.shape[1]):
            red, green, blue = bands[row, 3 * column], bands[row, 3 * column + 1], bands[row, 3 * column + 2]
            luminance[row, column] = LUMINANCE[0] * red + LUMINANCE[1] * green + LUMINANCE[2] * blue
    return luminance

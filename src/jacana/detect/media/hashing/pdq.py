"""PDQ, bit-compatible with the reference, from any luma plane, in all eight orientations. Pure.

PDQ (Facebook, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", 2019) takes the signs of the
low DCT coefficients of 64 x 64 blurred samples about their median. An affine change of the plane leaves the hash as it
is, which is why the decoder's own luma plane serves as well as RGB; only quality must know the plane's range.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.hashing.reduce import UPRIGHT, Bytes, Floats, Plane, Turn, reduce_plane, reduce_rgb
from jacana.detect.media.kernel import kernel

HASH_BYTES = 32
MIN_SIDE = 5
"""The reference gives pictures narrower or lower than this an empty hash of quality 0."""

ORIENTATIONS = (
    "as shown",
    "turned left",
    "upside down",
    "turned right",
    "flipped top to bottom",
    "mirrored left to right",
    "mirrored, turned left",
    "mirrored, turned right",
)
"""What was done to the picture before it was hashed, in the order of the reference's dihedral hashes."""

_TURNS = (
    (False, False, False),
    (True, True, False),
    (False, True, True),
    (True, False, True),
    (False, True, False),
    (False, False, True),
    (True, False, False),
    (True, True, True),
)
"""The same in the coefficients: transpose, then negate the odd frequencies along columns, along rows."""


@dataclass(frozen=True, slots=True)
class FrameHash:
    """The PDQ of one frame: 32 bytes, most significant first as the reference prints them, and quality 0..100."""

    pdq: bytes
    quality: int

    @property
    def hex(self) -> str:
        """The 64 lower-case digits that the reference prints."""
        return self.pdq.hex()


EMPTY = FrameHash(bytes(HASH_BYTES), 0)


def hash_luma(plane: Plane, *, white_step: float = 255.0, turn: Turn = UPRIGHT) -> FrameHash:
    """Hash a luma plane (rows, columns) as it is shown after `turn`.

    `white_step` is how far black and white lie apart in the plane's own units: 255 for full range, 219 for
    limited range, 876 for ten-bit limited range. It scales quality; the hash does not depend on it.
    """
    if min(plane.shape) < MIN_SIDE:
        return EMPTY
    return hash_block(reduce_plane(plane, turn=turn, gain=255.0 / white_step))


def hash_rgb(picture: Bytes, *, turn: Turn = UPRIGHT) -> FrameHash:
    """Hash full-range RGB (rows, columns, 3), with the reference's luminance, as it is shown after `turn`."""
    if min(picture.shape[:2]) < MIN_SIDE:
        return EMPTY
    return hash_block(reduce_rgb(picture, turn=turn))


def hash_block(block: Floats) -> FrameHash:
    """Return hash and quality of a 64 x 64 block whose black and white are 255 apart."""
    pdq = np.empty(HASH_BYTES, np.uint8)
    quality = _hash(block, _DCT, _DCT_TURNED, pdq)
    return FrameHash(pdq.tobytes(), quality)


def hash_orientations(block: Floats) -> Bytes:
    """Return the hashes (8, 32) of a 64 x 64 block in each of ORIENTATIONS, from one set of coefficients.

    They are the reference's dihedral hashes. Against hashing the turned picture itself a few bits differ, because
    the 64 samples do not lie symmetrically.
    """
    return _orient(_transform(block, _DCT, _DCT_TURNED))


def turn_hashes(pdq: Bytes) -> Bytes:
    """Return hashes (n, 32) in each of ORIENTATIONS, (n, 8, 32), where only the hash is known.

    Takes the median for 0, which it nearly is: a few bits off.
    """
    upright = np.ascontiguousarray(pdq).view(">u2")[:, ::-1].astype(np.uint16)  # word i, bit j: coefficient (i, j)
    turned = np.empty((len(upright), len(_TURNS), 16), np.uint16)
    for at, (swap, along_columns, along_rows) in enumerate(_TURNS):
        words = _transpose_bits(upright) if swap else upright.copy()
        if along_columns:
            words[:, ::2] ^= np.uint16(0xFFFF)  # frequencies start at 1: the odd ones stand at even places
        if along_rows:
            words ^= np.uint16(0x5555)
        turned[:, at] = words
    return np.ascontiguousarray(turned[:, :, ::-1].astype(">u2")).view(np.uint8)


def measure_quality(block: Floats) -> int:
    """Return the reference's gradient measure, 0 (flat) to 100, of a 64 x 64 block in 0..255."""
    return int(_sum_steps(block))


def _transpose_bits(words: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Transpose rows (n, 16) of words as 16 x 16 bits each, by halves (Warren, Hacker's Delight, 7-3)."""
    words = words.copy()
    for shift, mask in ((8, 0x00FF), (4, 0x0F0F), (2, 0x3333), (1, 0x5555)):
        first = np.array([at for at in range(16) if not at & shift])
        upper, lower = words[:, first], words[:, first + shift]
        moved = ((upper >> np.uint16(shift)) ^ lower) & np.uint16(mask)
        words[:, first], words[:, first + shift] = upper ^ (moved << np.uint16(shift)), lower ^ moved
    return words


@kernel
def _transform(block: Floats, cosines: Floats, turned_cosines: Floats) -> Floats:
    """Return the 16 x 16 coefficients D B D^T of a 64 x 64 block; both loops run along rows, for speed."""
    half, found = np.zeros((16, 64), np.float32), np.zeros((16, 16), np.float32)
    for frequency in range(16):
        line = half[frequency]
        for row in range(64):
            weight, samples = cosines[frequency, row], block[row]
            for column in range(64):
                line[column] += weight * samples[column]
        sums = found[frequency]
        for column in range(64):
            value, weights = line[column], turned_cosines[column]
            for other in range(16):
                sums[other] += value * weights[other]
    return found


@kernel
def _sum_steps(block: Floats) -> int:
    """Return the sum of the whole steps between neighbours, in percent of 255, over 90, at most 100."""
    scale, total = np.float32(100.0 / 255.0), 0
    for row in range(64):
        for column in range(64):
            if row < 63:
                total += int(abs((block[row + 1, column] - block[row, column]) * scale))
            if column < 63:
                total += int(abs((block[row, column + 1] - block[row, column]) * scale))
    return min(100, total // 90)


@kernel
def _write_bits(coefficients: Floats, pdq: Bytes) -> None:
    """Fill the 32 bytes of a hash: bit k is whether coefficient k lies above the median, the last one on top.

    The median is the lower of the two middle ones, as the reference's (Torben's).
    """
    flat = coefficients.ravel()
    median = np.partition(flat, 127)[127]
    for at in range(32):
        bits = 0
        for bit in range(8):
            bits = bits << 1 | int(flat[255 - 8 * at - bit] > median)
        pdq[at] = bits


@kernel
def _hash(block: Floats, cosines: Floats, turned_cosines: Floats, pdq: Bytes) -> int:
    """Fill the 32 bytes of a hash and return the quality, in one call from outside."""
    _write_bits(_transform(block, cosines, turned_cosines), pdq)
    return _sum_steps(block)


@kernel
def _orient(coefficients: Floats) -> Bytes:
    """Return the eight hashes: a transposition swaps the coefficients, a mirror negates the odd frequencies."""
    hashes, turned = np.empty((8, 32), np.uint8), np.empty((16, 16), np.float32)
    for at in range(8):
        swap, along_columns, along_rows = _TURNS[at]
        for row in range(16):
            for column in range(16):
                value = coefficients[column, row] if swap else coefficients[row, column]
                negate = (along_columns and row % 2 == 0) != (along_rows and column % 2 == 0)
                turned[row, column] = -value if negate else value
        _write_bits(turned, hashes[at])
    return hashes


def _make_dct() -> Floats:
    """Return the 16 x 64 cosine matrix; the constant row is left out, so an offset of the picture has no effect."""
    rows, columns = np.arange(1, 17)[:, None], np.arange(64)[None, :]
    cosines = np.sqrt(2.0 / 64) * np.cos(np.pi / 128 * rows * (2 * columns + 1))
    return np.asarray(cosines, np.float32)


_DCT = _make_dct()
_DCT_TURNED: Floats = np.ascontiguousarray(_DCT.T)

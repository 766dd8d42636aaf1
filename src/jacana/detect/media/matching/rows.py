"""All hashes of one file in one table, whole frames first, then windows, as the hash index numbers them. Pure."""

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.hashing.frames import (
    CUT_BORDERS,
    INSET,
    WHOLE_FRAME,
    WindowHashes,
    unpack_frames,
    unpack_windows,
)
from jacana.detect.media.hashing.pdq import ORIENTATIONS, turn_hashes
from jacana.detect.media.hashing.windows import WINDOWS
from jacana.model.bank import EXACT_DISTANCE

WHOLE_RECT = (0, 0, 255, 255)

FEWEST_BITS, MOST_BITS = 64, 192
"""PDQ sets half of the 256 bits of any picture with content; a hash far from that is of a plain one."""

MAX_TURNED = 2000
"""Frames of which turned hashes are derived, evenly over the file, where it carries none of its own."""


def lay_out(frames: bytes, windows: bytes) -> WindowHashes:
    """Return packed frames and windows as one table. Raises FrameHashesDamagedError."""
    whole, parts = unpack_frames(frames), unpack_windows(windows)
    count = len(whole)
    return WindowHashes(
        np.concatenate([whole.seconds, parts.seconds]),
        np.concatenate([whole.quality, parts.quality]),
        np.concatenate([np.full(count, WHOLE_FRAME, np.uint8), parts.window]),
        np.concatenate([np.zeros(count, np.uint8), parts.orientation]),
        np.concatenate([np.full((count, 4), WHOLE_RECT, np.uint8), parts.rect.reshape(-1, 4)]),
        np.concatenate([whole.pdq, parts.pdq]).reshape(-1, 32),
    )


def add_turned(rows: WindowHashes) -> WindowHashes:
    """Return the rows and, if none of them says how a frame looks turned, hashes of turned frames derived from them."""
    if not len(rows) or (rows.orientation > 0).any():
        return rows
    whole = np.flatnonzero(rows.window == WHOLE_FRAME)
    step = max(1, -(-len(whole) // MAX_TURNED))
    origin = np.repeat(whole[::step], len(ORIENTATIONS) - 1)
    turned = turn_hashes(rows.pdq[whole[::step]])[:, 1:].reshape(-1, 32)
    orientation = np.tile(np.arange(1, len(ORIENTATIONS), dtype=np.uint8), len(whole[::step]))
    return WindowHashes(
        np.concatenate([rows.seconds, rows.seconds[origin]]),
        np.concatenate([rows.quality, rows.quality[origin]]),
        np.concatenate([rows.window, rows.window[origin]]),
        np.concatenate([rows.orientation, orientation]),
        np.concatenate([rows.rect, rows.rect[origin]]),
        np.concatenate([rows.pdq, turned]),
    )


def tell_informative(rows: WindowHashes, min_quality: int) -> NDArray[np.bool_]:
    """Return which rows (n,) carry enough to be compared: PDQ quality, and bits as only a picture with content has."""
    words = np.ascontiguousarray(rows.pdq).view(np.uint64)
    bits = np.bitwise_count(words).sum(axis=1, dtype=np.uint16)
    informative: NDArray[np.bool_] = (rows.quality >= min_quality) & (bits >= FEWEST_BITS) & (bits <= MOST_BITS)
    return informative


def tell_whole(window: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which windows are a whole picture: the frame, what lies inside its borders, or an inset."""
    return np.isin(window, (WHOLE_FRAME, CUT_BORDERS, INSET))


def limit_windows(window: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the largest distance (n,) at which each window's hash counts as near; a bank may ask for less."""
    return _LIMITS[window]


_LIMITS = np.full(256, EXACT_DISTANCE, np.int64)
_LIMITS[: len(WINDOWS)] = [window.max_distance for window in WINDOWS]

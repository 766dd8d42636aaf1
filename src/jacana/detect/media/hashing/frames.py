"""Frame and window hashes as arrays and as the bytes that the database and the decoder child carry. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jacana.model.errors import IntegrityBrokenError

HASHER_VERSION = "pdq-luma-2"
"""Changes whenever the same file could get other hashes; stored beside them."""

RECORD = np.dtype([("seconds", "<f8"), ("quality", "u1"), ("pdq", "u1", (32,))])
"""One frame, 41 bytes, no padding."""

WINDOW_RECORD = np.dtype(
    [
        ("seconds", "<f8"),
        ("quality", "u1"),
        ("window", "u1"),
        ("orientation", "u1"),
        ("rect", "u1", (4,)),
        ("pdq", "u1", (32,)),
    ]
)
"""One window of a frame, 47 bytes, no padding."""

WHOLE_FRAME, CUT_BORDERS, INSET = 0, 200, 201
"""Values of `window` that are no index into hashing.windows.WINDOWS (1..199)."""

Rect = tuple[int, int, int, int]
"""x, y, width, height in 1/255 of the frame as shown."""

WindowRow = tuple[float, int, int, int, Rect, bytes]
"""Seconds, quality, window, orientation, rect and 32-byte PDQ of one window."""


class FrameHashesDamagedError(IntegrityBrokenError):
    """Stored frame hashes are not a whole number of records."""

    code = "detect.frame_hashes_damaged"


@dataclass(frozen=True, slots=True)
class FrameHashes:
    """Hashes of n frames: seconds (n,) f8, quality (n,) u1 in 0..100, pdq (n, 32) u1, in the file's time order."""

    seconds: NDArray[np.float64]
    quality: NDArray[np.uint8]
    pdq: NDArray[np.uint8]

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.seconds)

    def pack(self) -> bytes:
        """Return 41 bytes a frame, little-endian."""
        records = np.empty(len(self), RECORD)
        records["seconds"], records["quality"], records["pdq"] = self.seconds, self.quality, self.pdq
        return records.tobytes()


@dataclass(frozen=True, slots=True)
class WindowHashes:
    """Hashes of n windows of frames, the extended signature, in the file's time order.

    Seconds (n,) f8 of the frame, quality (n,) u1 in 0..100, window (n,) u1 (0 the whole frame, 1..199 an index into
    hashing.windows.WINDOWS, CUT_BORDERS, INSET), orientation (n,) u1 (an index into hashing.pdq.ORIENTATIONS),
    rect (n, 4) u1 (x, y, width, height in 1/255 of the frame as shown), pdq (n, 32) u1.
    """

    seconds: NDArray[np.float64]
    quality: NDArray[np.uint8]
    window: NDArray[np.uint8]
    orientation: NDArray[np.uint8]
    rect: NDArray[np.uint8]
    pdq: NDArray[np.uint8]

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.seconds)

    def pack(self) -> bytes:
        """Return 47 bytes a window, little-endian."""
        records = np.empty(len(self), WINDOW_RECORD)
        for name in WINDOW_RECORD.names or ():
            records[name] = getattr(self, name)
        return records.tobytes()


def unpack_frames(data: bytes) -> FrameHashes:
    """Return the frames that `pack` wrote. Raises FrameHashesDamagedError for bytes that are not whole records."""
    records = _read_records(data, RECORD)
    return FrameHashes(*(np.ascontiguousarray(records[name]) for name in RECORD.names or ()))


def unpack_windows(data: bytes) -> WindowHashes:
    """Return the windows that `pack` wrote. Raises FrameHashesDamagedError for bytes that are not whole records."""
    records = _read_records(data, WINDOW_RECORD)
    return WindowHashes(*(np.ascontiguousarray(records[name]) for name in WINDOW_RECORD.names or ()))


def sort_records(data: bytes, record: np.dtype[np.void]) -> bytes:
    """Return packed frames (RECORD) or windows (WINDOW_RECORD) in the order of time, equal times in theirs.

    Several looks at one file give several runs of them. Raises FrameHashesDamagedError.
    """
    records = _read_records(data, record)
    return records[np.argsort(records["seconds"], kind="stable")].tobytes()


def collect_frames(rows: Iterable[tuple[float, int, bytes]]) -> FrameHashes:
    """Return arrays from (seconds, quality, 32-byte PDQ) rows, in their order."""
    return unpack_frames(_join_records(rows, RECORD))


def collect_windows(rows: Iterable[WindowRow]) -> WindowHashes:
    """Return arrays from (seconds, quality, window, orientation, rect, 32-byte PDQ) rows, in their order."""
    return unpack_windows(_join_records(rows, WINDOW_RECORD))


def _read_records(data: bytes, record: np.dtype[np.void]) -> NDArray[np.void]:
    if len(data) % record.itemsize:
        raise FrameHashesDamagedError(f"{len(data)} bytes of hashes are not a multiple of {record.itemsize}")
    return np.frombuffer(data, record)


def _join_records(rows: Iterable[tuple[object, ...]], record: np.dtype[np.void]) -> bytes:
    """Return packed rows whose last column is the hash as bytes."""
    listed = [(*row[:-1], np.frombuffer(row[-1], np.uint8)) for row in rows]  # type: ignore[call-overload]
    return np.array(listed, record).tobytes() if listed else b""

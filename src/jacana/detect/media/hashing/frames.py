"""Frame hashes as arrays and as the bytes that the database and the decoder child carry. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jacana.model.errors import IntegrityBrokenError

HASHER_VERSION = "pdq-luma-1"
"""Changes whenever the same file could get other hashes; stored beside them."""

RECORD = np.dtype([("seconds", "<f8"), ("quality", "u1"), ("pdq", "u1", (32,))])
"""One frame, 41 bytes, no padding."""


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


def unpack_frames(data: bytes) -> FrameHashes:
    """Return the frames that `pack` wrote. Raises FrameHashesDamagedError for bytes that are not whole records."""
    if len(data) % RECORD.itemsize:
        raise FrameHashesDamagedError(f"{len(data)} bytes of frame hashes are not a multiple of {RECORD.itemsize}")
    records = np.frombuffer(data, RECORD)
    return FrameHashes(
        np.ascontiguousarray(records["seconds"]),
        np.ascontiguousarray(records["quality"]),
        np.ascontiguousarray(records["pdq"]),
    )


def collect_frames(rows: Iterable[tuple[float, int, bytes]]) -> FrameHashes:
    """Return arrays from (seconds, quality, 32-byte PDQ) rows, in their order."""
    listed = [(seconds, quality, np.frombuffer(pdq, np.uint8)) for seconds, quality, pdq in rows]
    records = np.array(listed, RECORD) if listed else np.empty(0, RECORD)
    return unpack_frames(records.tobytes())

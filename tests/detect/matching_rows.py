"""Hash rows made up for matching tests: random pictures, copies some bits away, windows."""

import numpy as np

from jacana.detect.media.hashing.frames import WindowHashes, collect_frames, collect_windows
from jacana.detect.media.matching.match import Pairs, UploadRows, find_near
from jacana.detect.media.matching.rows import lay_out

RECT = (40, 40, 120, 120)


def random_hashes(seed: int, count: int) -> list[bytes]:
    """Hashes of pictures that have nothing in common; half of the bits of each are set, as PDQ does."""
    chance = np.random.default_rng(seed)
    bits = np.array([chance.permutation(256) < 128 for _ in range(count)], bool).reshape(count, 256)
    return [row.tobytes() for row in np.packbits(bits, axis=1)]


def flip_bits(pdq: bytes, count: int, seed: int = 0) -> bytes:
    number = int.from_bytes(pdq)
    for bit in np.random.default_rng(seed).choice(256, count, replace=False):
        number ^= 1 << int(bit)
    return number.to_bytes(32)


def make_rows(
    frames: list[tuple[float, int, bytes]], windows: list[tuple[float, int, int, bytes]] | None = None
) -> WindowHashes:
    """Rows of (seconds, quality, hash), and of (seconds, window, orientation, hash) with quality 90."""
    parts = [(seconds, 90, window, turn, RECT, pdq) for seconds, window, turn, pdq in windows or []]
    return lay_out(collect_frames(frames).pack(), collect_windows(parts).pack())


def make_frames(hashes: list[bytes], *, step: float = 0.5, quality: int = 90, start: float = 0.0) -> WindowHashes:
    return make_rows([(start + number * step, quality, pdq) for number, pdq in enumerate(hashes)])


def make_upload(rows: WindowHashes, *, single_picture: bool = False) -> UploadRows:
    return UploadRows.of(rows, single_picture=single_picture)


def pair_up(upload: UploadRows, entry: WindowHashes, within: int = 31) -> Pairs:
    """Every near pair, by brute force."""
    row, column, distance = find_near(upload.rows.pdq, entry.pdq, within)
    return Pairs(row, column, distance, upload.rows.orientation[row])

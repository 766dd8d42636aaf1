"""Compare millions of catalogued hashes with the hashes of new bank entries: exact, one pass over memory. Pure.

The same pigeonhole as the index, turned round: two hashes within 31 of 256 bits agree in at least one of their sixteen
16-bit pieces up to one bit. So the few new hashes are entered under every value each piece may take (17 of 65,536), and
each catalogued hash looks up its own sixteen pieces. Cost a hash: sixteen bits of a table that stays in the
second-level cache, and about 0.004 comparisons for each new hash.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.catalogue.shard import Shard
from jacana.detect.media.kernel import count_bits, kernel

PIECES = 16
MAX_DISTANCE = 31
_VALUES = 1 << 16
_FILES_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class Needles:
    """New hashes, ready to be looked for: words (k, 4) u8, limits (k,) i8 (largest distance, at most 31), and per piece
    which values are near any of them (bitmap) and of which (rows offsets[v] to offsets[v + 1] of ids).
    """

    words: NDArray[np.uint64]
    limits: NDArray[np.int64]
    bitmap: NDArray[np.uint64]
    offsets: NDArray[np.uint32]
    ids: NDArray[np.uint32]

    def __len__(self) -> int:
        """Return the number of hashes looked for."""
        return len(self.words)


def lay_out_needles(pdq: NDArray[np.uint8], limits: NDArray[np.int64]) -> Needles:
    """Enter hashes (k, 32) with their largest distances (k,) for scanning. Equal pairs are entered once."""
    if len(limits) and int(limits.max()) > MAX_DISTANCE:
        raise ValueError(f"a scan is exact up to distance {MAX_DISTANCE}")
    both = np.concatenate([np.ascontiguousarray(pdq), limits.astype(np.uint8)[:, None]], axis=1)
    both = np.unique(both, axis=0)
    words = np.ascontiguousarray(both[:, :32]).view(np.uint64)
    pieces = np.ascontiguousarray(both[:, :32]).view(np.uint16)
    flips = np.array([0, *(1 << bit for bit in range(16))], np.uint16)
    offsets = np.zeros((PIECES, _VALUES + 1), np.uint32)
    ids = np.empty((PIECES, len(both) * len(flips)), np.uint32)
    bitmap = np.zeros((PIECES, _VALUES // 64), np.uint64)
    for piece in range(PIECES):
        near = (pieces[:, piece, None] ^ flips[None, :]).ravel()
        order = np.argsort(near, kind="stable")
        ids[piece] = order // len(flips)
        np.cumsum(np.bincount(near, minlength=_VALUES), out=offsets[piece, 1:])
        present = np.zeros(_VALUES, np.uint8)
        present[near] = 1
        bitmap[piece] = np.packbits(present, bitorder="little").view(np.uint64)
    return Needles(words, both[:, 32].astype(np.int64), bitmap, offsets, ids)


def scan_shard(
    shard: Shard, needles: Needles, *, threads: int = 1, pause: Callable[[int], None] | None = None
) -> list[bytes]:
    """Return the SHA-256 of every file of a shard that has a hash near one looked for, in the shard's order.

    `pause` is called between slices with the number of hashes done since the last call; it may sleep. With several
    threads slices are scanned side by side (the loop runs without the interpreter's lock).
    """
    if not len(shard.sha256) or not len(needles):
        return []
    words = np.ascontiguousarray(shard.pdq).view(np.uint64) if len(shard) else np.empty((0, 4), np.uint64)
    pieces = words.view(np.uint16).reshape(-1, PIECES)
    hit = np.zeros(len(shard.sha256), np.uint8)

    def scan_slice(first: int) -> int:
        last = min(first + _FILES_AT_ONCE, len(hit))
        starts = np.asarray(shard.starts[first : last + 1])
        _mark_files(
            words, pieces, starts, needles.words, needles.limits, needles.bitmap, needles.offsets, needles.ids,
            hit[first:last],
        )  # fmt: skip
        return int(starts[-1] - starts[0])

    firsts = range(0, len(hit), _FILES_AT_ONCE)
    if threads == 1:
        for first in firsts:
            done = scan_slice(first)
            if pause is not None:
                pause(done)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(scan_slice, firsts))
        if pause is not None:
            pause(len(shard))
    return [shard.sha256[row].tobytes() for row in np.flatnonzero(hit)]


@kernel
def _mark_files(
    words: NDArray[np.uint64],
    pieces: NDArray[np.uint16],
    starts: NDArray[np.int64],
    needles: NDArray[np.uint64],
    limits: NDArray[np.int64],
    bitmap: NDArray[np.uint64],
    offsets: NDArray[np.uint32],
    ids: NDArray[np.uint32],
    hit: NDArray[np.uint8],
) -> None:
    for file in range(len(hit)):
        for row in range(starts[file], starts[file + 1]):
            if _is_near(words[row], pieces[row], needles, limits, bitmap, offsets, ids):
                hit[file] = 1
                break


@kernel
def _is_near(
    word: NDArray[np.uint64],
    piece: NDArray[np.uint16],
    needles: NDArray[np.uint64],
    limits: NDArray[np.int64],
    bitmap: NDArray[np.uint64],
    offsets: NDArray[np.uint32],
    ids: NDArray[np.uint32],
) -> bool:
    for index in range(16):
        value = piece[index]
        if not (bitmap[index, value >> 6] >> np.uint64(value & 63)) & np.uint64(1):
            continue
        for slot in range(offsets[index, value], offsets[index, value + 1]):
            needle = ids[index, slot]
            # Half of the words first: unrelated hashes are some 128 bits apart, so this ends nearly every comparison.
            distance = count_bits(word[0] ^ needles[needle, 0]) + count_bits(word[1] ^ needles[needle, 1])
            if distance <= limits[needle]:
                distance += count_bits(word[2] ^ needles[needle, 2]) + count_bits(word[3] ^ needles[needle, 3])
                if distance <= limits[needle]:
                    return True
    return False

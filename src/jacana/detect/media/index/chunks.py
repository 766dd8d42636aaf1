"""How the 256 bits are cut into chunks: exact by the pigeonhole principle, as cheap as the memory allows. Pure.

Norouzi, Punjani and Fleet, "Fast Exact Search in Hamming Space with Multi-Index Hashing" (2014): if two hashes are at
most 31 apart and the chunks' radii satisfy sum(r + 1) >= 32, they are within r of each other in at least one chunk.
The chunks need not cover all bits: the distance over fewer bits is never larger.
"""

from dataclasses import dataclass
from itertools import combinations, product
from math import comb

import numpy as np
from numpy.typing import NDArray

MAX_DISTANCE = 31
MAX_BYTES = 109.0
"""Bytes a hash may take in a frozen part, all in (the target is 110)."""
WORDS = 4
WORD_BITS = 64
_ROW_BYTES = 40
_ID_BYTES = 4
_NEEDED = MAX_DISTANCE + 1
SCAN_NS = 1.0
"""Measured cost of comparing one hash in a scan, of one probe of a bucket, and of one candidate, in nanoseconds."""
PROBE_NS = 14.0
CANDIDATE_NS = 8.0
_CHUNK_NS = 60.0
_SPILL_NS = ((4, 0.0), (8, 40.0))
"""What a probe costs more where buckets hold so many hashes in the mean that four bits often cannot count them."""
_FULL_NS = 400.0


@dataclass(frozen=True, slots=True)
class Chunk:
    """`widths[k]` bits from bit `shifts[k]` of each of the four words of a hash, and how far to probe around a key."""

    shifts: tuple[int, ...]
    widths: tuple[int, ...]
    radius: int

    @property
    def bits(self) -> int:
        """How many bits a key has."""
        return sum(self.widths)


@dataclass(frozen=True, slots=True)
class Shape:
    """`wide` chunks of radius 2 and `narrow` ones of radius 1, with as many bits each."""

    wide: int
    wide_bits: int
    narrow: int
    narrow_bits: int


def plan_chunks(count: int) -> tuple[Chunk, ...]:
    """Return the cheapest chunks for `count` distinct hashes in the memory allowed; none where a scan is cheaper."""
    if count == 0:
        return ()
    fitting = [shape for shape in _list_shapes(count) if measure_bytes(shape, count) <= MAX_BYTES]
    best = min(fitting, key=lambda shape: _estimate_cost(shape, count), default=None)
    return lay_out(best) if best and _estimate_cost(best, count) < count * SCAN_NS else ()


def make_masks(bits: int, radius: int) -> NDArray[np.uint32]:
    """Return every pattern of at most `radius` set bits among `bits`, nearest first."""
    masks = [
        sum(1 << bit for bit in chosen) for size in range(radius + 1) for chosen in combinations(range(bits), size)
    ]
    return np.array(masks, np.uint32)


def _list_shapes(count: int) -> list[Shape]:
    most = count.bit_length() + 3
    bits = range(max(6, most - 10), min(most, 29))
    shapes = []
    for wide in range(12):
        narrow = max(0, -(-(_NEEDED - 3 * wide) // 2))
        for wide_bits, narrow_bits in product(bits if wide else (0,), bits if narrow else (0,)):
            if wide * wide_bits + narrow * narrow_bits <= WORDS * WORD_BITS:
                shapes.append(Shape(wide, wide_bits, narrow, narrow_bits))
    return shapes


def _estimate_cost(shape: Shape, count: int) -> float:
    """Return the nanoseconds of one search on evenly spread hashes."""
    return shape.wide * _estimate_chunk(shape.wide_bits, 2, count) + shape.narrow * _estimate_chunk(
        shape.narrow_bits, 1, count
    )


def _estimate_chunk(bits: int, radius: int, count: int) -> float:
    load = count / (1 << bits)
    spill = next((extra for most, extra in _SPILL_NS if load <= most), _FULL_NS)
    probes = sum(comb(bits, flipped) for flipped in range(radius + 1))
    return _CHUNK_NS + probes * (PROBE_NS + spill + load * CANDIDATE_NS)


def measure_bytes(shape: Shape, count: int) -> float:
    """Return the bytes a hash takes in a body of `count` distinct hashes: itself, its address, lists and tables."""
    tables = (shape.wide << shape.wide_bits) + (shape.narrow << shape.narrow_bits)
    return _ROW_BYTES + (shape.wide + shape.narrow) * _ID_BYTES + tables / count


def lay_out(shape: Shape) -> tuple[Chunk, ...]:
    """Give each chunk bits of all four words: some rows of coefficients vary more from picture to picture."""
    chunks: list[Chunk] = []
    taken = [0] * WORDS
    for bits, radius in [(shape.wide_bits, 2)] * shape.wide + [(shape.narrow_bits, 1)] * shape.narrow:
        widths = [0] * WORDS
        for _ in range(bits):
            word = min(range(WORDS), key=lambda k: (taken[k] + widths[k] >= WORD_BITS, widths[k], taken[k] + widths[k]))
            widths[word] += 1
        chunks.append(Chunk(tuple(taken), tuple(widths), radius))
        taken = [start + width for start, width in zip(taken, widths, strict=True)]
    return tuple(chunks)

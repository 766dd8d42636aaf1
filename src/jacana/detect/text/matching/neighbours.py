"""Hashes of words, of words less one letter and of two words joined, all in one pass; and which of them may be known.

One loop over a word stream. It proposes; `near` compares.
"""

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.kernel import kernel

BASE = np.uint64(0x9E3779B97F4A7C15 | 1)
LONGEST = 40
"""Letters of the longest word that is hashed."""
SPACE, END = 0x20, 0x0A


def make_powers() -> NDArray[np.uint64]:
    """Return the powers of the base of the hash, up to the longest two words."""
    powers = [1]
    while len(powers) < 2 * LONGEST + 2:
        powers.append(powers[-1] * int(BASE) % 2**64)
    return np.array(powers, np.uint64)


@kernel
def scan_words(
    codes: NDArray[np.uint32],
    powers: NDArray[np.uint64],
    bits: NDArray[np.uint8],
    shift: int,
    shortest: int,
    places: NDArray[np.int64],
    hashes: NDArray[np.uint64],
) -> int:  # pragma: no cover - compiled
    """Write (start, end) of words, and of two words with the space between, whose hash may be known. Return how many.

    A word counts whole and less each of its letters. `bits` holds a bit for each hash that is known, by its highest bits.
    """
    count, size, i, n = 0, len(places), 0, len(codes)
    before_start, before_length, before_hash = -1, 0, np.uint64(0)
    while i < n:
        if codes[i] == SPACE or codes[i] == END:
            if codes[i] == END:
                before_start = -1
            i += 1
            continue
        start = i
        full = np.uint64(0)
        while i < n and codes[i] != SPACE and codes[i] != END:
            full = full * powers[1] + np.uint64(codes[i])
            i += 1
        length = i - start
        if length > 40:
            before_start = -1
            continue
        if before_start >= 0 and before_length > 1 and length > 1 and before_length + length >= shortest:
            value = before_hash * powers[length] + full
            slot = (value * np.uint64(0xD6E8FEB86659FD93)) >> np.uint64(shift)
            if count < size and bits[slot >> np.uint64(3)] >> np.uint8(slot & np.uint64(7)) & 1:
                places[count, 0], places[count, 1], hashes[count] = before_start, i, value
                count += 1
        if length >= shortest - 1:
            prefix = np.uint64(0)
            for skip in range(-1, length):
                if skip < 0:
                    value = full
                else:
                    rest = powers[length - 1 - skip]
                    after = prefix * powers[1] + np.uint64(codes[start + skip])
                    value = prefix * rest + (full - after * rest)
                    prefix = after
                slot = (value * np.uint64(0xD6E8FEB86659FD93)) >> np.uint64(shift)
                if count < size and bits[slot >> np.uint64(3)] >> np.uint8(slot & np.uint64(7)) & 1:
                    places[count, 0], places[count, 1], hashes[count] = start, i, value
                    count += 1
        before_start, before_length, before_hash = start, length, full
    return count

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
def note(
    start: int,
    end: int,
    value: np.uint64,
    bits: NDArray[np.uint8],
    places: NDArray[np.int64],
    hashes: NDArray[np.uint64],
    count: int,
) -> int:  # pragma: no cover - compiled
    """Write down a place whose hash may be known. Return how many places there are now."""
    slot = (value * np.uint64(0xD6E8FEB86659FD93)) >> np.uint64(places[0, 0])
    if count < len(places) and (bits[slot >> np.uint64(3)] >> np.uint8(slot & np.uint64(7))) & 1:
        places[count, 0], places[count, 1], hashes[count] = start, end, value
        return count + 1
    return count


@kernel
def note_word(
    codes: NDArray[np.uint32],
    powers: NDArray[np.uint64],
    start: int,
    end: int,
    full: np.uint64,
    bits: NDArray[np.uint8],
    places: NDArray[np.int64],
    hashes: NDArray[np.uint64],
    count: int,
) -> int:  # pragma: no cover - compiled
    """Write down a word, whole and less each of its letters, where that may be known."""
    count = note(start, end, full, bits, places, hashes, count)
    prefix = np.uint64(0)
    for place in range(start, end):
        rest = powers[end - 1 - place]
        after = prefix * powers[1] + np.uint64(codes[place])
        value = prefix * rest + (full - after * rest)
        prefix = after
        count = note(start, end, value, bits, places, hashes, count)
    return count


@kernel
def scan_words(
    codes: NDArray[np.uint32],
    powers: NDArray[np.uint64],
    bits: NDArray[np.uint8],
    shortest: int,
    places: NDArray[np.int64],
    hashes: NDArray[np.uint64],
) -> int:  # pragma: no cover - compiled
    """Write (start, end) of words, and of two words with the space between, whose hash may be known, from place 1 on.

    A word counts whole and less each of its letters. `bits` holds a bit for each known hash, found by the highest bits
    of its product with the mixer; `places[0, 0]` says how many bits are shifted away. Return one more than how many.
    """
    count, i, n = 1, 0, len(codes)
    before_start, before_length, before_hash = -1, 0, np.uint64(0)
    while i < n:
        start, full = i, np.uint64(0)
        while codes[i] > SPACE:  # every stream ends with END
            full = full * powers[1] + np.uint64(codes[i])
            i += 1
        length = i - start
        if length > LONGEST:
            before_start = -1
        elif length:
            if before_start >= 0 and min(before_length, length) > 1 and before_length + length >= shortest:
                joined = before_hash * powers[length] + full
                count = note(before_start, i, joined, bits, places, hashes, count)
            if length >= shortest - 1:
                count = note_word(codes, powers, start, i, full, bits, places, hashes, count)
            before_start, before_length, before_hash = start, length, full
        if codes[i] == END:
            before_start = -1
        i += 1
    return count

"""Compiled loops answer what plain Python answers."""

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.kernel import count_bits, kernel


@kernel
def sum_bits(words: NDArray[np.uint64]) -> int:
    total = 0
    for index in range(len(words)):
        total += count_bits(words[index])
    return total


def test_bits_are_counted_over_the_whole_word() -> None:
    words = np.array([0, 1, 2**63, 2**64 - 1, 0x5555_5555_5555_5555], np.uint64)
    assert sum_bits(words) == sum(int(word).bit_count() for word in words.tolist())

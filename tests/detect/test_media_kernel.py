"""Compiled loops answer what plain Python answers."""

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from jacana.detect.media.kernel import count_bits, fetch_ahead, kernel


@kernel
def sum_bits(words: NDArray[np.uint64]) -> int:
    total = 0
    for index in range(len(words)):
        total += count_bits(words[index])
    return total


def test_bits_are_counted_over_the_whole_word() -> None:
    words = np.array([0, 1, 2**63, 2**64 - 1, 0x5555_5555_5555_5555], np.uint64)
    assert sum_bits(words) == sum(int(word).bit_count() for word in words.tolist())


@kernel
def sum_fetched(words: NDArray[np.uint64]) -> np.uint64:
    total = np.uint64(0)
    for index in range(len(words)):
        fetch_ahead(words, index + 1_000_000)  # far outside: nothing is read
        fetch_ahead(words, index + 1)
        total += words[index]
    return total


def test_fetching_ahead_changes_nothing_wherever_it_points() -> None:
    assert sum_fetched(np.arange(1000, dtype=np.uint64)) == 499_500


def test_where_no_cache_can_be_written_it_compiles_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    real = numba.njit

    def refuse_caching(**options: object) -> object:
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return real(**options)

    monkeypatch.setattr(numba, "njit", refuse_caching)

    @kernel
    def add(left: int, right: int) -> int:
        return left + right

    assert add(2, 3) == 5

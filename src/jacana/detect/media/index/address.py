"""Addresses in the index: which bank entry, and which of its rows (frames first, then windows). Pure."""

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.index.errors import IndexInputInvalidError

ROW_BITS = 20
MAX_ROWS = 1 << ROW_BITS
MAX_NUMBER = (1 << (64 - ROW_BITS)) - 1

Words = NDArray[np.uint64]


def make_addresses(number: int, count: int, *, first_row: int = 0) -> Words:
    """Return the addresses (count,) of an entry's rows from `first_row` on.

    Raise IndexInputInvalidError if the entry has more rows than an address can name.
    """
    if not 0 <= number <= MAX_NUMBER:
        raise IndexInputInvalidError(
            f"entry number {number} is outside 0..{MAX_NUMBER}", field="number", remedy="use the bank entry's number"
        )
    if first_row < 0 or first_row + count > MAX_ROWS:
        raise IndexInputInvalidError(
            f"an entry has {first_row + count} rows, more than {MAX_ROWS}",
            field="rows",
            remedy="split the media into several entries, or sample fewer frames a second",
        )
    return np.arange(first_row, first_row + count, dtype=np.uint64) | np.uint64(number << ROW_BITS)


def split_addresses(addresses: Words) -> tuple[Words, NDArray[np.intp]]:
    """Return the entry numbers and the rows of these addresses."""
    return addresses >> np.uint64(ROW_BITS), (addresses & np.uint64(MAX_ROWS - 1)).astype(np.intp)

"""The folded form of a text: lower case, no diacritics, nothing invisible, letters that pass for Latin read as Latin.

It never raises, whatever the text, and every folded character knows the character of the original it came from.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jacana.detect.text.folding.tables import load_tables

SEPARATOR = "\n"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Folded:
    """`offsets[i]` is the code point of `source` that `text[i]` came from; it never falls."""

    source: str
    text: str
    offsets: NDArray[np.int64]

    def cut(self, start: int, end: int) -> tuple[int, int]:
        """Return the original's offsets, end exclusive, of the folded characters start..end (not empty)."""
        return int(self.offsets[start]), stretch(self.source, int(self.offsets[end - 1]) + 1)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FoldedBatch:
    """Several texts folded in one go. A separator that belongs to no text stands after each."""

    texts: Sequence[str]
    codes: NDArray[np.uint32]
    """Code points of the originals, joined."""
    folded: NDArray[np.uint32]
    origin: NDArray[np.int64]
    """Index into `codes` of each folded character."""
    ends: NDArray[np.int64]
    """Index into `codes` of the separator after each text."""

    def find_text(self, code_index: int) -> tuple[int, int]:
        """Return which text a joined code point is of, and its offset there."""
        number = int(np.searchsorted(self.ends, code_index))
        return number, code_index - (int(self.ends[number - 1]) + 1 if number else 0)


def fold(text: str) -> Folded:
    """Fold one text."""
    batch = fold_batch([text])
    return Folded(text, decode(batch.folded[:-1]), batch.origin[:-1])


def fold_text(text: str) -> str:
    """Return the folded text alone."""
    return text.lower() if text.isascii() else fold(text).text


def fold_batch(texts: Sequence[str]) -> FoldedBatch:
    """Fold several texts: all work is done on arrays of all their characters."""
    tables = load_tables()
    joined = SEPARATOR.join(texts) + SEPARATOR
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    ends = np.cumsum(np.fromiter((len(text) + 1 for text in texts), np.int64, len(texts))) - 1
    start = tables.start[codes]
    if joined.isascii():
        return FoldedBatch(texts, codes, start.view(np.uint32), np.arange(len(codes)), ends)
    length = tables.length[codes]
    origin = np.repeat(np.arange(len(codes)), length)
    place = start[origin].astype(np.int64)
    if len(place) and length.max() > 1:
        first = np.cumsum(length, dtype=np.int64) - length
        place += np.arange(len(place)) - first[origin]
    return FoldedBatch(texts, codes, tables.flat[place], origin, ends)


def decode(codes: NDArray[np.uint32]) -> str:
    """Return the text of code points."""
    return codes.astype("<u4", copy=False).tobytes().decode("utf-32-le", "replace")


def stretch(source: str, end: int) -> int:
    """Return where a match that ends at `end` really ends: the marks on its last letter belong to it."""
    while end < len(source) and unicodedata.category(source[end])[0] == "M":
        end += 1
    return end

"""From a place in a batch's arrays to the text it lies in and the offsets of the original."""

from bisect import bisect_left

from jacana.detect.text.folding.evasive import load_scripts
from jacana.detect.text.folding.fold import FoldedBatch, stretch
from jacana.detect.text.folding.stream import WordStream

FOREIGN_SCRIPTS = (2, 3)
"""Cyrillic and Greek, as `load_scripts` numbers them: their letters pass for Latin ones."""


class Spans:
    """Finds places of one batch."""

    def __init__(self, batch: FoldedBatch, stream: WordStream) -> None:
        self._batch = batch
        self._stream = stream
        self._ends: list[int] = batch.ends.tolist()

    def cut_stream(self, start: int, end: int) -> tuple[int, int, int]:
        """Return text number, start and end of a piece of the word stream (not empty, no spaces at its edges)."""
        origin = self._stream.origin
        return self.cut_folded(int(origin[start]), int(origin[end - 1]) + 1)

    def cut_folded(self, start: int, end: int) -> tuple[int, int, int]:
        """Return text number, start and end of a piece of the folded texts (not empty)."""
        first, last = int(self._batch.origin[start]), int(self._batch.origin[end - 1])
        number = bisect_left(self._ends, first)
        base = self._ends[number - 1] + 1 if number else 0
        return number, first - base, stretch(self._batch.texts[number], last - base + 1)


def is_natural(text: str, start: int, end: int) -> bool:
    """Tell whether a piece is of Cyrillic or Greek letters alone and stands among others that outnumber it.

    Then it is a word of that language, not a Latin one in disguise.
    """
    if text[start:end].isascii():
        return False
    scripts = load_scripts()
    inside = [int(scripts[ord(letter)]) for letter in text[start:end]]
    around = [int(scripts[ord(letter)]) for letter in text[:start] + text[end:]]
    own = next((script for script in inside if script in FOREIGN_SCRIPTS), 0)
    return own > 0 and not any(script not in (0, own) for script in inside) and around.count(own) > len(inside)

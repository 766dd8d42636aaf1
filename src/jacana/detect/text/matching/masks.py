"""Terms with stars for some of their letters. A text must still name half of the letters."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from jacana.detect.text.folding.leet import read_sign
from jacana.detect.text.folding.readings import MASKS
from jacana.detect.text.matching.entry import Entry

LEAST_KNOWN = 3


class MaskIndex:
    """Finds terms by length, then letter by letter: a table of letters for each length, one row a place."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        numbers: dict[int, list[int]] = {}
        for number, entry in enumerate(entries):
            if entry.key and entry.folded.isalpha():
                numbers.setdefault(len(entry.folded), []).append(number)
        self._numbers = {length: np.array(found) for length, found in numbers.items()}
        self._letters = {
            length: spell([entries[number].folded for number in found], length) for length, found in numbers.items()
        }

    def find(self, piece: str) -> Iterator[int]:
        """Yield the terms that a piece reads as, each star being any one letter."""
        letters = self._letters.get(len(piece))
        known = [(place, character) for place, character in enumerate(piece) if character not in MASKS]
        if letters is None or len(known) < LEAST_KNOWN or len(known) * 2 < len(piece):
            return
        rows = np.arange(letters.shape[1])
        for place, character in known:
            readings = [ord(letter) for letter in read_sign(character)] or [ord(character)]
            column = letters[place][rows]
            fits = column == readings[0]
            for other in readings[1:]:
                fits |= column == other
            rows = rows[fits]
            if not len(rows):
                return
        yield from self._numbers[len(piece)][rows].tolist()


def spell(words: Sequence[str], length: int) -> NDArray[np.uint32]:
    """Return the letters of words of one length: one row for each place."""
    joined = np.frombuffer("".join(words).encode("utf-32-le"), np.uint32)
    return np.ascontiguousarray(joined.reshape(len(words), length).T)

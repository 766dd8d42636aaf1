"""The fuzzy look: distinctive terms with one letter wrong, or with a space inside."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from jacana.detect.text.folding.stream import WordStream
from jacana.detect.text.matching.entry import Entry
from jacana.detect.text.matching.hit import Hit
from jacana.detect.text.matching.neighbours import BASE, LONGEST, make_powers, scan_words
from jacana.detect.text.matching.spans import Spans
from jacana.model.account_finding import Look
from jacana.model.term import MatchMode, Term

SHORTEST = 7
"""Letters of the shortest term that may have one wrong."""
BITS_A_HASH = 32
MIXER = np.uint64(0xD6E8FEB86659FD93)


class NearLook:
    """Finds words within one letter of a fuzzy term: the two share a form less at most one letter each."""

    def __init__(self, terms: Sequence[Term], entries: Sequence[Entry]) -> None:
        self._words = {
            number: entry.words
            for number, (term, entry) in enumerate(zip(terms, entries, strict=True))
            if term.match_mode is MatchMode.FUZZY and SHORTEST <= len(entry.words) <= LONGEST and entry.words.isalpha()
        }
        self._powers = make_powers()
        hashes, owners = hash_neighbours(self._words)
        order = np.argsort(hashes, kind="stable")
        self._hashes, self._owners = hashes[order], owners[order]
        size = max(16, (len(hashes) * BITS_A_HASH).bit_length())
        self._shift = 64 - size
        slots = (self._hashes * MIXER) >> np.uint64(self._shift)
        self._bits = np.zeros(1 << (size - 3), np.uint8)
        np.bitwise_or.at(self._bits, slots >> np.uint64(3), np.uint8(1) << (slots & np.uint64(7)).astype(np.uint8))

    def find(self, stream: WordStream, spans: Spans) -> Iterator[Hit]:
        """Yield fuzzy terms that a word, or two words joined, is near to."""
        if not self._words:
            return
        for start, end, term in sorted(self._propose(stream.codes)):
            text, word = stream.text[start:end], self._words[term]
            joined = text.replace(" ", "")
            if joined == word or (text == joined and is_near(text, word)):
                number, left, right = spans.cut_stream(start, end)
                yield Hit(number, term, left, right, Look.FUZZY)

    def _propose(self, codes: NDArray[np.uint32]) -> set[tuple[int, int, int]]:
        places = np.zeros((2 * len(codes) + 2, 2), np.int64)
        hashes = np.zeros(len(places), np.uint64)
        places[0, 0] = self._shift
        count = scan_words(codes, self._powers, self._bits, SHORTEST, places, hashes)
        places, hashes = places[1:count], hashes[1:count]
        first = np.searchsorted(self._hashes, hashes)
        last = np.searchsorted(self._hashes, hashes, side="right")
        found = set()
        for row in np.flatnonzero(last > first).tolist():
            for place in range(int(first[row]), int(last[row])):
                found.add((int(places[row, 0]), int(places[row, 1]), int(self._owners[place])))
        return found


def is_near(word: str, term: str) -> bool:
    """Tell whether a word is a term with one letter wrong, more, less, or two changed about."""
    return bool(OSA.distance(word, term, score_cutoff=1) <= 1)


def hash_neighbours(words: dict[int, str]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the hashes of words and of words less one letter, and whose each is."""
    by_length: dict[int, list[int]] = {}
    for number, word in words.items():
        by_length.setdefault(len(word), []).append(number)
    hashes, owners = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)]
    for length, numbers in by_length.items():
        joined = "".join(words[number] for number in numbers).encode("utf-32-le")
        letters = np.frombuffer(joined, np.uint32).reshape(len(numbers), length)
        for skip in range(-1, length):
            value = np.zeros(len(numbers), np.uint64)
            for place in range(length):
                if place != skip:
                    value = value * BASE + letters[:, place].astype(np.uint64)
            hashes.append(value)
            owners.append(np.array(numbers, np.int64))
    return np.concatenate(hashes), np.concatenate(owners)

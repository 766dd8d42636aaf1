"""The folded look: every term as whole words, in one pass of an Aho-Corasick automaton over all texts."""

from collections.abc import Iterator, Sequence

import ahocorasick_rs
import numpy as np
from numpy.typing import NDArray

from jacana.detect.text.folding.fold import FoldedBatch, decode
from jacana.detect.text.folding.stream import WordStream, classify_words
from jacana.detect.text.folding.tables import WordClass
from jacana.detect.text.matching.entry import Entry
from jacana.detect.text.matching.hit import Hit
from jacana.detect.text.matching.spans import Spans
from jacana.model.account_finding import Look
from jacana.model.term import MatchMode, Term


class Automaton:
    """Patterns, several of which may belong to several terms."""

    def __init__(self, patterns: Iterator[tuple[int, str]]) -> None:
        terms: dict[str, list[int]] = {}
        for term, pattern in patterns:
            if pattern:
                terms.setdefault(pattern, []).append(term)
        self._terms = list(terms.values())
        implementation = ahocorasick_rs.Implementation.ContiguousNFA
        self._machine = ahocorasick_rs.AhoCorasick(terms, implementation=implementation) if terms else None

    def find(self, text: str) -> Iterator[tuple[list[int], int, int]]:
        """Yield (terms, start, end) of every place, overlapping ones too."""
        if self._machine is None:
            return
        for pattern, start, end in self._machine.find_matches_as_indexes(text, overlapping=True):
            yield self._terms[pattern], start, end


class PlainLook:
    """Finds folded terms. Modes other than substring ask for boundaries."""

    def __init__(self, terms: Sequence[Term], entries: Sequence[Entry]) -> None:
        self._looks = [Look.SUBSTRING if term.match_mode is MatchMode.SUBSTRING else Look.FOLDED for term in terms]
        self._words = Automaton((n, entry.pattern) for n, entry in enumerate(entries) if not entry.signs)
        self._signs = Automaton((n, entry.signs) for n, entry in enumerate(entries))
        self._has_signs = any(entry.signs for entry in entries)

    def find(self, batch: FoldedBatch, stream: WordStream, spans: Spans) -> Iterator[Hit]:
        """Yield every term in the words of the batch, and terms that hold signs in its folded texts."""
        yield from self.find_words(stream, spans)
        if self._has_signs:
            yield from self._find_signs(batch, spans)

    def find_words(self, stream: WordStream, spans: Spans) -> Iterator[Hit]:
        """Yield every term in a word stream."""
        for terms, start, end in self._words.find(stream.text):
            first, last = start + (stream.text[start] == " "), end - (stream.text[end - 1] == " ")
            number, left, right = spans.cut_stream(first, last)
            for term in terms:
                yield Hit(number, term, left, right, self._looks[term])

    def _find_signs(self, batch: FoldedBatch, spans: Spans) -> Iterator[Hit]:
        kinds = classify_words(batch)
        for terms, start, end in self._signs.find(decode(batch.folded)):
            if is_glued(kinds, start - 1, start) or is_glued(kinds, end - 1, end):
                continue
            number, left, right = spans.cut_folded(start, end)
            for term in terms:
                yield Hit(number, term, left, right, self._looks[term])


def is_glued(kinds: NDArray[np.uint8], left: int, right: int) -> bool:
    """Tell whether two neighbours stand inside one word."""
    return left >= 0 and right < len(kinds) and bool(kinds[left] == kinds[right] == WordClass.LETTER)

"""The canonical look: terms behind signs, separators, repeats, foreign letters and stars, in what looks evasive."""

import re
from collections.abc import Iterator, Sequence

from jacana.detect.text.folding.evasive import find_evasive
from jacana.detect.text.folding.fold import FoldedBatch, decode
from jacana.detect.text.folding.leet import EDGES, SIGNS, Run, align, list_runs, make_key, read_sign
from jacana.detect.text.folding.mixed import read_mixed
from jacana.detect.text.matching.entry import Entry
from jacana.detect.text.matching.hit import Hit
from jacana.detect.text.matching.masks import STAR, MaskIndex, is_masked
from jacana.detect.text.matching.plain import Automaton
from jacana.detect.text.matching.spans import Spans
from jacana.model.account_finding import Look

PIECES = re.compile(r"[^\s.,;:/\\_~·•=\"'“”«»‘’…?-]+")
"""What a chunk falls apart into at separators that stand for no letter."""
SIGNED = re.compile("[" + re.escape("".join(sign for sign in SIGNS if not sign.isalnum())) + "]")


class DisguisedLook:
    """Finds terms by their canonical key."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._keys: dict[str, list[int]] = {}
        for number, entry in enumerate(entries):
            if entry.key:
                self._keys.setdefault(entry.key, []).append(number)
        self._inside = Automaton((number, entry.key) for number, entry in enumerate(entries))
        self._masks = MaskIndex(entries)

    def find(self, batch: FoldedBatch, spans: Spans) -> Iterator[Hit]:
        """Yield terms in what looks evasive."""
        if not self._keys:
            return
        evasive = find_evasive(batch)
        folded = decode(batch.folded)
        for start, end in evasive.chunks:
            for term, first, last in self.read_chunk(folded[start:end]):
                yield make_hit(term, spans.cut_folded(start + first, start + last))
        for start, end in evasive.mixed:
            yield from self._read_mixed(batch, start, end, spans)
        for start, end in evasive.rows:
            for term, first, last in self.read_row(folded[start:end]):
                yield make_hit(term, spans.cut_folded(start + first, start + last))

    def _read_mixed(self, batch: FoldedBatch, start: int, end: int, spans: Spans) -> Iterator[Hit]:
        """Read a chunk with foreign letters once more, from the original: each character one letter."""
        first, last = int(batch.origin[start]), int(batch.origin[end - 1]) + 1
        text, origin = read_mixed(decode(batch.codes[first:last]))
        number, base, _ = spans.cut_folded(start, end)
        for term, left, right in self.read_chunk(text):
            yield Hit(number, term, base + origin[left], base + origin[right - 1] + 1, Look.CANONICAL)

    def read_chunk(self, chunk: str) -> Iterator[tuple[int, int, int]]:
        """Yield (term, start, end) of what a chunk without spaces reads as, whole and in its pieces."""
        for start, end in list_readings(chunk):
            piece = chunk[start:end]
            for term, first, last in self._look_up(piece):
                yield term, start + first, start + last

    def _look_up(self, piece: str) -> Iterator[tuple[int, int, int]]:
        for bare in list_bare(piece):
            for term in self._keys.get(make_key(bare), ()):
                place = align(bare, self._entries[term].folded)
                if place:
                    yield term, *place
        if is_masked(piece):
            for term in self._masks.find(piece):
                yield term, 0, len(piece)

    def read_row(self, row: str) -> Iterator[tuple[int, int, int]]:
        """Yield (term, start, end) of the terms inside a row of letters that stand alone."""
        for bare in list_bare(row):
            runs = list(list_runs(bare))
            for terms, start, end in self._inside.find("".join(kind for kind, _ in runs)):
                for first, last in list_edges(runs[start][1], runs[end - 1][1]):
                    for term in terms:
                        if align(bare[first:last], self._entries[term].folded):
                            yield term, first, last


def make_hit(term: int, place: tuple[int, int, int]) -> Hit:
    """Return the hit of a term at (text, start, end)."""
    return Hit(place[0], term, place[1], place[2], Look.CANONICAL)


def list_edges(first: Run, last: Run) -> set[tuple[int, int]]:
    """Return where a word in a row may begin and end: a letter beside it may be a word of its own."""
    lefts, rights = {first[0][0], first[-1][0]}, {last[0][0], last[-1][0]}
    return {(left, right + 1) for left in lefts for right in rights if left < right}


def list_bare(piece: str) -> tuple[str, ...]:
    """Return a piece as it is and, if it holds signs that may be letters or may be separators, without them."""
    bare = SIGNED.sub(" ", piece)
    return (piece,) if bare == piece else (piece, bare)


def list_readings(chunk: str) -> Iterator[tuple[int, int]]:
    """Yield the parts of a chunk that may be one word: without its edges, with them, and its pieces."""
    start, end = trim(chunk, 0, len(chunk))
    left = start - 1 if start and is_readable(chunk[start - 1]) else start
    right = end + 1 if end < len(chunk) and is_readable(chunk[end]) else end
    yield from {(start, end), (left, end), (start, right), (left, right), (0, len(chunk))}
    pieces = [match.span() for match in PIECES.finditer(chunk)]
    if len(pieces) > 1:
        for first, last in pieces:
            if last - first > 3 and not chunk[first:last].isalpha():
                yield trim(chunk, first, last)
                yield first, last


def is_readable(character: str) -> bool:
    """Tell whether a sign at the edge of a word may be a letter of it."""
    return character == STAR or bool(read_sign(character))


def trim(chunk: str, start: int, end: int) -> tuple[int, int]:
    """Return a part of a chunk without what may stand at the edge of a word."""
    kept = chunk[start:end]
    left = len(kept) - len(kept.lstrip(EDGES))
    return start + left, start + max(left, len(kept.rstrip(EDGES)))

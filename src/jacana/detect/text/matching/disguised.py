"""The canonical look: terms behind signs, separators, repeats, foreign letters and stars, in what looks evasive."""

from collections.abc import Iterator, Sequence

from jacana.detect.text.folding.evasive import find_evasive
from jacana.detect.text.folding.fold import FoldedBatch, decode
from jacana.detect.text.folding.leet import Run, align, list_runs, make_key
from jacana.detect.text.folding.mixed import read_mixed
from jacana.detect.text.folding.readings import is_masked, list_bare, list_readings
from jacana.detect.text.matching.entry import Entry
from jacana.detect.text.matching.hit import Hit
from jacana.detect.text.matching.masks import MaskIndex
from jacana.detect.text.matching.plain import Automaton
from jacana.detect.text.matching.spans import Spans
from jacana.model.account_finding import Look


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
        masked = is_masked(chunk)
        for start, end in list_readings(chunk):
            piece = chunk[start:end]
            for term, first, last in self._look_up(piece):
                yield term, start + first, start + last
            if masked and is_masked(piece):
                for term in self._masks.find(piece):
                    yield term, start, end

    def _look_up(self, piece: str) -> Iterator[tuple[int, int, int]]:
        for bare in list_bare(piece):
            for term in self._keys.get(make_key(bare), ()):
                place = align(bare, self._entries[term].folded)
                if place:
                    yield term, *place

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

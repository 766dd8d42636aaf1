"""A lexicon compiled for speed. It never changes: a new lexicon is compiled and put in its place.

Holds the terms in clear: never log it, never let it into an error.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from jacana.detect.text.folding.fold import fold_batch
from jacana.detect.text.folding.stream import build_stream
from jacana.detect.text.item import TextItem
from jacana.detect.text.matching.disguised import DisguisedLook
from jacana.detect.text.matching.entry import make_entries
from jacana.detect.text.matching.heard import HeardLook
from jacana.detect.text.matching.hit import Hit
from jacana.detect.text.matching.named import NamedLook
from jacana.detect.text.matching.near import NearLook
from jacana.detect.text.matching.plain import PlainLook
from jacana.detect.text.matching.scope import make_scope
from jacana.detect.text.matching.spans import Spans, is_natural
from jacana.model.account_finding import Look, TermMatch
from jacana.model.term import Term

BATCH = 1024
"""Texts that are screened in one go: enough to make the cost of a call vanish, few enough to stay in the cache."""
LEAST_CERTAIN = 6
"""Letters of the shortest Latin term that is believed where Cyrillic or Greek letters spell it in a text of theirs."""


class CompiledLexicon:
    """Terms, ready to be looked for. Safe to use from several threads."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self._terms = tuple(terms)
        entries = make_entries(self._terms)
        self._scopes = [make_scope(term) for term in self._terms]
        self._short_latin = {
            number for number, term in enumerate(self._terms) if term.text.isascii() and len(term.text) < LEAST_CERTAIN
        }
        self._plain = PlainLook(self._terms, entries)
        self._disguised = DisguisedLook(entries)
        self._heard = HeardLook(entries)
        self._named = NamedLook(entries, self._plain)
        self._near = NearLook(self._terms, entries)

    def __len__(self) -> int:
        """Return the number of terms."""
        return len(self._terms)

    def __repr__(self) -> str:
        """Say how many terms, never which."""
        return f"CompiledLexicon({len(self._terms)} terms)"

    @classmethod
    def compile(cls, terms: Sequence[Term]) -> "CompiledLexicon":
        """Compile terms: about two seconds for 100,000. States and expiry are the caller's to choose."""
        return cls(terms)

    def screen(self, items: Sequence[TextItem]) -> list[tuple[TermMatch, ...]]:
        """Return the matches of each item: of each term the earliest per look, by offset."""
        found: list[tuple[TermMatch, ...]] = []
        for start in range(0, len(items), BATCH):
            found.extend(self._screen_batch(items[start : start + BATCH]))
        return found

    def _screen_batch(self, items: Sequence[TextItem]) -> Iterator[tuple[TermMatch, ...]]:
        batch = fold_batch([item.text for item in items])
        stream = build_stream(batch)
        spans = Spans(batch, stream)
        by_text: dict[int, list[Hit]] = {}
        looks = (
            self._plain.find(batch, stream, spans),
            self._disguised.find(batch, spans),
            self._heard.find(batch.texts),
            self._named.find(items),
            self._near.find(stream, spans),
        )
        for hit in chain.from_iterable(looks):
            by_text.setdefault(hit.text, []).append(hit)
        lines = stream.text.split("\n") if by_text else []
        for number, item in enumerate(items):
            hits = by_text.get(number)
            yield self._settle(item, hits, lines[number]) if hits else ()

    def _settle(self, item: TextItem, hits: Iterable[Hit], line: str) -> tuple[TermMatch, ...]:
        kept: list[Hit] = []
        for hit in sorted(hits, key=order_hit):
            if not any(is_covered(hit, other) for other in kept if other.term == hit.term) and self._admits(
                hit, item, line
            ):
                kept.append(hit)
        return tuple(self._make_match(hit) for hit in sorted(kept, key=lambda hit: (hit.start, hit.end, hit.term)))

    def _admits(self, hit: Hit, item: TextItem, line: str) -> bool:
        if hit.term in self._short_latin and is_natural(item.text, hit.start, hit.end):
            return False
        scope = self._scopes[hit.term]
        return scope is None or scope.admits(item, line)

    def _make_match(self, hit: Hit) -> TermMatch:
        term = self._terms[hit.term]
        return TermMatch(term.id, hit.start, hit.end, hit.look, term.severity, term.state.value)


ORDER = {
    look: number
    for number, look in enumerate((Look.FOLDED, Look.SEGMENT, Look.SUBSTRING, Look.CANONICAL, Look.SOUND, Look.FUZZY))
}
"""Which look says it, where several see the same thing: the plainest."""


def order_hit(hit: Hit) -> tuple[int, int, int]:
    """Return the order in which hits of a text are settled."""
    return ORDER[hit.look], hit.start, hit.end


def is_covered(hit: Hit, other: Hit) -> bool:
    """Tell whether a plainer look, or an earlier place in the same look, has said this of the same term."""
    return hit.look is other.look or (hit.start < other.end and other.start < hit.end)

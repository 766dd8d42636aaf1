"""The look at user names, hashtags and handles: words inside them, though nothing but case or digits parts them."""

from collections.abc import Iterator, Sequence

from jacana.detect.text.folding.fold import decode, fold_batch
from jacana.detect.text.folding.leet import Run, align, list_runs, make_key
from jacana.detect.text.folding.names import LONGEST_NAME, WORD, find_breaks, is_affix, list_tags
from jacana.detect.text.folding.stream import build_stream
from jacana.detect.text.item import TextItem
from jacana.detect.text.matching.entry import Entry
from jacana.detect.text.matching.hit import Hit
from jacana.detect.text.matching.plain import Automaton, PlainLook
from jacana.detect.text.matching.spans import Spans
from jacana.model.account_finding import Look, TextField
from jacana.model.term import MatchMode

NAME_FIELDS = frozenset({TextField.SCREEN_NAME, TextField.DISPLAY_NAME})
LEAST_INSIDE = 6
"""Letters of the shortest canonical term that is looked for at the start or end of a name's word."""
LEAST_SUBSTRING = 5
"""Letters of the shortest substring term that is looked for in disguise."""
LEAST_REST = 3
"""Letters that may stand beside a fuzzy term whatever they are."""
NEVER = 1000


class NamedLook:
    """Finds terms inside names."""

    def __init__(self, entries: Sequence[Entry], plain: PlainLook) -> None:
        self._entries = entries
        self._plain = plain
        self._inside = Automaton(
            (number, key) for number, entry in enumerate(entries) if (key := list_inside_key(entry)) is not None
        )

    def find(self, items: Sequence[TextItem]) -> Iterator[Hit]:
        """Yield terms in names, hashtags and handles."""
        places = list(list_names(items))
        if not places:
            return
        batch = fold_batch([piece for _, _, piece in places])
        stream = build_stream(batch, find_breaks(batch))
        spans = Spans(batch, stream)
        for hit in self._plain.find_words(stream, spans):
            look = Look.SEGMENT if hit.look is Look.FOLDED else hit.look
            yield move(Hit(hit.text, hit.term, hit.start, hit.end, look), places)
        folded = decode(batch.folded)
        for word in WORD.finditer(folded):
            for term, start, end in self._read_word(word[0]):
                number, left, right = spans.cut_folded(word.start() + start, word.start() + end)
                look = Look.SUBSTRING if self._entries[term].mode is MatchMode.SUBSTRING else Look.SEGMENT
                yield move(Hit(number, term, left, right, look), places)

    def _read_word(self, word: str) -> Iterator[tuple[int, int, int]]:
        """Yield (term, start, end) of the terms inside one folded word of a name."""
        if len(word) < LEAST_SUBSTRING:
            return
        runs: list[tuple[str, Run]] = []
        for terms, start, end in self._inside.find(make_key(word)):
            runs = runs or list(list_runs(word))
            first, last = runs[start][1][0][0], runs[end - 1][1][-1][0] + 1
            for term in terms:
                entry = self._entries[term]
                if align(word[first:last], entry.folded) and fits(entry.mode, word[:first], word[last:]):
                    yield term, first, last


def fits(mode: MatchMode, before: str, after: str) -> bool:
    """Tell whether a term may stand in a name between these two rests."""
    if mode is MatchMode.SUBSTRING:
        return True
    least = LEAST_REST if mode is MatchMode.FUZZY and not (before and after) else NEVER
    return is_affix(before, least) and is_affix(after, least)


def list_inside_key(entry: Entry) -> str | None:
    """Return the key by which a term is looked for inside a name's word, None if it is not."""
    if entry.mode is MatchMode.SUBSTRING:
        key = make_key(entry.folded)
        return key if len(key) >= LEAST_SUBSTRING else None
    return entry.key if len(entry.key) >= LEAST_INSIDE else None


def list_names(items: Sequence[TextItem]) -> Iterator[tuple[int, int, str]]:
    """Yield (item, offset, piece) of what is read as a name: short names whole, hashtags and handles of any text."""
    for number, item in enumerate(items):
        if item.field in NAME_FIELDS and len(item.text) <= LONGEST_NAME:
            yield number, 0, item.text
        else:
            for offset, tag in list_tags(item.text):
                yield number, offset, tag


def move(hit: Hit, places: Sequence[tuple[int, int, str]]) -> Hit:
    """Return a hit in a piece as one in the item that it is of."""
    number, offset, _ = places[hit.text]
    return Hit(number, hit.term, hit.start + offset, hit.end + offset, hit.look)

"""A term made ready to be looked for: its folded words, the pattern with its boundaries, its canonical key."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from jacana.detect.text.folding.fold import decode, fold_batch
from jacana.detect.text.folding.leet import make_key
from jacana.detect.text.folding.stream import build_stream
from jacana.detect.text.folding.tables import WordClass, load_tables
from jacana.model.term import MatchMode, Term

DISGUISED_MODES = frozenset({MatchMode.CANONICAL, MatchMode.FUZZY})
LEAST_KEY = 4
"""Letters of the shortest key that is looked for: below it every other sign is a disguise of something."""


UNSPACED = int(WordClass.UNSPACED)
OPEN_ENDED = (UNSPACED, int(WordClass.HANGUL))

LEAST_HEARD = 8
"""Letters of the shortest canonical term with a sound look: shorter ones are words of another language too often."""


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """One term's forms. `words` is empty for a term of signs alone (emoji, `+`), which stands in `signs` then."""

    words: str
    """Folded words, one space between."""
    pattern: str
    """`words` with the spaces that a boundary asks for."""
    signs: str
    """The folded term of a term that holds signs, else nothing."""
    folded: str
    """The folded term."""
    key: str
    """Canonical key, if the term is looked for in disguise; else nothing."""
    mode: MatchMode

    @property
    def sounds(self) -> bool:
        """Tell whether the term is looked for in other scripts."""
        return bool(self.key) and (self.mode is MatchMode.FUZZY or len(self.folded) >= LEAST_HEARD)


def make_entries(terms: Sequence[Term]) -> list[Entry]:
    """Return the forms of terms, folded in one go."""
    batch = fold_batch([term.text for term in terms])
    lines = build_stream(batch).text.split("\n")
    ends = np.searchsorted(batch.origin, batch.ends).tolist()
    folded, start = decode(batch.folded), 0
    entries = []
    for term, words, end in zip(terms, lines, ends, strict=False):
        entries.append(make_entry(term, words.strip(), folded[start:end].strip()))
        start = end + 1
    return entries


def make_entry(term: Term, words: str, folded: str) -> Entry:
    """Return the forms of a term with these folded words."""
    signs = folded if has_symbol(folded) or not words else ""
    pattern = words if term.match_mode is MatchMode.SUBSTRING else bound(words)
    key = make_key(folded) if term.match_mode in DISGUISED_MODES else ""
    return Entry(words, pattern, signs, folded, key if len(key) >= LEAST_KEY else "", term.match_mode)


def has_symbol(folded: str) -> bool:
    """Tell whether a folded term holds a symbol (no punctuation): then it stands for itself."""
    return not folded.isalnum() and any(unicodedata.category(part)[0] == "S" for part in folded)


def bound(words: str) -> str:
    """Return words with a space where a word must begin or end. Scripts without spaces have no such place."""
    if not words:
        return ""
    first, last = read_kind(words[0]), read_kind(words[-1])
    left = "" if first == UNSPACED else " "
    return left + words + ("" if last in OPEN_ENDED else " ")


@cache
def read_kind(character: str) -> int:
    """Return the word class of a folded character."""
    return int(load_tables().word[ord(character)])

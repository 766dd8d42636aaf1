"""A term made ready to be looked for: its folded words, the pattern with its boundaries, its canonical key."""

import unicodedata
from dataclasses import dataclass

from jacana.detect.text.folding.fold import fold_text
from jacana.detect.text.folding.leet import make_key
from jacana.detect.text.folding.stream import stream_text
from jacana.detect.text.folding.tables import WordClass, load_tables
from jacana.model.term import MatchMode, Term

DISGUISED_MODES = frozenset({MatchMode.CANONICAL, MatchMode.FUZZY})
LEAST_KEY = 4
"""Letters of the shortest key that is looked for: below it every other sign is a disguise of something."""


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """One term's forms. `words` is empty for a term of signs alone (emoji, `+`), which stands in `signs` then."""

    words: str
    """Folded words, one space between."""
    pattern: str
    """`words` with the spaces that a boundary asks for."""
    signs: str
    """The folded term of a term that holds signs, else nothing."""
    key: str
    """Canonical key, if the term is looked for in disguise; else nothing."""


def make_entry(term: Term) -> Entry:
    """Return the forms of a term. A term of nothing but spaces has none."""
    words = stream_text(term.text).strip()
    folded = fold_text(term.text).strip()
    signs = folded if any(unicodedata.category(part)[0] == "S" for part in folded) or not words else ""
    pattern = words if term.match_mode is MatchMode.SUBSTRING else bound(words)
    key = make_key(folded) if term.match_mode in DISGUISED_MODES else ""
    return Entry(words, pattern, signs, key if len(key) >= LEAST_KEY else "")


def bound(words: str) -> str:
    """Return words with a space where a word must begin or end. Scripts without spaces have no such place."""
    if not words:
        return ""
    kinds = load_tables().word
    first, last = kinds[ord(words[0])], kinds[ord(words[-1])]
    left = "" if first == WordClass.UNSPACED else " "
    return left + words + ("" if last in (WordClass.UNSPACED, WordClass.HANGUL) else " ")

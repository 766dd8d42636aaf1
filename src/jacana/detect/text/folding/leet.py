"""Signs that stand for letters, and the canonical form in which a disguised word and its term look the same.

The key is coarse on purpose (1 may be i or l); `align` then holds every sign against the letter it should stand for.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from jacana.detect.text.folding.scripts import EMOJI, is_within
from jacana.detect.text.folding.tables import cure, load_tables

SIGNS = {
    "0": "o",
    "1": "il",
    "2": "z",
    "3": "e",
    "4": "a",
    "5": "s",
    "6": "gb",
    "7": "t",
    "8": "b",
    "9": "gq",
    "@": "a",
    "$": "s",
    "!": "il",
    "|": "il",
    "+": "t",
    "(": "c",
    "<": "c",
    "[": "c",
    "{": "c",
    "^": "a",
    "#": "h",
    "€": "e",
    "£": "l",
    "¢": "c",
    "¥": "y",
    "§": "s",
    "¡": "il",
    "°": "o",
    "×": "x",
    "%": "x",
    "&": "e",
    "з": "e",
    "ч": "a",
    "б": "bg",
    "я": "r",
    "ш": "w",
    "щ": "w",
    "ж": "x",
    "л": "l",
    "д": "d",
    "ф": "o",
    "ю": "o",
    "э": "e",
    "ы": "bi",
    "δ": "d",
    "θ": "o",
    "λ": "a",
    "μ": "um",
    "ξ": "e",
    "π": "n",
    "σ": "o",
    "φ": "o",
    "ψ": "w",
}
"""Which letters a sign may stand for. The last ones are letters of other scripts that only a disguise mixes in."""

CLASSES = {"l": "i", "q": "g", "b": "g", "u": "u", "m": "m"}
"""Letters that share signs, hence one letter of the key. u and m share one too rarely to pay for it."""

EDGES = "#@!([{<^&*|+%\"'~.,:;?-_/\\)]}>«»„“”‚‘’…¡¿•·°=`´"
"""What may stand at the edge of a word without being part of it."""

Run = list[tuple[int, str]]

RUN = re.compile(r"(.)\1+", re.DOTALL)


class KeyTable(dict[int, str]):
    """The `str.translate` table of keys: letters and signs to their class, everything else away."""

    def __missing__(self, code: int) -> str:
        """Return the class of a code point; decide once."""
        character = chr(code)
        letters = read_sign(character)
        value = CLASSES.get(letters[:1], letters[:1]) if letters else ""
        self[code] = value
        return value


@lru_cache(maxsize=4096)
def read_sign(character: str) -> str:
    """Return the letters that a folded character may stand for, nothing if it is no letter."""
    known = SIGNS.get(character)
    if known is not None or character.isascii():
        return known if known is not None else character if character.isalpha() else ""
    code = ord(character)
    if is_within(code, EMOJI):
        return ""
    letter = load_tables().word[code] > 0
    cured = cure(character)
    if len(cured) == 1 and cured.isascii() and cured.isalpha() and not letter:
        return cured  # a mathematical or currency sign drawn like a letter
    return character if letter else ""


KEYS = KeyTable()


def make_key(folded: str) -> str:
    """Return the canonical key: signs read as letters, no separators, no repeats."""
    key = folded.translate(KEYS)
    return RUN.sub(itemgetter(1), key) if RUN.search(key) else key  # a function: a template is slower


def align(folded: str, term: str) -> tuple[int, int] | None:
    """Return which part of `folded` reads as the folded `term` whose key it shares, None if a sign does not fit.

    Every run of one class must hold only what may stand for the letters of the term's run, and may be longer than it
    only where it is a disguise itself (three times or more, a sign among the letters, or one of several).
    """
    ours, theirs = list(list_runs(folded)), list_letters(term)
    if len(ours) != len(theirs):
        return None
    stretched = sum(len(run) > length for (_, run), (length, _) in zip(ours, theirs, strict=True))
    for (_, run), (length, letters) in zip(ours, theirs, strict=True):
        if len(run) < length or any(letters.isdisjoint(read_sign(character)) for _, character in run):
            return None
        if len(run) == 2 and length == 1 and stretched < 2 and run[0][1] == run[1][1]:
            return None  # a plain double letter: another word
    return ours[0][1][0][0], ours[-1][1][-1][0] + 1


@lru_cache(maxsize=4096)
def list_letters(term: str) -> tuple[tuple[int, frozenset[str]], ...]:
    """Return the length and the letters of each run of a folded term. A text full of one term asks again and again."""
    return tuple((len(run), frozenset(character for _, character in run)) for _, run in list_runs(term))


def list_runs(folded: str) -> Iterator[tuple[str, Run]]:
    """Yield (class, [(index, character), …]) for each run of one class; what no key holds is passed over."""
    held = [(KEYS[ord(character)], index, character) for index, character in enumerate(folded)]
    for kind, run in groupby((entry for entry in held if entry[0]), key=itemgetter(0)):
        yield kind, [(index, character) for _, index, character in run]

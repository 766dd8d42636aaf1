"""The sound view: what a word written in Cyrillic or Greek letters would be in Latin ones, and the same for terms.

Coarse, because there are many ways to spell one sound: `c k q` are one, `v w b` are one, `i j y` are one, `g h` are one.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import product
from math import prod

from anyascii import anyascii

MOST_READINGS = 32
LEAST_SOUND = 5
"""Letters of the shortest sound that is looked for."""
WORD = re.compile(r"[\u0370-\u03ff\u0400-\u052f\u1f00-\u1fff\u0300-\u0301'ʼ]{4,}")
"""A word of Cyrillic or Greek letters."""

DIGRAPHS = (
    ("дж", "j"), ("кв", "q"), ("кс", "x"), ("ου", "u"), ("ού", "u"), ("μπ", "b"), ("ντ", "d"), ("γκ", "g"), ("τζ", "j"),
    ("τσ", "c"), ("γγ", "g"),
)  # fmt: skip
LETTERS = {
    "ж": ("z",), "ц": ("c", "ts"), "ч": ("c",), "ш": ("s",), "щ": ("s",), "ъ": ("",), "ь": ("",), "х": ("h",), "ы": ("i",),
    "ю": ("u", "iu"), "я": ("a", "ia"), "χ": ("h",), "η": ("i",), "υ": ("u", "i"), "ω": ("o", "v"), "θ": ("t",),
    "ψ": ("ps",), "ξ": ("x",), "φ": ("f",), "β": ("v",),
}  # fmt: skip
DIGRAPHS_LATIN = (
    ("ph", "f"),
    ("qu", "k"),
    ("ck", "k"),
    ("sh", "s"),
    ("zh", "z"),
    ("ch", "k"),
    ("kh", "g"),
    ("ou", "u"),
)
CLASSES = str.maketrans({"c": "k", "q": "k", "w": "v", "b": "v", "y": "i", "j": "i", "h": "g"})
RUN = re.compile(r"(.)\1+")


def make_sounds(word: str) -> set[str]:
    """Return the sounds of a folded Latin word, none if it has other letters or is too short.

    Two where it has digraphs: somebody may have spelled it letter by letter.
    """
    if not (word.isascii() and word.isalpha()):
        return set()
    spoken = word
    for written, sound in DIGRAPHS_LATIN:
        spoken = spoken.replace(written, sound)
    return {sound for form in {word, spoken} if len(sound := merge(form)) >= LEAST_SOUND}


def merge(spelling: str) -> str:
    """Return the sound of a Latin spelling: one letter a class, no repeats."""
    return RUN.sub(r"\1", spelling.translate(CLASSES).replace("x", "ks"))


def hear(word: str) -> set[str]:
    """Return the sounds that a word of Cyrillic or Greek letters (an original, not folded) may have."""
    word = word.casefold()
    readings = {word}
    for written, spoken in DIGRAPHS:
        if written in word:
            readings |= {reading.replace(written, spoken) for reading in readings}
    found = set()
    for reading in readings:
        choices = [hear_letter(letter) for letter in reading]
        if prod(map(len, choices)) > MOST_READINGS:
            choices = [choice[:1] for choice in choices]
        found |= {sound for spelling in product(*choices) if len(sound := merge("".join(spelling))) >= LEAST_SOUND}
    return found


@lru_cache(maxsize=1024)
def hear_letter(letter: str) -> tuple[str, ...]:
    """Return the Latin spellings of one letter, without accents; one at least, perhaps empty."""
    if letter.isascii():
        return (letter if letter.isalpha() else "",)
    letter = unicodedata.normalize("NFD", letter)[0]
    known = LETTERS.get(letter)
    if known is not None:
        return known
    spelled = anyascii(letter).lower()
    bare = "".join(part for part in spelled if part.isalpha())
    return (bare,)

"""The sound view: what a word written in Cyrillic or Greek letters would be in Latin ones, and the same for terms.

Coarse, because one sound is spelled in many ways: `c k q` are one, `v w b` are one, `i j y` are one, `g h` are one.
"""

import re
import unicodedata
from collections.abc import Iterator

from anyascii import anyascii

LEAST_SOUND = 5
"""Letters of the shortest sound that is looked for."""
WORD = re.compile(r"[\u0370-\u03ff\u0400-\u052f\u1f00-\u1fff\u0300-\u0301'ʼ]{4,}")
"""A word of Cyrillic or Greek letters."""

DIGRAPHS = (
    ("дж", "j"), ("кв", "q"), ("кс", "x"), ("ου", "u"), ("ού", "u"), ("μπ", "b"), ("ντ", "d"), ("γκ", "g"), ("τζ", "j"),
    ("τσ", "c"), ("γγ", "g"), ("ц", "ts"), ("υ", "i"), ("ύ", "i"), ("ω", "v"), ("ώ", "v"),
)  # fmt: skip
"""Other readings of one letter or two."""
MANY_READINGS = re.compile("|".join(written for written, _ in DIGRAPHS))
MOST_READINGS = 32
LETTERS = {"ж": "z", "ц": "c", "ч": "c", "ш": "s", "щ": "s", "ъ": "", "ь": "", "х": "h", "ы": "i", "ю": "iu", "я": "ia",
           "χ": "h", "η": "i", "υ": "u", "ω": "o", "θ": "t", "ψ": "ps", "ξ": "x", "φ": "f", "β": "v"}  # fmt: skip
LATIN_DIGRAPHS = tuple((pair[:2], pair[2]) for pair in ("phf", "quk", "ckk", "shs", "zhz", "chk", "khg", "ouu"))
CLASSES = str.maketrans({"c": "k", "q": "k", "w": "v", "b": "v", "y": "i", "j": "i", "h": "g", "x": "ks"})
RUN = re.compile(r"(.)\1+")


def make_sounds(word: str) -> set[str]:
    """Return the sounds of a folded Latin word, none if it has other letters or is too short.

    Two where it has digraphs: somebody may have spelled it letter by letter.
    """
    if not (word.isascii() and word.isalpha()):
        return set()
    spoken = word
    for written, sound in LATIN_DIGRAPHS:
        spoken = spoken.replace(written, sound)
    return {sound for form in {word, spoken} if len(sound := merge(form)) >= LEAST_SOUND}


def merge(spelling: str) -> str:
    """Return the sound of a Latin spelling: one letter a class, no repeats."""
    return shorten(spelling.translate(CLASSES))


def shorten(spelling: str) -> str:
    """Return a spelling with every repeated letter once."""
    return RUN.sub(r"\1", spelling) if RUN.search(spelling) else spelling


def hear(word: str) -> set[str]:
    """Return the sounds that a word of Cyrillic or Greek letters (an original, not folded) may have."""
    word = word.casefold()
    readings = {word}
    if MANY_READINGS.search(word):
        for written, spoken in DIGRAPHS:
            if written in word and len(readings) < MOST_READINGS:
                readings |= {spoken.join(parts) for reading in readings for parts in split_each(reading, written)}
    return {sound for reading in readings if len(sound := shorten(reading.translate(SPOKEN))) >= LEAST_SOUND}


def split_each(reading: str, written: str) -> Iterator[list[str]]:
    """Yield a reading split at all places of some letters, and, where there are several, at each of them alone."""
    yield reading.split(written)
    if reading.count(written) > 1:
        start = reading.find(written)
        while start >= 0:
            yield [reading[:start], reading[start + len(written) :]]
            start = reading.find(written, start + 1)


class SpokenTable(dict[int, str]):
    """The `str.translate` table from foreign and Latin letters to the classes of sounds."""

    def __missing__(self, code: int) -> str:
        """Decide once for each letter."""
        value = self[code] = hear_letter(chr(code)).translate(CLASSES)
        return value


SPOKEN = SpokenTable()


def hear_letter(letter: str) -> str:
    """Return the Latin spelling of one letter, without accents."""
    if letter.isascii():
        return letter if letter.isalpha() else ""
    letter = unicodedata.normalize("NFD", letter)[0]
    known = LETTERS.get(letter)
    spelled = anyascii(letter).lower() if known is None else known
    return "".join(part for part in spelled if part.isalpha())

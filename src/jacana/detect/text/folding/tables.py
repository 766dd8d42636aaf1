"""The tables of the fold: for every code point what it becomes, and what kind of character that is.

Built once, at first use, in well under a second. Sources: the Unicode data of Python, decancer and anyascii for letters
that pass for Latin, and the pairs of `scripts`.
"""

import sys
import unicodedata
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import decancer_py
import numpy as np
from anyascii import anyascii
from numpy.typing import NDArray

from jacana.detect.text.folding.scripts import (
    DIACRITICS,
    EMOJI,
    FLAG_LETTERS,
    HANGUL,
    LATIN_LIKE,
    LOOK_ALIKES,
    SQUARED_LETTERS,
    UNSPACED,
    is_dropped,
    is_within,
)

SIZE = sys.maxunicode + 1
REPLACEMENT = 0xFFFD
TRADE_SIGNS = "™©®℠℗"


class WordClass(IntEnum):
    """What a folded character is to the boundaries of words."""

    NONE = 0
    LETTER = 1
    """A letter, mark or digit of a script with spaces."""
    UNSPACED = 2
    HANGUL = 3
    FLAG = 4
    """A letter that is drawn as half a flag: a flag beside a word is not part of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """What each code point becomes: `length[c]` characters of `flat` from `start[c]`."""

    start: NDArray[np.int32]
    length: NDArray[np.uint8]
    flat: NDArray[np.uint32]
    word: NDArray[np.uint8]
    """WordClass of a folded code point."""


@lru_cache(maxsize=1)
def load_tables() -> Tables:
    """Return the tables. The first call builds them."""
    start = np.arange(SIZE, dtype=np.int32)
    length = np.ones(SIZE, np.uint8)
    extra: list[int] = []
    word = np.zeros(SIZE, np.uint8)
    start[0xD800:0xE000] = REPLACEMENT  # half of a pair: no character
    for code in list_assigned():
        folded = fold_code(code)
        word[code] = classify(code)
        if len(folded) == 1:
            start[code] = ord(folded)
        else:
            start[code] = SIZE + len(extra)
            length[code] = len(folded)
            extra.extend(map(ord, folded))
    fill_ideographs(word)
    flat = np.concatenate([np.arange(SIZE, dtype=np.uint32), np.array(extra, np.uint32)])
    return Tables(start, length, flat, word)


def list_assigned() -> list[int]:
    """Return the code points that need a look: the big blocks of ideographs and syllables stand for themselves."""
    low = [*range(0x3400), *range(0xA000, 0xAC00), *range(0xD7A4, 0xD800), *range(0xF900, 0x17000)]
    return [
        *low,
        *range(0x1AFF0, 0x1B170),
        *range(0x1D000, 0x20000),
        *range(0x2F800, 0x2FA20),
        *range(0xE0000, 0xE01F0),
    ]


def fill_ideographs(word: NDArray[np.uint8]) -> None:
    """Set the word class of the big blocks, which are not looked at one by one."""
    for kind, ranges in ((WordClass.UNSPACED, UNSPACED), (WordClass.HANGUL, HANGUL)):
        for first, last in ranges:
            if last - first > 2000:
                word[first : last + 1] = kind


def classify(code: int) -> WordClass:
    """Return what a folded code point is to the boundaries of words."""
    if unicodedata.category(chr(code))[0] not in "LNM" or is_within(code, EMOJI):
        return WordClass.NONE
    if is_within(code, UNSPACED):
        return WordClass.UNSPACED
    return WordClass.HANGUL if is_within(code, HANGUL) else WordClass.LETTER


def fold_code(code: int) -> str:
    """Return what one code point becomes: none, one or several characters."""
    if code < 0x80:
        return chr(code).lower()
    if is_dropped(code):
        return ""
    letter = read_drawn_letter(code)
    if letter or is_within(code, EMOJI):
        return letter or chr(code)
    return "".join(fold_letter(letter) for letter in simplify(chr(code)))


def read_drawn_letter(code: int) -> str:
    """Return the letter or digit that a symbol draws (flag letters, dark circles, numbered signs), or nothing."""
    for first, last in FLAG_LETTERS:
        if first <= code <= last:
            return chr(ord("a") + code - first)
    for first in SQUARED_LETTERS:
        if first <= code < first + 26:
            return chr(ord("a") + code - first)
    if 0x249C <= code <= 0x24B5:  # in parentheses
        return chr(ord("a") + code - 0x249C)
    digit = unicodedata.digit(chr(code), None)
    return "" if digit is None else str(digit)


def simplify(character: str) -> str:
    """Return the compatibility form in lower case and without diacritics."""
    if character in TRADE_SIGNS:
        return character
    form = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", character).casefold())
    bare = "".join(part for part in form if not is_within(ord(part), DIACRITICS))
    spelled = unicodedata.normalize("NFC", bare)
    return spelled.replace(" ", "") or spelled or form[:1]


def fold_letter(letter: str) -> str:
    """Return the Latin letter that a letter passes for, itself if none."""
    code = ord(letter)
    if code < 0x80:
        return letter
    if letter in LOOK_ALIKES:
        return LOOK_ALIKES[letter]
    if unicodedata.category(letter)[0] != "L":
        return letter
    latin = unicodedata.name(letter, "").startswith("LATIN")
    if not latin and not is_within(code, LATIN_LIKE):
        return letter
    cured = cure(letter) or (anyascii(letter).lower() if latin else "")
    return cured if cured.isascii() and cured.isalnum() else letter


def cure(character: str) -> str:
    """Return what decancer reads in one character, nothing if it reads nothing."""
    return str(decancer_py.parse(character))

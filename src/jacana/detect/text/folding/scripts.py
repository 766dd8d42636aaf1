"""Which code points are dropped, which are letters of scripts without spaces, which are emoji, which pass for Latin.

Our own ranges and pairs, kept where no installed package has them.
"""

import unicodedata

Ranges = tuple[tuple[int, int], ...]

IGNORABLE: Ranges = (
    (0x034F, 0x034F),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2065, 0x2065),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFFA0, 0xFFA0),
    (0x1F3FB, 0x1F3FF),  # skin tones
    (0xE0100, 0xE01EF),
)
"""Dropped, beside the whole category Cf: they show nothing."""

DIACRITICS: Ranges = (
    (0x0300, 0x036F),
    (0x0483, 0x0489),
    (0x0591, 0x05C7),
    (0x0610, 0x061A),
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x06D6, 0x06ED),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20FF),
    (0xFE20, 0xFE2F),
)
"""Marks that decorate a letter. The vowel signs of Indic scripts and of Thai are not among them: they are letters."""

UNSPACED: Ranges = (
    (0x0E00, 0x0EFF),
    (0x0F00, 0x0FFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x19E0, 0x1AAF),
    (0x3005, 0x3007),
    (0x3040, 0x30FF),
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xA9E0, 0xAA7F),
    (0xF900, 0xFAFF),
    (0x1B000, 0x1B16F),
    (0x20000, 0x323AF),
)
"""Scripts written without spaces: Thai, Lao, Tibetan, Burmese, Khmer, kana, Han."""

HANGUL: Ranges = ((0x1100, 0x11FF), (0x3130, 0x318F), (0xA960, 0xA97F), (0xAC00, 0xD7FF))
"""Spaced, but particles follow a word without a space: a word's end is open."""

FLAG_LETTERS: Ranges = ((0x1F1E6, 0x1F1FF),)
SQUARED_LETTERS = (0x1F110, 0x1F130, 0x1F150, 0x1F170)
"""Starts of the alphabets in parentheses, squares and dark circles."""

EMOJI: Ranges = (
    (0x2190, 0x21FF),
    (0x2300, 0x23FF),
    (0x2500, 0x27BF),
    (0x2900, 0x297F),
    (0x2B00, 0x2BFF),
    (0x3030, 0x303F),
    (0x1F000, 0x1F0FF),
    (0x1F18A, 0x1F1E5),
    (0x1F200, 0x1FAFF),
)

LATIN_LIKE: Ranges = ((0x2C80, 0x2CFF), (0x13A0, 0x13FF), (0xAB70, 0xABBF), (0xA4D0, 0xA4FF), (0x10280, 0x1044F))
"""Coptic, Cherokee, Lisu and old alphabets: met in captions as look-alikes of Latin letters."""

LOOK_ALIKES = {
    # Cyrillic, lower case (the capitals fold to these)
    **dict(zip("авекмнорстухіјѕԁԛԝһьцёїґғҥҗӏүҫ", "abekmhopctyxijsdqwhbueirfhxlyc", strict=True)),
    # Greek, lower case
    **dict(zip("αβγεζηικνοπρτυχωςϲϳϸ", "abyeznikvonptuxwscjp", strict=True)),
    # Armenian, lower case
    **dict(zip("աոսցհօզյքգ", "wnughoqjpq", strict=True)),
}
"""Letters that pass for Latin ones at a glance, whole scripts apart (see `matching.spans.is_natural`)."""

CAPITAL_LOOK_ALIKES = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧΣΛΔ", "abezhikmnoptyxead", strict=True)) | {"Я": "r", "И": "n", "Ш": "w"}
"""Capitals whose lower case passes for another letter; only where scripts are mixed inside a word."""


def is_within(code: int, ranges: Ranges) -> bool:
    """Tell whether a code point lies in any of the ranges."""
    return any(first <= code <= last for first, last in ranges)


def is_dropped(code: int) -> bool:
    """Tell whether a code point shows nothing, or only decorates."""
    return (
        unicodedata.category(chr(code)) == "Cf" or is_within(code, IGNORABLE) or is_within(code, DIACRITICS)
    )  # Cf: zero-width signs, soft hyphen, directions, tag letters

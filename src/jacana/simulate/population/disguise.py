"""How the people of the simulation disguise a word, one function per class. Kept apart from every other generator:
what detectors were tuned on must not be what they are measured by.
"""

from collections.abc import Callable
from random import Random

_LEET = {"a": "4@", "e": "3", "i": "1!", "o": "0", "s": "5$", "t": "7", "b": "8", "g": "9", "l": "1", "z": "2"}
_TWINS = {
    "a": "аα",
    "c": "сϲ",
    "e": "еҽ",
    "i": "іι",
    "j": "ј",
    "k": "κк",
    "m": "м",
    "n": "ո",
    "o": "оο",
    "p": "рρ",
    "r": "г",
    "s": "ѕ",
    "t": "т",
    "u": "υս",
    "v": "ν",
    "x": "хχ",
    "y": "у",
    "z": "ᴢ",
}
_MARKS = "\u0300\u0301\u0302\u0303\u0308\u030a\u030c\u0323\u0331"
_ACCENTED = {"a": "äáàå", "c": "çč", "e": "éèëę", "i": "íîï", "n": "ñń", "o": "öóøô", "u": "üúû", "s": "šş", "z": "žż"}
_HIDDEN = ("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad")
_EMOJI = ("🌟", "🎈", "🍀", "✨", "🌙", "🔥")
_GAPS = (" ", ".", "-", "_", "*", "·", "/", "~")


def _plain(_rng: Random, word: str) -> str:
    return word


def _case(rng: Random, word: str) -> str:
    return "".join(letter.upper() if rng.random() < 0.5 else letter for letter in word)


def _swap(rng: Random, word: str, table: dict[str, str], share: float) -> str:
    able = [place for place, letter in enumerate(word) if letter in table]
    chosen = [place for place in able if rng.random() < share] or able[:1]
    return "".join(rng.choice(table[letter]) if place in chosen else letter for place, letter in enumerate(word))


def _leet(rng: Random, word: str) -> str:
    return _swap(rng, word, _LEET, 0.7)


def _homoglyph(rng: Random, word: str) -> str:
    return _swap(rng, word, _TWINS, 0.6)


def _accent(rng: Random, word: str) -> str:
    if rng.random() < 0.5:
        return _swap(rng, word, _ACCENTED, 0.6)
    return "".join(letter + (rng.choice(_MARKS) if rng.random() < 0.6 else "") for letter in word)


def _full_width(_rng: Random, word: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) for letter in word)


def _mathematical(rng: Random, word: str) -> str:
    first = rng.choice((0x1D41A, 0x1D5EE, 0x1D622, 0x1D4EA, 0x1D68A))
    return "".join(chr(first + ord(letter) - ord("a")) for letter in word)


def _regional(_rng: Random, word: str) -> str:
    return "\u200a".join(chr(0x1F1E6 + ord(letter) - ord("a")) for letter in word)


def _zero_width(rng: Random, word: str) -> str:
    return "".join(letter + (rng.choice(_HIDDEN) if rng.random() < 0.5 else "") for letter in word[:-1]) + word[-1]


def _separate(rng: Random, word: str) -> str:
    return rng.choice(_GAPS).join(word)


def _repeat(rng: Random, word: str) -> str:
    return "".join(letter * (rng.randint(2, 4) if rng.random() < 0.35 else 1) for letter in word[:-1]) + word[-1] * 3


def _split_by_emoji(rng: Random, word: str) -> str:
    place = rng.randrange(2, len(word) - 1)
    return word[:place] + rng.choice(_EMOJI) + word[place:]


def _mask(rng: Random, word: str) -> str:
    place = rng.randrange(1, len(word) - 1)
    return word[:place] + "*" + word[place + 1 :]


def _mistype(rng: Random, word: str) -> str:
    place = rng.randrange(1, len(word) - 2)
    if rng.random() < 0.5:
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return word[:place] + word[place + 1 :]


def _combine(rng: Random, word: str) -> str:
    return _zero_width(rng, _case(rng, _leet(rng, word)))


DISGUISES: dict[str, Callable[[Random, str], str]] = {
    "plain": _plain,
    "case": _case,
    "leet": _leet,
    "homoglyph": _homoglyph,
    "diacritics": _accent,
    "full_width": _full_width,
    "mathematical": _mathematical,
    "regional": _regional,
    "zero_width": _zero_width,
    "separators": _separate,
    "repeats": _repeat,
    "emoji_split": _split_by_emoji,
    "mask": _mask,
    "typo": _mistype,
    "combined": _combine,
}
"""Class -> how it is done."""

IN_NAME = "in_name"
"""The class of a word inside a user name, where there are no spaces."""


def disguise(rng: Random, word: str) -> tuple[str, str]:
    """Return (the word disguised, the class); one in four is written plainly."""
    name = "plain" if rng.random() < 0.25 else rng.choice(list(DISGUISES))
    return DISGUISES[name](rng, word), name


def hide_in_name(rng: Random, word: str) -> str:
    """Return a user name that holds the word."""
    before, after = rng.choice(("the", "my", "real", "its", "")), rng.choice(("xo", "club", "time", ""))
    return f"{before}{word}{after}{rng.randint(1, 99)}"

"""The disguises that the detector is made with: its failures here may be looked at, so its figures here flatter it."""

import unicodedata
from random import Random

import decancer_py

LEET = {"a": "4@", "b": "8", "e": "3", "g": "9", "i": "1!", "l": "1|", "o": "0", "s": "5$", "t": "7", "z": "2"}
GLYPHS = {
    "a": "а",
    "b": "Ь",
    "c": "с",
    "d": "ԁ",
    "e": "е",
    "f": "ƒ",
    "g": "ց",
    "h": "һ",
    "i": "і",
    "j": "ј",
    "k": "к",
    "l": "Ӏ",
    "m": "м",
    "n": "п",
    "o": "о",
    "p": "р",
    "q": "գ",
    "r": "г",
    "s": "ѕ",
    "t": "т",
    "u": "υ",
    "v": "ν",
    "w": "ѡ",
    "x": "х",
    "y": "у",
    "z": "ʐ",
}
ALPHABETS = (0x1D400, 0x1D434, 0x1D468, 0x1D4D0, 0x1D5A0, 0x24D0 - 26)
HOLE = "h"
INVISIBLE = "\u200b\u200d\ufeff\u200e"
EMOJI = ("🔥", "✨", "💯", "🦋")
SIGNS = (".", "-", "_", ",", "*")
MARKS = "\u0301\u0308\u0303\u0302"
TO_CYRILLIC = {
    "a": "а",
    "b": "б",
    "c": "к",
    "d": "д",
    "e": "е",
    "f": "ф",
    "g": "г",
    "h": "х",
    "i": "и",
    "j": "й",
    "k": "к",
    "l": "л",
    "m": "м",
    "n": "н",
    "o": "о",
    "p": "п",
    "q": "к",
    "r": "р",
    "s": "с",
    "t": "т",
    "u": "у",
    "v": "в",
    "w": "в",
    "x": "кс",
    "y": "й",
    "z": "з",
}
TO_GREEK = {
    "a": "α",
    "b": "β",
    "c": "κ",
    "d": "δ",
    "e": "ε",
    "f": "φ",
    "g": "γ",
    "h": "χ",
    "i": "ι",
    "j": "ι",
    "k": "κ",
    "l": "λ",
    "m": "μ",
    "n": "ν",
    "o": "ο",
    "p": "π",
    "q": "κ",
    "r": "ρ",
    "s": "σ",
    "t": "τ",
    "u": "υ",
    "v": "β",
    "w": "ω",
    "x": "ξ",
    "y": "υ",
    "z": "ζ",
}


def substitute(word: str, table: dict[str, str], random: Random, share: float) -> str:
    """Replace each letter that the table holds with a chance, one at least."""
    if not any(letter in table for letter in word):
        return word
    while True:
        new = "".join(
            random.choice(table[letter]) if letter in table and random.random() < share else letter for letter in word
        )
        if new != word:
            return new


def change_case(word: str, random: Random) -> str:
    return "".join(random.choice((letter, letter.upper())) for letter in word)


def write_leet(word: str, random: Random) -> str:
    return substitute(word, LEET, random, 0.7)


def write_glyphs(word: str, random: Random) -> str:
    return substitute(word, GLYPHS, random, 0.5)


def write_wide(word: str, _: Random) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) for letter in word)


def write_alphabet(word: str, random: Random) -> str:
    start = random.choice(ALPHABETS) + 26
    return "".join(letter if letter == HOLE else chr(start + ord(letter) - ord("a")) for letter in word)


def write_flags(word: str, _: Random) -> str:
    return "".join(chr(0x1F1E6 + ord(letter) - ord("a")) for letter in word)


def insert(word: str, parts: tuple[str, ...] | str, random: Random, share: float) -> str:
    """Insert a part before letters with a chance, one at least."""
    sure = random.randrange(1, len(word))
    return "".join(
        (random.choice(parts) if number and (number == sure or random.random() < share) else "") + letter
        for number, letter in enumerate(word)
    )


def insert_invisible(word: str, random: Random) -> str:
    return insert(word, INVISIBLE, random, 0.3)


def insert_emoji(word: str, random: Random) -> str:
    return insert(word, EMOJI, random, random.choice((0, 0.2, 1)))


def separate(word: str, random: Random) -> str:
    return random.choice(SIGNS).join(word) if random.random() < 0.6 else insert(word, SIGNS, random, 0.2)


def space(word: str, _: Random) -> str:
    return " ".join(word)


def split(word: str, random: Random) -> str:
    place = random.randint(2, len(word) - 2)
    return f"{word[:place]} {word[place:]}"


def repeat(word: str, random: Random) -> str:
    place = random.randrange(len(word))
    return word[:place] + word[place] * random.randint(2, 5) + word[place:]


def decorate(word: str, random: Random) -> str:
    return "".join(letter + (random.choice(MARKS) if random.random() < 0.6 else "") for letter in word)


def mask(word: str, random: Random) -> str:
    places = set(random.sample(range(1, len(word) - 1), random.randint(1, 2)))
    return "".join("*" if number in places else letter for number, letter in enumerate(word))


def mistype(word: str, random: Random) -> str:
    place = random.randrange(len(word) - 1)
    kind = random.randrange(4)
    other = random.choice("abcdefghijklmnopqrstuvwxyz")
    swapped = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return (
        word[:place] + word[place + 1 :],
        word[:place] + other + word[place:],
        word[:place] + other + word[place + 1 :],
        swapped,
    )[kind]


def write_cyrillic(word: str, _: Random) -> str:
    return "".join(TO_CYRILLIC[letter] for letter in word)


def write_greek(word: str, _: Random) -> str:
    return "".join(TO_GREEK[letter] for letter in word)


def list_wide_glyphs() -> dict[str, str]:
    """Return letters that decancer reads as a Latin letter; accented Latin ones only where it reads the bare letter."""
    found: dict[str, str] = {}
    for code in (*range(0xA1, 0x590), *range(0x13A0, 0x13F6), *range(0x1D00, 0x1E00), *range(0x2C60, 0x2D00)):
        read = str(decancer_py.parse(chr(code)))
        bare = unicodedata.normalize("NFKD", chr(code))[0].lower()
        fits = not (bare.isascii() and bare != read)
        if fits and len(read) == 1 and "a" <= read <= "z" and unicodedata.category(chr(code))[0] == "L":
            found[read] = found.get(read, "") + chr(code)
    return found


WIDE_GLYPHS = list_wide_glyphs()


def write_wide_glyphs(word: str, random: Random) -> str:
    return substitute(word, WIDE_GLYPHS, random, 0.4)


def double(word: str, _: Random) -> str:
    return "".join(letter * 2 for letter in word)


def mask_more(word: str, random: Random) -> str:
    """Stars for up to half of the letters, the last among them."""
    places = set(random.sample(range(1, len(word)), random.randint(1, len(word) // 2)))
    return "".join("*" if number in places else letter for number, letter in enumerate(word))


def combine(word: str, random: Random) -> str:
    for step in (write_leet, write_glyphs, insert_invisible):
        word = step(word, random)
    return separate(word, random) if random.random() < 0.3 else word


CLASSES = {
    "case": change_case,
    "leet": write_leet,
    "homoglyphs": write_glyphs,
    "full width": write_wide,
    "mathematical": write_alphabet,
    "regional": write_flags,
    "zero width": insert_invisible,
    "emoji split": insert_emoji,
    "mask": mask,
    "combination": combine,
    "separators": separate,
    "spacing": space,
    "repeats": repeat,
    "diacritics": decorate,
    "one space inside": split,
    "one letter wrong": mistype,
    "Cyrillic": write_cyrillic,
    "Greek": write_greek,
    "homoglyphs, wide": write_wide_glyphs,
    "all doubled": double,
    "mask, more": mask_more,
}

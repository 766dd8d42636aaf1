"""The disguises behind the published figures. Nothing may be tuned on them: read the figures, never the failures."""

import unicodedata
from random import Random

LEET = {
    "a": "4^",
    "b": "8",
    "c": "(",
    "e": "€3",
    "g": "6",
    "i": "!|",
    "l": "1£",
    "o": "0°",
    "q": "9",
    "s": "§5",
    "t": "+7",
    "z": "2",
}
GLYPHS = {
    "a": "ɑᴀа",
    "b": "ʙЬ",
    "c": "ϲᴄ",
    "d": "ԁᴅ",
    "e": "ҽᴇе",
    "f": "ғ",
    "g": "ɡɢ",
    "h": "һʜ",
    "i": "ɩіι",
    "j": "ϳᴊ",
    "k": "ᴋκ",
    "l": "ӏʟ",
    "m": "ᴍ",
    "n": "ոɴ",
    "o": "օοᴏ",
    "p": "ρᴘ",
    "q": "ԛ",
    "r": "ʀᴦ",
    "s": "ꜱѕ",
    "t": "ᴛτ",
    "u": "սᴜ",
    "v": "ѵᴠ",
    "w": "ԝᴡ",
    "x": "хⅹ",
    "y": "ʏү",
    "z": "ᴢʐ",
}
ALPHABETS = (0x1D504, 0x1D538, 0x1D670, 0x1D63C, 0x24B6, 0x1F130)
HOLES = {0x1D504: "CHIRZ", 0x1D538: "CHNPQRZ"}
INVISIBLE = "\u2060\u00ad\u034f\u2063\u200c\U000e0061"
FLOWERS = ("🌊", "⭐", "❤️", "👩‍💻", "🫧", "⚡", "☁️")
SIGNS = ("·", "•", "~", "/", "\\", "=", "--", "..", "|", "+")
GAPS = ("  ", "\u00a0", "\u2009", " . ", " - ")
MARKS = "\u0323\u0330\u0331\u0336\u0337\u0489\u0315\u035c"
STROKED = {"l": "ł", "o": "ø", "d": "đ", "a": "ą", "e": "ę", "i": "į", "t": "ŧ", "z": "ż", "u": "ų", "h": "ħ"}
TO_CYRILLIC = {
    "a": "а",
    "b": "б",
    "c": "ц",
    "d": "д",
    "e": "э",
    "f": "ф",
    "g": "г",
    "h": "х",
    "i": "и",
    "j": "дж",
    "k": "к",
    "l": "л",
    "m": "м",
    "n": "н",
    "o": "о",
    "p": "п",
    "q": "кв",
    "r": "р",
    "s": "с",
    "t": "т",
    "u": "у",
    "v": "в",
    "w": "в",
    "x": "кс",
    "y": "ы",
    "z": "з",
}
TO_GREEK = {
    "a": "α",
    "b": "μπ",
    "c": "κ",
    "d": "ντ",
    "e": "ε",
    "f": "φ",
    "g": "γκ",
    "h": "χ",
    "i": "ι",
    "j": "τζ",
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
    "u": "ου",
    "v": "β",
    "w": "ου",
    "x": "ξ",
    "y": "υ",
    "z": "ζ",
}


def change_case(word: str, random: Random) -> str:
    """Every other letter a capital, or the first two, or all but one."""
    return random.choice(
        (alternate, lambda text: text[:2].upper() + text[2:], lambda text: text[:-1].upper() + text[-1])
    )(word)


def alternate(word: str) -> str:
    """Return the word with every other letter a capital."""
    return "".join(letter.upper() if number % 2 else letter for number, letter in enumerate(word))


def replace_some(word: str, table: dict[str, str], random: Random, share: float) -> str:
    """Replace a share of the letters that the table holds, one at least."""
    places = [number for number, letter in enumerate(word) if letter in table]
    if not places:
        return word
    chosen = set(random.sample(places, max(1, round(len(places) * share))))
    return "".join(random.choice(table[letter]) if number in chosen else letter for number, letter in enumerate(word))


def write_leet(word: str, random: Random) -> str:
    """Signs for between a third and all of the letters that have one."""
    return replace_some(word, LEET, random, random.uniform(0.34, 1))


def write_glyphs(word: str, random: Random) -> str:
    """Look-alikes for a quarter to three quarters of the letters."""
    return replace_some(word, GLYPHS, random, random.uniform(0.25, 0.75))


def write_wide(word: str, random: Random) -> str:
    """Full width, small or capital, all or from the second letter."""
    text = word.upper() if random.random() < 0.5 else word
    first = random.randrange(2)
    return text[:first] + "".join(chr(ord(letter) + 0xFEE0) for letter in text[first:])


def write_alphabet(word: str, random: Random) -> str:
    """Fraktur, double-struck, typewriter, slanted, circled or squared capitals."""
    start = random.choice(ALPHABETS)
    return "".join(
        letter if letter in HOLES.get(start, "") else chr(start + ord(letter) - ord("A")) for letter in word.upper()
    )


def write_flags(word: str, random: Random) -> str:
    """Flag letters, kept apart by something so that no flag is drawn."""
    gap = random.choice(("", "\u200b", "\u2060", " "))
    return gap.join(chr(0x1F1E6 + ord(letter) - ord("a")) for letter in word)


def insert(word: str, parts: tuple[str, ...] | str, random: Random, count: int) -> str:
    """Insert parts between letters, at `count` different places."""
    places = set(random.sample(range(1, len(word)), min(count, len(word) - 1)))
    return "".join((random.choice(parts) if number in places else "") + letter for number, letter in enumerate(word))


def insert_invisible(word: str, random: Random) -> str:
    return insert(word, INVISIBLE, random, random.randint(1, 5))


def insert_emoji(word: str, random: Random) -> str:
    return insert(word, FLOWERS, random, random.choice((1, 2, len(word))))


def separate(word: str, random: Random) -> str:
    """One sign between all letters, or between some."""
    sign = random.choice(SIGNS)
    return sign.join(word) if random.random() < 0.7 else insert(word, (sign,), random, random.randint(1, 4))


def space(word: str, random: Random) -> str:
    """A wide gap between all letters."""
    return random.choice(GAPS).join(word)


def split(word: str, random: Random) -> str:
    """One space inside."""
    place = random.randint(2, len(word) - 2)
    return word[:place] + " " + word[place:]


def repeat(word: str, random: Random) -> str:
    """One to three letters written three to six times, or every letter twice."""
    if random.random() < 0.15:
        return "".join(letter * 2 for letter in word)
    chosen = set(random.sample(range(len(word)), random.randint(1, 3)))
    return "".join(letter * (random.randint(3, 6) if number in chosen else 1) for number, letter in enumerate(word))


def decorate(word: str, random: Random) -> str:
    """Marks below and through the letters, several on one, or stroked letters."""
    if random.random() < 0.4:
        return replace_some(word, STROKED, random, 0.8)
    return "".join(letter + "".join(random.choices(MARKS, k=random.randrange(3))) for letter in word)


def mask(word: str, random: Random) -> str:
    """Stars for all vowels up to three, or for one to two letters after the first."""
    vowels = [number for number, letter in enumerate(word) if letter in "aeiou" and number][:3]
    if random.random() < 0.5 and vowels:
        places = set(vowels)
    else:
        places = set(random.sample(range(1, len(word)), random.randint(1, 2)))
    return "".join("*" if number in places else letter for number, letter in enumerate(word))


def mistype(word: str, random: Random) -> str:
    """A neighbour swapped in, a letter lost, doubled by another, or two changed about."""
    place = random.randint(1, len(word) - 2)
    kind = random.randrange(4)
    if kind == 0:
        return word[:place] + word[place + 1 :]
    if kind == 1:
        return word[:place] + random.choice("aeioumnrs") + word[place:]
    if kind == 2:
        return word[:place] + random.choice("aeioumnrs") + word[place + 1 :]
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def write_cyrillic(word: str, _: Random) -> str:
    return "".join(TO_CYRILLIC[letter] for letter in word)


def write_greek(word: str, _: Random) -> str:
    return "".join(TO_GREEK[letter] for letter in word)


def combine(word: str, random: Random) -> str:
    """Two or three of: signs, look-alikes, invisible characters, case, marks, a separator."""
    steps = random.sample((write_leet, write_glyphs, insert_invisible, change_case, mark_one, separate_all), 2)
    steps.sort(key=lambda step: step in (insert_invisible, mark_one, separate_all))
    for step in steps:
        word = step(word, random)
    return unicodedata.normalize("NFC", word)


def mark_one(word: str, random: Random) -> str:
    place = random.randrange(1, len(word))
    return word[:place] + random.choice(MARKS) + word[place:]


def separate_all(word: str, random: Random) -> str:
    return random.choice("·~=/").join(word)


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
}

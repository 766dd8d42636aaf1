"""Reads a chunk that mixes scripts, character by character from the original: each as the Latin letter it looks like.

Only for such chunks: alone, letters of other scripts are themselves.
"""

from jacana.detect.text.folding.scripts import CAPITAL_LOOK_ALIKES, EMOJI, is_dropped, is_within
from jacana.detect.text.folding.tables import cure, fold_code

EMPTY = ""


class MixedTable(dict[str, str]):
    """What each character of a mixed chunk looks like: one letter or sign, or nothing."""

    def __missing__(self, character: str) -> str:
        """Decide once for each character."""
        value = self[character] = read_character(character)
        return value


def read_character(character: str) -> str:
    """Return the Latin letter that a character looks like, itself if none; nothing for what shows nothing."""
    code = ord(character)
    if code < 0x80:
        return character.lower()
    if is_dropped(code) or 0xD800 <= code < 0xE000:
        return EMPTY
    if character in CAPITAL_LOOK_ALIKES:
        return CAPITAL_LOOK_ALIKES[character]
    folded = fold_code(code)
    if folded.isascii() or is_within(code, EMOJI):
        return folded
    cured = cure(character)
    return cured if len(cured) == 1 and cured.isascii() else folded


TABLE = MixedTable()


def read_mixed(chunk: str) -> tuple[str, list[int]]:
    """Return a chunk as it looks, and for each of its characters the offset in the chunk."""
    letters: list[str] = []
    origin: list[int] = []
    for offset, character in enumerate(chunk):
        for letter in TABLE[character]:
            letters.append(letter)
            origin.append(offset)
    return "".join(letters), origin

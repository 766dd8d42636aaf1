"""What a text is made of, for finding the words that confirmed accounts share. Pure. Keeps no address and no handle."""

import re
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from jacana.detect.text.folding.fold import fold_text
from jacana.detect.text.folding.scripts import EMOJI

WORD_LENGTHS = (2, 40)
"""Shortest and longest word that counts."""

EMOJI_AT_MOST = 6
"""Longest row of emoji that counts as a whole; of a longer one its pairs still do."""

HASH = "#"

_LEFT_OUT = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\S+|@\w+", re.IGNORECASE)
_BREAK = re.compile(r"[^\w\s]+")
_HASHTAG = re.compile(r"#(\w+)")


class FeatureKind(StrEnum):
    """What a feature is. It can be told from the feature's text."""

    WORD = "word"
    PHRASE = "phrase"
    HASHTAG = "hashtag"
    EMOJI = "emoji"


def list_features(text: str) -> set[str]:
    """Return the folded words, pairs of neighbouring words, hashtags (`#…`) and rows of emoji of a text.

    Web and mail addresses and handles are left out. Of a script without spaces a word is what stands between signs.
    """
    folded = fold_text(_LEFT_OUT.sub(" ", text))
    found: set[str] = set()
    for part in _BREAK.split(folded):
        words = part.split()
        kept = [word if _is_word(word) else "" for word in words]
        found.update(kept)
        found.update(f"{one} {two}" for one, two in pairwise(kept) if one and two)
    found.discard("")
    found.update(HASH + tag for tag in _HASHTAG.findall(folded) if _is_word(tag))
    if not folded.isascii():
        for row in _emoji_row().findall(folded):
            found.update(row[start : start + 2] for start in range(len(row) - 1))
            if len(row) <= EMOJI_AT_MOST:
                found.add(row)
    return found


def kind_of(feature: str) -> FeatureKind:
    """Return what a feature is."""
    if feature.startswith(HASH):
        return FeatureKind.HASHTAG
    if " " in feature:
        return FeatureKind.PHRASE
    return FeatureKind.EMOJI if _emoji_row().match(feature) else FeatureKind.WORD


def list_parts(feature: str) -> set[str]:
    """Return the smaller features that a feature holds: the words of a phrase or hashtag, the pairs of a row."""
    kind = kind_of(feature)
    if kind is FeatureKind.EMOJI:
        return {feature[start : start + 2] for start in range(len(feature) - 1)} - {feature}
    return set() if kind is FeatureKind.WORD else set(feature.removeprefix(HASH).split())


def _is_word(word: str) -> bool:
    return WORD_LENGTHS[0] <= len(word) <= WORD_LENGTHS[1] and not word.isdigit()


@lru_cache(maxsize=1)
def _emoji_row() -> re.Pattern[str]:
    ranges = "".join(f"{chr(first)}-{chr(last)}" for first, last in EMOJI)
    return re.compile(f"[{ranges}]{{2,}}")

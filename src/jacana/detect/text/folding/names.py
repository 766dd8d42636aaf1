"""User names: one form to compare them by, and the words inside them although they hold no spaces."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from jacana.detect.text.folding.fold import FoldedBatch, fold_text
from jacana.detect.text.folding.leet import make_key

TRAILING_NUMBER = re.compile(r"[\d\W_]+$")
TAG = re.compile(r"[#@＃＠][^\s#@＃＠]{4,}")
WORD = re.compile(r"[^\W_]+")
LEAST_NAME = 3
"""Letters that must remain when a trailing number is taken off."""
LONGEST_NAME = 64
"""Code points of the longest text that is read as a user name."""
AFFIX = re.compile(
    r"a|acc|account|all|and|art|baby|backup|best|boy|by|club|cute|daily|de|dear|es|fan|fans|for|fr|girl|hd|hi|i|iam|im|"
    r"in|io|is|its|just|king|la|land|le|life|lil|live|lol|love|lover|loves|luv|me|mini|miss|mr|mrs|ms|my|new|not|of|"
    r"official|ok|old|on|only|own|page|pics|pro|queen|real|sir|so|star|super|the|this|to|top|true|tv|uk|us|usa|version|"
    r"vibes|vid|video|videos|vids|vip|we|world|x|xd|xo|xoxo|xx|xxx|y|you|your|yt|z"
)
"""What people put before or after a word in a user name."""


def fold_name(name: str) -> str:
    """Return the form by which user names are compared.

    Case, look-alikes, digits for letters, separators, repeats and a number at the end are gone.
    """
    folded = fold_text(name)
    bare = TRAILING_NUMBER.sub("", folded)
    key = make_key(bare)
    return key if len(key) >= LEAST_NAME else make_key(folded) or folded


def list_tags(text: str) -> Iterator[tuple[int, str]]:
    """Yield (offset, tag) of the hashtags and handles of a text, which are written like names."""
    if "#" in text or "@" in text or "＃" in text or "＠" in text:
        for match in TAG.finditer(text):
            if match.end() - match.start() <= LONGEST_NAME:
                yield match.start(), match[0]


def find_breaks(batch: FoldedBatch) -> NDArray[np.bool_]:
    """Return where a word begins inside a name: at a capital after a small letter, and between letters and digits."""
    codes = batch.codes[batch.origin]
    cases = load_cases()
    case = cases[np.minimum(codes, len(cases) - 1)]
    breaks = np.zeros(len(codes), np.bool_)
    if len(codes) > 1:
        breaks[1:] = (case[1:] == CAPITAL) & (case[:-1] == SMALL)
        breaks[1:] |= (case[1:] == DIGIT) != (case[:-1] == DIGIT)
        breaks[1:-1] |= (case[:-2] == CAPITAL) & (case[1:-1] == CAPITAL) & (case[2:] == SMALL)
    return breaks


SMALL, CAPITAL, DIGIT = 1, 2, 3
CASED = 0x2000


@lru_cache(maxsize=1)
def load_cases() -> NDArray[np.uint8]:
    """Return for each code point that has case, or is a digit, which. The last stands for all above."""
    kinds = {"Ll": SMALL, "Lu": CAPITAL, "Nd": DIGIT}
    return np.array([kinds.get(unicodedata.category(chr(code)), 0) for code in range(CASED)] + [0], np.uint8)


def is_affix(rest: str, least_letters: int) -> bool:
    """Tell whether a name's rest beside a word is what people put there: digits, a usual word, or long enough."""
    bare = rest.strip("0123456789")
    return not bare or AFFIX.fullmatch(bare) is not None or (bare.isalpha() and len(bare) >= least_letters)

"""Which parts of folded texts look as if somebody hid a word in them: only these are worth the canonical look.

Signs or digits among letters, things between letters, a letter three times, mixed scripts, letters alone in a row.
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from jacana.detect.text.folding.fold import FoldedBatch
from jacana.detect.text.folding.leet import SIGNS
from jacana.detect.text.folding.tables import SIZE, load_tables

LONGEST_CHUNK = 160
"""Characters of the longest chunk that is looked at: addresses and keyboards fallen asleep on are longer."""
SHORTEST_ROW = 4
"""Letters standing alone in a row that look spaced out."""
WIDEST_GAP = 5
"""Characters between two letters of one row."""
STRONG_SIGNS = "@$€£¥¢§°×*|^+"
SPACES = (*range(0x21), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x2800, 0x3000)
LETTER_SCRIPTS = ((1, 0x41, 0x24F), (2, 0x400, 0x52F), (3, 0x370, 0x3FF), (1, 0x1E00, 0x1EFF), (3, 0x1F00, 0x1FFF))

Places = list[tuple[int, int]]


class Kind(IntEnum):
    """What a folded character is to the triggers."""

    SPACE = 0
    LETTER = 1
    DIGIT = 2
    STRONG = 3
    """A sign that is a letter, or a star that hides one, even at a word's edge."""
    OTHER = 4
    """Weak signs, masks, punctuation, emoji: they tell only between letters."""


@dataclass(frozen=True, slots=True)
class Evasive:
    """Pieces of the folded texts, as (start, end): chunks between spaces, and rows of letters that stand alone."""

    chunks: Places
    mixed: Places
    """Chunks among them that hold letters of other scripts."""
    rows: Places


@lru_cache(maxsize=1)
def load_kinds() -> NDArray[np.uint8]:
    """Return the Kind of every folded code point."""
    kinds = np.full(SIZE, Kind.OTHER, np.uint8)
    kinds[load_tables().word > 0] = Kind.LETTER
    kinds[list(SPACES)] = Kind.SPACE
    kinds[ord("0") : ord("9") + 1] = Kind.DIGIT
    for sign in STRONG_SIGNS:
        kinds[ord(sign)] = Kind.STRONG
    for sign in SIGNS:
        if sign.isalpha():
            kinds[ord(sign)] = Kind.LETTER
    return kinds


@lru_cache(maxsize=1)
def load_scripts() -> NDArray[np.uint8]:
    """Return the script of every code point of an original: 1 Latin, 2 Cyrillic, 3 Greek, 4 another, 0 no letter."""
    scripts = (load_tables().word > 0).astype(np.uint8) * np.uint8(4)
    for script, first, last in LETTER_SCRIPTS:
        part = scripts[first : last + 1]
        part[part > 0] = script
    scripts[0x1D400:0x1D800] = scripts[0xFF21:0xFF5B] = 1
    scripts[ord("0") : ord("9") + 1] = 0
    scripts[0x300:0x370] = 0
    return scripts


def find_evasive(batch: FoldedBatch) -> Evasive:
    """Return what looks evasive in a batch."""
    kinds = load_kinds()[batch.folded]
    foreign = len(batch.codes) > 0 and int(batch.codes.max()) >= 0x80
    scripts = load_scripts()[batch.codes[batch.origin]] if foreign else None
    spaces = np.flatnonzero(kinds == Kind.SPACE)
    triggers = np.flatnonzero(find_triggers(batch.folded, kinds, scripts))
    numbers = np.unique(np.searchsorted(spaces, triggers))
    ends = spaces[numbers]
    starts = np.where(numbers > 0, spaces[np.maximum(numbers - 1, 0)] + 1, 0)
    fits = ends - starts <= LONGEST_CHUNK
    starts, ends = starts[fits], ends[fits]
    chunks = list(zip(starts.tolist(), ends.tolist(), strict=True))
    mixed: Places = []
    if scripts is not None:
        other = find_holding(scripts > 1, starts, ends)
        mixed = list(zip(starts[other].tolist(), ends[other].tolist(), strict=True))
    return Evasive(chunks, mixed, find_rows(batch, kinds))


def find_holding(what: NDArray[np.bool_], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which pieces hold a character of which `what` is true."""
    count = np.concatenate([[0], np.cumsum(what)])
    return np.asarray(count[ends] > count[starts])


def find_triggers(
    folded: NDArray[np.uint32], kinds: NDArray[np.uint8], scripts: NDArray[np.uint8] | None
) -> NDArray[np.bool_]:
    """Return which characters make their chunk look evasive. No scripts: all is ASCII."""
    letter = kinds == Kind.LETTER
    found = np.zeros(len(kinds), np.bool_)
    if len(kinds) < 3:
        return found
    before, here, after = letter[:-2], kinds[1:-1], letter[2:]
    # Something between two characters of a chunk, a letter after it; or a digit or strong sign beside a letter.
    found[1:-1] = (here > Kind.LETTER) & after & (kinds[:-2] != Kind.SPACE)
    # A weak sign between a letter and a digit or strong sign: two signs in a row.
    strong_after = (kinds[2:] == Kind.DIGIT) | (kinds[2:] == Kind.STRONG)
    found[1:-1] |= (here == Kind.OTHER) & before & strong_after
    found[1:-1] |= ((here == Kind.DIGIT) | (here == Kind.STRONG)) & (before | after)
    found[0] = kinds[0] in (Kind.DIGIT, Kind.STRONG) and bool(letter[1])
    found[2:] |= (folded[2:] == folded[1:-1]) & (folded[2:] == folded[:-2]) & letter[2:]
    pair = (folded[1:] == folded[:-1]) & letter[1:]
    found[5:] |= pair[4:] & pair[2:-2] & pair[:-4]  # every letter twice
    if scripts is not None:
        found[1:] |= (scripts[1:] != scripts[:-1]) & (scripts[1:] > 0) & (scripts[:-1] > 0)
    return found


def find_rows(batch: FoldedBatch, kinds: NDArray[np.uint8]) -> Places:
    """Return where letters (or signs for them) stand alone, one after the other."""
    core = (kinds >= Kind.LETTER) & (kinds <= Kind.STRONG)
    places = np.flatnonzero(core)
    if len(places) < SHORTEST_ROW:
        return []
    gaps = np.diff(places)
    parted = np.concatenate([[True], gaps > 1, [True]])
    alone = parted[:-1] & parted[1:]
    near = gaps <= WIDEST_GAP
    many = alone[:-3] & alone[1:-2] & alone[2:-1] & alone[3:] & near[:-2] & near[1:-1] & near[2:]
    if not many.any():
        return []
    ends = np.searchsorted(batch.origin, batch.ends)
    rows: Places = []
    for first in np.flatnonzero(many).tolist():
        last = first + SHORTEST_ROW - 1
        if rows and rows[-1][1] >= first and not has_end(ends, int(places[rows[-1][0]]), int(places[last])):
            rows[-1] = rows[-1][0], last
        elif not has_end(ends, int(places[first]), int(places[last])):
            rows.append((first, last))
    return [(int(places[first]), int(places[last]) + 1) for first, last in rows]


def has_end(ends: NDArray[np.int64], start: int, end: int) -> bool:
    """Tell whether a text ends between two places."""
    return bool(np.searchsorted(ends, start) != np.searchsorted(ends, end))

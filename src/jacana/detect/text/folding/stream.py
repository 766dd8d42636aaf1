"""The words of folded texts in one row, one space before and after each: what the automaton reads.

A term found with its spaces is a whole word; a phrase is found over whatever stood between its words.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jacana.detect.text.folding.fold import FoldedBatch, decode, fold_batch
from jacana.detect.text.folding.scripts import FLAG_LETTERS
from jacana.detect.text.folding.tables import WordClass, load_tables

SPACE, END = 0x20, 0x0A


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class WordStream:
    """The words of a batch: ` word word \\n word …`; `\\n` ends a text and is in no word."""

    text: str
    codes: NDArray[np.uint32]
    origin: NDArray[np.int64]
    """Index into the batch's folded characters; of a space, that of the character after it."""


def classify_words(batch: FoldedBatch) -> NDArray[np.uint8]:
    """Return the WordClass of every folded character; separators between texts are none."""
    kinds = load_tables().word[batch.folded]
    codes = batch.codes
    first, last = FLAG_LETTERS[0]
    if len(codes) and int(codes.max()) >= first:
        flag = (codes >= first) & (codes <= last)
        if flag.any():
            kinds[flag[batch.origin]] = WordClass.FLAG
    return kinds


def build_stream(batch: FoldedBatch, breaks: NDArray[np.bool_] | None = None) -> WordStream:
    """Return the words of a batch. A word also begins where `breaks` says so (an index into the folded)."""
    kinds = classify_words(batch)
    word = kinds > 0
    starts = word.copy()
    starts[1:] &= kinds[1:] != kinds[:-1]
    if breaks is not None:
        starts |= breaks & word
    ended = np.searchsorted(batch.origin, batch.ends)
    counts = word.astype(np.int64)
    counts += starts
    counts[ended] = 2
    place = np.cumsum(counts)
    total = int(place[-1]) if len(place) else 0
    place -= 1
    codes = np.full(total, SPACE, np.uint32)
    origin = np.zeros(total, np.int64)
    kept = np.flatnonzero(counts)
    codes[place[kept]] = batch.folded[kept]
    origin[place[kept]] = kept
    codes[place[ended]] = END
    double = np.flatnonzero(counts == 2)
    origin[place[double] - 1] = double
    return WordStream(decode(codes), codes, origin)


def list_words(text: str) -> list[str]:
    """Return the folded words of one text, runs of a script without spaces as one word."""
    return build_stream(fold_batch([text])).text.split()


def stream_text(text: str) -> str:
    """Return ` word word ` of one text, a space alone if it has no word."""
    return build_stream(fold_batch([text])).text.rstrip("\n")

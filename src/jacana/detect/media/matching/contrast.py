"""How one file compares with another over its whole length: distances, near or not, and the runs that match. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.hashing.frames import WHOLE_FRAME, WindowHashes
from jacana.detect.media.matching.match import (
    EntryMatch,
    Pairs,
    UploadRows,
    find_near,
    follow_turns,
    keep_pairs,
    match_entry,
)
from jacana.detect.media.matching.rows import tell_informative
from jacana.detect.media.matching.segments import Run, align_pairs
from jacana.model.bank import EXACT_DISTANCE, Bank

PLAIN_RULE = Bank("", "", "", None, (), EXACT_DISTANCE, 50, 1.0, datetime.min.replace(tzinfo=UTC))
"""The rules of a bank for which nobody said anything else."""

FARTHEST = 256

_WORDS_AT_ONCE = 4_000_000

Distances = NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Contrast:
    """One file against another. Arrays (n,) are by moment of the first file."""

    moments: NDArray[np.float64]
    as_shown: Distances
    """Distance to the nearest whole frame of the other, neither changed; FARTHEST where nothing carries information."""
    any_way: Distances
    """The same with either turned, cut from its borders, or a window of it, where windows were hashed (`signed`)."""
    signed: NDArray[np.bool_]
    match: EntryMatch | None
    """What matching says under PLAIN_RULE."""
    runs: tuple[Run, ...]


def contrast_files(upload: UploadRows, entry: WindowHashes) -> Contrast:
    """Compare every row of one file with every row of another, by brute force."""
    rows, rule = upload.rows, PLAIN_RULE
    row, column, distance = find_near(rows.pdq, entry.pdq, rule.max_distance)
    pairs = keep_pairs(upload, entry, Pairs(row, column, distance, rows.orientation[row]), rule)
    pairs = keep_pairs(upload, entry, follow_turns(upload, entry, pairs, rule.max_distance), rule)
    match = match_entry(upload, entry, pairs, rule)
    telling, telling_entry = (tell_informative(each, rule.min_quality) for each in (rows, entry))
    plain = telling & (rows.window == WHOLE_FRAME) & (rows.orientation == 0)
    plain_entry = telling_entry & (entry.window == WHOLE_FRAME)
    as_shown = np.full(len(upload.moments), FARTHEST, np.uint16)
    np.minimum.at(as_shown, upload.moment[plain], find_nearest(rows.pdq[plain], entry.pdq[plain_entry]))
    signed = np.zeros(len(upload.moments), np.bool_)
    signed[upload.moment[(rows.window != WHOLE_FRAME) | (rows.orientation > 0)]] = True
    asked = telling & signed[upload.moment]
    any_way = as_shown.copy()
    np.minimum.at(any_way, upload.moment[asked], find_nearest(rows.pdq[asked], entry.pdq[telling_entry]))
    runs: list[Run] = []
    if match is not None:
        found = match.all_pairs
        runs = align_pairs(rows.seconds[found.row], entry.seconds[found.column], found.distance, upload.moments)
    return Contrast(upload.moments, as_shown, any_way, signed, match, tuple(runs))


def find_nearest(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> Distances:
    """Return for each hash of (n, 32) the distance to the nearest of (m, 32), FARTHEST if there is none."""
    nearest = np.full(len(left), FARTHEST, np.uint16)
    words_left = np.ascontiguousarray(left).view(np.uint64)
    words_right = np.ascontiguousarray(right).view(np.uint64)
    step = max(1, _WORDS_AT_ONCE // max(1, len(right)))
    for start in range(0, len(left) if len(right) else 0, step):
        part = words_left[start : start + step]
        total = np.zeros((len(part), len(right)), np.uint16)
        for word in range(4):
            total += np.bitwise_count(part[:, word, None] ^ words_right[None, :, word])
        nearest[start : start + step] = total.min(axis=1)
    return nearest

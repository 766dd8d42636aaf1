"""Does an upload match one known file: the near pairs of their hashes against the rules of a bank. Pure.

A whole picture (the frame, what is inside its borders, an inset) near a whole picture is evidence by itself. A part of
a frame is weaker: a chance hit of one window is no match.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.hashing.frames import WHOLE_FRAME, WindowHashes
from jacana.detect.media.hashing.pdq import turn_hashes
from jacana.detect.media.matching.rows import limit_windows, tell_informative, tell_whole
from jacana.detect.media.matching.words import say_ways
from jacana.model.bank import Bank
from jacana.model.finding import FrameMatch

MAX_FRAME_MATCHES = 200
"""Most frame matches that a finding lists; beyond it the nearest are kept."""

NO_COVER = np.uint16(0xFFFF)

_PAIRS_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True)
class Pairs:
    """Rows of an upload near rows of an entry: row, column (n,), distance of 256 bits, orientation of the upload."""

    row: NDArray[np.intp]
    column: NDArray[np.intp]
    distance: NDArray[np.uint16]
    orientation: NDArray[np.uint8]

    def __len__(self) -> int:
        """Return how many."""
        return len(self.row)

    def take(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> "Pairs":
        """Return some of them, by mask or by index."""
        return Pairs(self.row[which], self.column[which], self.distance[which], self.orientation[which])


@dataclass(frozen=True, slots=True)
class UploadRows:
    """An upload laid out for comparison with many entries. `moment` (n,) numbers the times of its rows."""

    rows: WindowHashes
    moments: NDArray[np.float64]
    moment: NDArray[np.intp]
    single_picture: bool

    @classmethod
    def of(cls, rows: WindowHashes, *, single_picture: bool) -> "UploadRows":
        """Return the rows with the moments at which the upload was looked at numbered."""
        moments, moment = np.unique(rows.seconds, return_inverse=True)
        return cls(rows, moments, moment, single_picture)


@dataclass(frozen=True, slots=True)
class EntryMatch:
    """How an entry meets an upload. `pairs` holds the nearest pair of each matching moment, in time order."""

    pairs: Pairs
    matched_seconds: int
    """Distinct whole seconds of the upload in which a frame matches."""
    matched_fraction: float
    """Those over all seconds of the upload that were looked at in the same way and carry information."""
    nearest: int
    mean_distance: float
    ways: tuple[str, ...]
    all_pairs: Pairs
    """Every pair that counts."""
    left_out: int = 0
    """Moments that would have matched, but are as near or nearer to a benign entry."""


def match_entry(
    upload: UploadRows, entry: WindowHashes, pairs: Pairs, bank: Bank, cover: NDArray[np.uint16] | None = None
) -> EntryMatch | None:
    """Return the match, or None if the bank's rule is not met.

    `pairs` are those that `keep_pairs` left. `cover` (rows of the upload,) is the distance of each to the nearest
    benign entry: pairs at that distance or farther do not count. The pairs must lie in enough distinct seconds: the
    bank's min_matched_seconds, or all that a shorter upload has. Where none of them is of two whole pictures, they must
    rest on two rows of the upload, unless it is a picture.
    """
    kept, left_out = pairs, 0
    if cover is not None:
        free = kept.distance < cover[kept.row]
        left_out = len(np.unique(upload.moment[kept.row[~free]]))
        kept = kept.take(free)
    looked = _find_looks(upload, kept, bank)
    if not len(kept) or not _rests_on_enough(upload, entry, kept):
        return None
    best = kept.take(_choose_nearest(upload, entry, kept))
    available = len(np.unique(np.floor(upload.moments[looked])))
    needed = 1 if upload.single_picture else min(bank.min_matched_seconds, available)
    matched_seconds = len(np.unique(np.floor(upload.rows.seconds[best.row])))
    if matched_seconds < needed:
        return None
    return EntryMatch(
        pairs=best,
        matched_seconds=matched_seconds,
        matched_fraction=matched_seconds / available,
        nearest=int(best.distance.min()),
        mean_distance=float(best.distance.mean()),
        ways=say_ways(upload.rows.window[best.row], best.orientation, entry.window[best.column]),
        all_pairs=kept,
        left_out=left_out,
    )


def keep_pairs(upload: UploadRows, entry: WindowHashes, pairs: Pairs, bank: Bank) -> Pairs:
    """Return the pairs that count: within the distance of bank and window, both rows of the bank's min_quality."""
    limits = np.minimum(limit_windows(upload.rows.window), bank.max_distance)
    near = pairs.distance <= np.minimum(limits[pairs.row], limit_windows(entry.window)[pairs.column])
    near &= tell_informative(upload.rows, bank.min_quality)[pairs.row]
    return pairs.take(near & tell_informative(entry, bank.min_quality)[pairs.column])


def follow_turns(upload: UploadRows, entry: WindowHashes, pairs: Pairs, max_distance: int) -> Pairs:
    """Return the pairs and those of whole frames turned as a matching frame is turned.

    Only key frames carry hashes of turned frames; that one of them matches says how to turn the rest.
    """
    rows = upload.rows
    turns = np.unique(pairs.orientation[(pairs.orientation > 0) & (rows.window[pairs.row] == WHOLE_FRAME)])
    if not len(turns):
        return pairs
    frames = np.flatnonzero((rows.window == WHOLE_FRAME) & (rows.orientation == 0))
    columns = np.flatnonzero((entry.window == WHOLE_FRAME) & (entry.orientation == 0))
    found = [pairs]
    for turn in turns:
        turned = turn_hashes(rows.pdq[frames])[:, turn]
        row, column, distance = find_near(turned, entry.pdq[columns], max_distance)
        found.append(Pairs(frames[row], columns[column], distance, np.full(len(row), turn, np.uint8)))
    return join_pairs(found)


def join_pairs(parts: list[Pairs]) -> Pairs:
    """Return all of them as one."""
    return Pairs(
        np.concatenate([part.row for part in parts]),
        np.concatenate([part.column for part in parts]),
        np.concatenate([part.distance for part in parts]),
        np.concatenate([part.orientation for part in parts]),
    )


def list_frames(upload: UploadRows, entry: WindowHashes, pairs: Pairs) -> tuple[FrameMatch, ...]:
    """Return the nearest pairs, at most MAX_FRAME_MATCHES, in time order, as a finding lists them."""
    listed = np.sort(np.argsort(pairs.distance, kind="stable")[:MAX_FRAME_MATCHES])
    return tuple(_list_frame(upload.rows, entry, pairs, int(index)) for index in listed)


def find_near(
    left: NDArray[np.uint8], right: NDArray[np.uint8], max_distance: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.uint16]]:
    """Return (row of left, row of right, distance) of every pair within max_distance of 256 bits, by brute force.

    `left` is (n, 32), `right` is (m, 32), both bytes. Memory stays bounded whatever n and m are.
    """
    words_left = np.ascontiguousarray(left).view(np.uint64)
    words_right = np.ascontiguousarray(right).view(np.uint64)
    width = min(max(1, len(right)), _PAIRS_AT_ONCE)
    step = max(1, _PAIRS_AT_ONCE // width)
    found = []
    for top in range(0, len(left), step):
        for start in range(0, len(right), width):
            distances = _distances(words_left[top : top + step], words_right[start : start + width])
            rows, columns = np.nonzero(distances <= max_distance)
            found.append((rows + top, columns + start, distances[rows, columns]))
    if not found:
        return np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0, np.uint16)
    rows, columns, near = (np.concatenate(part) for part in zip(*found, strict=True))
    return rows, columns, near


def score_match(match: EntryMatch, max_distance: int) -> float:
    """Return a score from 0.5 to 0.99: 0.5 for meeting the bank's rule, up to a quarter each for how much of the file
    matches and for how near its frames are on average. 1.0 is left to identical bytes.
    """
    closeness = 1 - match.mean_distance / (max_distance + 1)
    return round(min(0.99, 0.5 + 0.25 * match.matched_fraction + 0.25 * closeness), 4)


def _find_looks(upload: UploadRows, pairs: Pairs, bank: Bank) -> NDArray[np.intp]:
    """Return the moments that could have matched as these pairs do.

    Windows are hashed of some frames only: the others say nothing about a match that rests on windows alone.
    """
    informative = tell_informative(upload.rows, bank.min_quality)
    if len(pairs) and (upload.rows.window[pairs.row] != WHOLE_FRAME).all():
        informative &= upload.rows.window != WHOLE_FRAME
    return np.unique(upload.moment[informative])


def _rests_on_enough(upload: UploadRows, entry: WindowHashes, pairs: Pairs) -> bool:
    whole = tell_whole(upload.rows.window[pairs.row]) & tell_whole(entry.window[pairs.column])
    return bool(whole.any()) or upload.single_picture or len(upload.moments) == 1 or len(np.unique(pairs.row)) > 1


def _choose_nearest(upload: UploadRows, entry: WindowHashes, pairs: Pairs) -> NDArray[np.intp]:
    """Return the index of each moment's nearest pair; of equally near ones the least changed picture."""
    moment = upload.moment[pairs.row]
    change = (upload.rows.window[pairs.row] > 0).astype(np.int8) + (pairs.orientation > 0)
    change += entry.window[pairs.column] > 0
    order = np.lexsort((pairs.column, upload.rows.window[pairs.row], change, pairs.distance, moment))
    _, first = np.unique(moment[order], return_index=True)
    return order[first]


def _list_frame(rows: WindowHashes, entry: WindowHashes, pairs: Pairs, index: int) -> FrameMatch:
    row, column = pairs.row[index], pairs.column[index]
    plain = FrameMatch(
        seconds=float(rows.seconds[row]),
        quality=int(rows.quality[row]),
        entry_seconds=float(entry.seconds[column]),
        distance=int(pairs.distance[index]),
        window=int(rows.window[row]),
        orientation=int(pairs.orientation[index]),
        entry_window=int(entry.window[column]),
    )
    return replace(plain, rect=read_rect(rows, int(row))) if plain.window else plain


def read_rect(rows: WindowHashes, row: int) -> tuple[int, int, int, int] | None:
    """Return the part of the frame that a row is of, in 1/255 of it, or None for the whole frame."""
    if rows.window[row] == WHOLE_FRAME:
        return None
    x, y, width, height = (int(part) for part in rows.rect[row])
    return x, y, width, height


def _distances(left: NDArray[np.uint64], right: NDArray[np.uint64]) -> NDArray[np.uint16]:
    total = np.zeros((len(left), len(right)), np.uint16)  # 256 does not fit a byte
    for word in range(4):
        total += np.bitwise_count(left[:, word, None] ^ right[None, :, word])
    return total

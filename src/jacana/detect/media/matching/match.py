"""Compare the frames of one file with every frame of a bank: exact brute force, nothing missed. Pure.

Cost: about 1 ns for each pair of frames on one core, so ten sampled frames against a million take some 10 ms.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.hashing.frames import FrameHashes, unpack_frames
from jacana.model.bank import Bank, BankEntry
from jacana.model.finding import FrameMatch

MAX_FRAME_MATCHES = 200
"""Most frame matches that a finding lists; beyond it the nearest are kept."""

_PAIRS_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True)
class LoadedBank:
    """A bank laid out for comparison: its informative frames, and for each the row of `entries` it belongs to."""

    bank: Bank
    entries: tuple[BankEntry, ...]
    frames: FrameHashes
    entry_of: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class EntryMatch:
    """How one entry of a bank meets one file."""

    entry: BankEntry
    matched_seconds: int
    matched_fraction: float
    nearest: int
    frame_count: int
    """Matching frames of the file, before the list was cut."""
    frames: tuple[FrameMatch, ...]


def load_bank(bank: Bank, entries: Sequence[BankEntry]) -> LoadedBank:
    """Lay a bank out for comparison; frames below the bank's min_quality are left out."""
    # Digests and rules are kept of each entry; its packed frames would only be held twice.
    bare = tuple(
        BankEntry(entry.label, entry.md5, entry.sha1, entry.sha256, entry.frame_count, b"", entry.id)
        for entry in entries
    )
    all_frames = unpack_frames(b"".join(entry.frames for entry in entries))
    entry_of = np.repeat(np.arange(len(entries)), [entry.frame_count for entry in entries])
    return LoadedBank(bank, bare, *_keep(all_frames, entry_of, bank.min_quality))


def match_bank(frames: FrameHashes, loaded: LoadedBank, *, single_picture: bool = False) -> list[EntryMatch]:
    """Return the entries of a bank that a file matches, most matched seconds first.

    Two frames match when both have the bank's min_quality and their Hamming distance is at most its max_distance. An
    entry matches when its matching frames lie in enough distinct seconds of the file: the bank's min_matched_seconds,
    or all that a shorter file has; for a single picture one frame is enough.
    """
    query, _ = _keep(frames, np.arange(len(frames)), loaded.bank.min_quality)
    if not len(query) or not len(loaded.frames):
        return []
    available = len(np.unique(np.floor(query.seconds)))
    needed = 1 if single_picture else min(loaded.bank.min_matched_seconds, available)
    rows, columns, distances = find_near(query.pdq, loaded.frames.pdq, loaded.bank.max_distance)
    owners = loaded.entry_of[columns]
    matches = []
    for owner in np.unique(owners):
        mine = owners == owner
        match = _describe(loaded.entries[owner], query, loaded.frames, rows[mine], columns[mine], distances[mine])
        if match.matched_seconds >= needed:
            matches.append(match)
    return sorted(matches, key=lambda match: (-match.matched_seconds, match.nearest, match.entry.id))


def find_near(
    left: NDArray[np.uint8], right: NDArray[np.uint8], max_distance: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.uint16]]:
    """Return (row of left, row of right, distance) of every pair within max_distance of 256 bits.

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
    matches and for how near its listed frames are on average. 1.0 is left to identical bytes.
    """
    mean = sum(frame.distance for frame in match.frames) / len(match.frames)
    closeness = 1 - mean / (max_distance + 1)
    return round(min(0.99, 0.5 + 0.25 * match.matched_fraction + 0.25 * closeness), 4)


def _distances(left: NDArray[np.uint64], right: NDArray[np.uint64]) -> NDArray[np.uint16]:
    total = np.zeros((len(left), len(right)), np.uint16)  # 256 does not fit a byte
    for word in range(4):
        total += np.bitwise_count(left[:, word, None] ^ right[None, :, word])
    return total


def _keep(frames: FrameHashes, owners: NDArray[np.intp], min_quality: int) -> tuple[FrameHashes, NDArray[np.intp]]:
    kept = frames.quality >= min_quality
    return FrameHashes(frames.seconds[kept], frames.quality[kept], frames.pdq[kept]), owners[kept]


def _describe(
    entry: BankEntry,
    query: FrameHashes,
    known: FrameHashes,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    distances: NDArray[np.uint16],
) -> EntryMatch:
    # The nearest pair of each matching frame of the file: sorted by row, then distance, the first of each row.
    order = np.lexsort((columns, distances, rows))
    rows, columns, distances = rows[order], columns[order], distances[order]
    matched, first = np.unique(rows, return_index=True)
    columns, distances = columns[first], distances[first]
    listed = np.sort(np.argsort(distances, kind="stable")[:MAX_FRAME_MATCHES])
    return EntryMatch(
        entry=entry,
        matched_seconds=len(np.unique(np.floor(query.seconds[matched]))),
        matched_fraction=len(matched) / len(query),
        nearest=int(distances.min()),
        frame_count=len(matched),
        frames=tuple(
            FrameMatch(
                seconds=float(query.seconds[matched[index]]),
                quality=int(query.quality[matched[index]]),
                entry_seconds=float(known.seconds[columns[index]]),
                distance=int(distances[index]),
            )
            for index in listed
        ),
    )

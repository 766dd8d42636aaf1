"""The loops of the index, compiled: probing buckets, comparing, and filling the buckets of a new body.

A bucket table has one 64-bit word for eight buckets: the upper half says where their hashes begin in the chunk's list
of rows (its top bit: the counts do not fit), the lower half has eight counts of four bits. Where counts do not fit, the
bucket is found by halving the list of the eight, whose keys the hashes themselves tell: exact, and still no larger.
"""

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.index.address import Words
from jacana.detect.media.kernel import count_bits, kernel

Ints = NDArray[np.int64]
Rows = NDArray[np.uint32]
Bytes = NDArray[np.uint8]
Found = tuple[NDArray[np.int32], NDArray[np.uint32], NDArray[np.uint16]]
"""Buffers for pairs: which query, which row, how far."""


@kernel
def take_key(words: Words, shifts: Bytes, widths: Bytes) -> np.uint64:
    """Return a chunk's key of one hash (4,)."""
    key = np.uint64(0)
    for k in range(4):
        part = (words[k] >> np.uint64(shifts[k])) & ((np.uint64(1) << np.uint64(widths[k])) - np.uint64(1))
        key = (key << np.uint64(widths[k])) | part
    return key


@kernel
def measure(left: Words, right: Words) -> int:
    """Return the distance of two hashes (4,)."""
    return np.int64(
        count_bits(left[0] ^ right[0])
        + count_bits(left[1] ^ right[1])
        + count_bits(left[2] ^ right[2])
        + count_bits(left[3] ^ right[3])
    )


@kernel
def scan_rows(
    words: Words, queries: Words, wide: int, query: NDArray[np.int32], row: Rows, far: NDArray[np.uint16]
) -> int:
    """Compare every hash (n, 4) with every query (m, 4). Return how many pairs there are; store as many as fit."""
    found = 0
    block = 2048  # hashes that stay in the nearest cache while all queries pass over them
    for start in range(0, len(words), block):
        end = min(len(words), start + block)
        for q in range(len(queries)):
            q0, q1, q2, q3 = queries[q, 0], queries[q, 1], queries[q, 2], queries[q, 3]
            for i in range(start, end):
                half = count_bits(words[i, 0] ^ q0) + count_bits(words[i, 1] ^ q1)
                if half > wide:
                    continue
                distance = np.int64(half + count_bits(words[i, 2] ^ q2) + count_bits(words[i, 3] ^ q3))
                if distance <= wide:
                    if found < len(query):
                        query[found], row[found], far[found] = q, i, distance
                    found += 1
    return found


@kernel
def find_bucket(
    words: Words, ids: Rows, table: Words, key: np.uint64, shifts: Bytes, widths: Bytes
) -> tuple[np.int64, np.int64]:
    """Return where a bucket's rows begin and end in `ids`, when its eight counts did not fit."""
    low = np.int64((table[key >> np.uint64(3)] >> np.uint64(32)) & np.uint64(0x7FFFFFFF))
    stop = np.int64((table[(key >> np.uint64(3)) + np.uint64(1)] >> np.uint64(32)) & np.uint64(0x7FFFFFFF))
    high = stop
    while low < high:
        middle = (low + high) // 2
        if take_key(words[ids[middle]], shifts, widths) < key:
            low = middle + 1
        else:
            high = middle
    start, high = low, stop
    while low < high:
        middle = (low + high) // 2
        if take_key(words[ids[middle]], shifts, widths) <= key:
            low = middle + 1
        else:
            high = middle
    return start, low


@kernel
def probe_chunk(
    words: Words,
    ids: Rows,
    table: Words,
    masks: Rows,
    own: np.uint64,
    shifts: Bytes,
    widths: Bytes,
    starts: Ints,
    ends: Ints,
) -> tuple[int, int]:
    """Note the non-empty buckets around a key in `starts` and `ends`. Return how many, and their rows in all."""
    ranges, total = 0, 0
    for mask in masks:
        key = own ^ np.uint64(mask)
        word = table[key >> np.uint64(3)]
        place = (key & np.uint64(7)) << np.uint64(2)
        below = word & ((np.uint64(1) << place) - np.uint64(1))
        pairs = (below & np.uint64(0x0F0F0F0F)) + ((below >> np.uint64(4)) & np.uint64(0x0F0F0F0F))
        before = ((pairs * np.uint64(0x01010101)) >> np.uint64(24)) & np.uint64(0xFF)
        start = np.int64((word >> np.uint64(32)) + before)
        end = start + np.int64((word >> place) & np.uint64(15))
        if word >> np.uint64(63):
            start, end = find_bucket(words, ids, table, key, shifts, widths)
        starts[ranges], ends[ranges] = start, end
        ranges += np.int64(end > start)
        total += end - start
    return ranges, total


@kernel
def is_first(left: Words, right: Words, shifts: Bytes, widths: Bytes, radii: Bytes, chunk: int) -> bool:
    """Tell whether no chunk before this one finds the two hashes as well, so that a pair is told once."""
    for c in range(chunk):
        apart = take_key(left, shifts[c], widths[c]) ^ take_key(right, shifts[c], widths[c])
        if np.int64(count_bits(apart)) <= np.int64(radii[c]):
            return False
    return True


@kernel
def search_buckets(
    words: Words,
    ids: Rows,
    tables: Words,
    table_starts: Ints,
    masks: Rows,
    mask_starts: Ints,
    shifts: Bytes,
    widths: Bytes,
    radii: Bytes,
    queries: Words,
    wide: int,
    limit: int,
    spent: Ints,
    query: NDArray[np.int32],
    row: Rows,
    far: NDArray[np.uint16],
) -> int:
    """Find the pairs within `wide` that share a probed bucket. Return how many there are; store as many as fit.

    `spent` (queries,) counts candidates; a query whose candidates would exceed `limit` gets -1 there and is given up:
    its pairs are incomplete, and a scan is cheaper.
    """
    longest = 0
    for c in range(len(radii)):
        longest = max(longest, mask_starts[c + 1] - mask_starts[c])
    starts, ends = np.empty(longest, np.int64), np.empty(longest, np.int64)
    candidates = np.empty(limit + 1, np.uint32)
    found = 0
    for c in range(len(radii)):
        list_of, table = ids[c], tables[table_starts[c] : table_starts[c + 1]]
        around = masks[mask_starts[c] : mask_starts[c + 1]]
        for q in range(len(queries)):
            if spent[q] < 0:
                continue
            own = take_key(queries[q], shifts[c], widths[c])
            ranges, total = probe_chunk(words, list_of, table, around, own, shifts[c], widths[c], starts, ends)
            spent[q] = spent[q] + total if spent[q] + total <= limit else -1
            if spent[q] < 0:
                continue
            count = 0
            for r in range(ranges):
                for i in range(starts[r], ends[r]):
                    candidates[count] = list_of[i]
                    count += 1
            q0, q1, q2, q3 = queries[q, 0], queries[q, 1], queries[q, 2], queries[q, 3]
            for k in range(count):
                i = np.int64(candidates[k])
                half = count_bits(words[i, 0] ^ q0) + count_bits(words[i, 1] ^ q1)
                if half > wide:
                    continue
                distance = np.int64(half + count_bits(words[i, 2] ^ q2) + count_bits(words[i, 3] ^ q3))
                if distance > wide or not is_first(queries[q], words[i], shifts, widths, radii, c):
                    continue
                last = i + 1  # the rows after it with the same hash are in no list of their own
                while last < len(words) and measure(words[last], words[i]) == 0:
                    last += 1
                for same in range(i, last):
                    if found < len(query):
                        query[found], row[found], far[found] = q, same, distance
                    found += 1
    return found


@kernel
def mark_firsts(words: Words, firsts: Rows) -> int:
    """List the rows of sorted hashes (n, 4) that differ from the row before. Return how many."""
    count = 0
    for i in range(len(words)):
        if i == 0 or measure(words[i], words[i - 1]) != 0:
            firsts[count] = i
            count += 1
    return count


@kernel
def fill_buckets(words: Words, firsts: Rows, shifts: Bytes, widths: Bytes, ends: Rows, ids: Rows, table: Words) -> None:
    """Sort the rows by a chunk's key into `ids` and describe the buckets in `table`. `ends` (buckets + 1,) is scratch."""
    ends[:] = 0
    for i in firsts:
        ends[take_key(words[i], shifts, widths) + np.uint64(1)] += 1
    for key in range(1, len(ends)):
        ends[key] += ends[key - 1]
    for block in range(len(table)):
        first = min(8 * block, len(ends) - 1)
        word, fits = np.uint64(0), True
        for key in range(first, min(first + 8, len(ends) - 1)):
            size = ends[key + 1] - ends[key]
            fits = fits and size < 16
            word |= np.uint64(size & np.uint32(15)) << np.uint64(4 * (key - first))
        table[block] = word | (np.uint64(ends[first]) << np.uint64(32)) | (np.uint64(0 if fits else 1) << np.uint64(63))
    for i in firsts:
        key = take_key(words[i], shifts, widths)
        ids[ends[key]] = i
        ends[key] += 1


@kernel
def find_digests(rows: Bytes, starts: Rows, queries: Bytes, query: Ints, row: Ints) -> int:
    """Find digests (m, width) among sorted ones (n, width) by a table of leading bits. Return how many pairs there are."""
    bits, buckets = np.uint64(0), len(starts) - 1
    while (1 << np.int64(bits)) < buckets:
        bits += np.uint64(1)
    found = 0
    for q in range(len(queries)):
        key = np.uint64(0)
        for k in range(8):
            key = (key << np.uint64(8)) | np.uint64(queries[q, k])
        bucket = np.int64(key >> (np.uint64(64) - bits))
        for i in range(np.int64(starts[bucket]), np.int64(starts[bucket + 1])):
            same = True
            for k in range(queries.shape[1]):
                if rows[i, k] != queries[q, k]:
                    same = False
                    break
            if same:
                if found < len(query):
                    query[found], row[found] = q, i
                found += 1
    return found

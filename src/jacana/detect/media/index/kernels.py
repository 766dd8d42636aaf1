"""The loops of the index, compiled: probing buckets, comparing, and filling the buckets of a new body.

A bucket table has one 64-bit word for eight buckets: the upper half says where their hashes begin in the chunk's list
of rows (its top bit: the counts do not fit), the lower half has eight counts of four bits. Where counts do not fit, the
bucket is found by halving the list of the eight, whose keys the hashes themselves tell: exact, and still no larger.
"""

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.index.address import Words
from jacana.detect.media.kernel import count_bits, fetch_ahead, kernel

Ints = NDArray[np.int64]
Rows = NDArray[np.uint32]
Bytes = NDArray[np.uint8]
Pairs = tuple[NDArray[np.int32], Rows, NDArray[np.uint16]]
"""Where pairs are stored: which query, which row, how far. What does not fit is only counted."""
Probing = tuple[Rows, Words, Ints, Rows, Ints, Bytes, Bytes, Bytes]
"""Rows by key (chunks, n); bucket tables one after the other and where each begins; masks likewise; then shifts and
widths (chunks, 4) and radii (chunks,)."""


@kernel
def take_key(words: Words, shifts: Bytes, widths: Bytes) -> np.uint64:
    """Return a chunk's key of one hash (4,)."""
    key = np.uint64(0)
    for k in range(4):
        part = (words[k] >> np.uint64(shifts[k])) & ((np.uint64(1) << np.uint64(widths[k])) - np.uint64(1))
        key = (key << np.uint64(widths[k])) | part
    return key


@kernel
def is_same(left: Words, right: Words) -> bool:
    """Tell whether two hashes (4,) are equal."""
    return bool((left[0] == right[0]) & (left[1] == right[1]) & (left[2] == right[2]) & (left[3] == right[3]))


@kernel
def scan_rows(words: Words, queries: Words, wide: int, pairs: Pairs) -> np.int64:
    """Compare every hash (n, 4) with every query (m, 4). Return how many pairs within `wide` there are."""
    query, row, far = pairs
    found = np.int64(0)
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
def probe_buckets(
    words: Words, ids: Rows, table: Words, masks: Rows, own: np.uint64, shifts: Bytes, widths: Bytes, spans: Ints
) -> tuple[np.int64, np.int64]:
    """Note the non-empty buckets around a key in `spans` (n, 2): begin, end. Return how many, and of how many rows."""
    count, total = np.int64(0), np.int64(0)
    for mask in masks:  # all asked for before the first is read
        fetch_ahead(table, np.int64((own ^ np.uint64(mask)) >> np.uint64(3)))
    for mask in masks:
        key = own ^ np.uint64(mask)
        word = table[key >> np.uint64(3)]
        place = (key & np.uint64(7)) << np.uint64(2)
        below = word & ((np.uint64(1) << place) - np.uint64(1))
        sums = (below & np.uint64(0x0F0F0F0F)) + ((below >> np.uint64(4)) & np.uint64(0x0F0F0F0F))
        before = ((sums * np.uint64(0x01010101)) >> np.uint64(24)) & np.uint64(0xFF)
        start = np.int64((word >> np.uint64(32)) + before)
        end = start + np.int64((word >> place) & np.uint64(15))
        if word >> np.uint64(63):
            start, end = find_bucket(words, ids, table, key, shifts, widths)
        fetch_ahead(ids, start)
        spans[count, 0], spans[count, 1] = start, end
        count += np.int64(end > start)  # no branch: which buckets are empty cannot be foretold
        total += end - start
    return count, total


@kernel
def is_first(left: Words, right: Words, shifts: Bytes, widths: Bytes, radii: Bytes, chunk: int) -> bool:
    """Tell whether no chunk before this one finds the two hashes as well, so that a pair is told once."""
    for c in range(chunk):
        apart = take_key(left, shifts[c], widths[c]) ^ take_key(right, shifts[c], widths[c])
        if np.int64(count_bits(apart)) <= np.int64(radii[c]):
            return False
    return True


@kernel
def compare_candidates(
    words: Words,
    candidates: Rows,
    own: Words,
    q: int,
    chunk: int,
    probing: Probing,
    wide: int,
    found: np.int64,
    pairs: Pairs,
) -> np.int64:
    """Compare query `q`, the hash `own` (4,), with rows that share a bucket. Return how many pairs there are now."""
    query, row, far = pairs
    q0, q1, q2, q3 = own[0], own[1], own[2], own[3]
    for candidate in candidates:
        i = np.int64(candidate)
        half = count_bits(words[i, 0] ^ q0) + count_bits(words[i, 1] ^ q1)
        if half > wide:
            continue
        distance = np.int64(half + count_bits(words[i, 2] ^ q2) + count_bits(words[i, 3] ^ q3))
        if distance > wide or not is_first(own, words[i], probing[5], probing[6], probing[7], chunk):
            continue
        last = i + 1  # the rows after it with the same hash are in no list of their own
        while last < len(words) and is_same(words[last], words[i]):
            last += 1
        for same in range(i, last):
            if found < len(query):
                query[found], row[found], far[found] = q, same, distance
            found += 1
    return found


@kernel
def gather_rows(words: Words, listed: Rows, spans: Ints, candidates: Rows) -> np.int64:
    """Put the rows of these spans (n, 2) of a list one after the other. Return how many there are.

    Time goes into waiting for memory: lists and hashes are asked for long before they are read, many at once.
    """
    count = np.int64(0)
    for start, end in spans:
        for i in range(start, end):
            candidates[count] = listed[i]
            fetch_ahead(words, np.int64(listed[i]))
            count += 1
    return count


@kernel
def search_buckets(
    words: Words, probing: Probing, queries: Words, wide: int, limit: int, spent: Ints, pairs: Pairs
) -> np.int64:
    """Find the pairs within `wide` that share a probed bucket. Return how many there are.

    `spent` (queries,) counts candidates; a query whose candidates would exceed `limit` gets -1 there and is given up:
    its pairs are incomplete, and a scan is cheaper. One chunk after the other, so that its table stays in the cache.
    """
    ids, tables, table_starts, masks, mask_starts, shifts, widths, radii = probing
    spans = np.empty((np.max(mask_starts[1:] - mask_starts[:-1]), 2), np.int64)
    candidates = np.empty(limit + 1, np.uint32)
    found = np.int64(0)
    for c in range(len(radii)):
        table = tables[table_starts[c] : table_starts[c + 1]]
        around = masks[mask_starts[c] : mask_starts[c + 1]]
        for q in range(len(queries)):
            if spent[q] < 0:
                continue
            own = take_key(queries[q], shifts[c], widths[c])
            count, total = probe_buckets(words, ids[c], table, around, own, shifts[c], widths[c], spans)
            spent[q] = spent[q] + total if spent[q] + total <= limit else -1
            if spent[q] >= 0:
                taken = gather_rows(words, ids[c], spans[:count], candidates)
                near = candidates[:taken]
                found = compare_candidates(words, near, queries[q], q, c, probing, wide, found, pairs)
    return found


@kernel
def list_firsts(words: Words, firsts: Rows) -> int:
    """List the rows of sorted hashes (n, 4) that differ from the row before. Return how many."""
    count = 0
    for i in range(len(words)):
        if i == 0 or not is_same(words[i], words[i - 1]):
            firsts[count] = i
            count += 1
    return count


@kernel
def fill_buckets(words: Words, firsts: Rows, shifts: Bytes, widths: Bytes, ends: Rows, ids: Rows, table: Words) -> None:
    """List the rows by a chunk's key in `ids` and its buckets in `table`; `ends` (buckets + 1,) is scratch."""
    ends[:] = 0
    for i in firsts:
        ends[take_key(words[i], shifts, widths) + np.uint64(1)] += np.uint32(1)
    for at in range(1, len(ends)):
        ends[at] += ends[at - 1]
    for block in range(len(table)):
        first = min(8 * block, len(ends) - 1)
        word = np.uint64(ends[first]) << np.uint64(32)
        for at in range(first, min(first + 8, len(ends) - 1)):
            size = np.uint64(ends[at + 1] - ends[at])
            if size > np.uint64(15):
                word |= np.uint64(1) << np.uint64(63)
            word |= (size & np.uint64(15)) << np.uint64(4 * (at - first))
        table[block] = word
    for i in firsts:
        key = take_key(words[i], shifts, widths)
        ids[ends[key]] = i
        ends[key] += np.uint32(1)


@kernel
def find_digests(rows: Bytes, starts: Rows, queries: Bytes, query: Ints, row: Ints) -> int:
    """Find digests (m, width) among sorted ones (n, width) by a table of their leading bits. Return how many pairs."""
    bits = np.uint64(0)
    while (1 << np.int64(bits)) < len(starts) - 1:
        bits += np.uint64(1)
    found = 0
    for q in range(len(queries)):
        key = np.uint64(0)
        for k in range(8):
            key = (key << np.uint64(8)) | np.uint64(queries[q, k])
        bucket = np.int64(key >> (np.uint64(64) - bits))
        for i in range(np.int64(starts[bucket]), np.int64(starts[bucket + 1])):
            k = 0
            while k < queries.shape[1] and rows[i, k] == queries[q, k]:
                k += 1
            if k == queries.shape[1]:
                if found < len(query):
                    query[found], row[found] = q, i
                found += 1
    return found

"""Looks bare PDQ hashes up among everything known, for callers that have no file: a look-up API, a tool.

A hash alone says nothing of its picture's quality or of time, so a match here is weaker than one of an upload.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from jacana.db.engine import Connection
from jacana.detect.media.index.address import split_addresses
from jacana.detect.media.known import KnownEntry, KnownMedia
from jacana.model.bank import Bank, BankEntry, BankRole

QUERIES_AT_ONCE = 16
"""Every frame of a standing picture is a hit of each hash near it, so that a whole batch's hits may not fit."""


@dataclass(frozen=True, slots=True)
class HashMatch:
    """One entry that a hash is near, and the fewest bits, of 256, between the hash and any of the entry's."""

    bank: Bank
    entry: BankEntry
    distance: int


def search_hashes(
    known: KnownMedia, connection: Connection, hashes: NDArray[np.uint8], now: datetime
) -> list[list[HashMatch]]:
    """Return, for each hash of (n, 32), the entries within their bank's distance, nearest first; benign ones too.

    What is at least as near to an entry of a benign bank is no match with any other: that picture is innocent. Needs a
    read transaction. Raises IndexUnusableError.
    """
    nearest: list[dict[int, int]] = []
    for start in range(0, len(hashes), QUERIES_AT_ONCE):
        nearest += _find_nearest(known, connection, hashes[start : start + QUERIES_AT_ONCE])
    entries = known.load(connection, {number for found in nearest for number in found})
    return [_set_aside(list(_read(found, entries, now))) for found in nearest]


def _find_nearest(known: KnownMedia, connection: Connection, hashes: NDArray[np.uint8]) -> list[dict[int, int]]:
    """Return {number of the entry: fewest bits} of each hash."""
    hits = known.search(connection, hashes)
    numbers, _ = split_addresses(hits.address)
    order = np.lexsort((hits.distance, numbers, hits.query))
    query, number, distance = hits.query[order], numbers[order], hits.distance[order]
    first = np.ones(len(order), bool)
    first[1:] = (query[1:] != query[:-1]) | (number[1:] != number[:-1])
    nearest: list[dict[int, int]] = [{} for _ in range(len(hashes))]
    for which, entry, bits in zip(query[first].tolist(), number[first].tolist(), distance[first].tolist(), strict=True):
        nearest[which][entry] = bits
    return nearest


def _read(found: dict[int, int], entries: dict[int, KnownEntry], now: datetime) -> Iterator[HashMatch]:
    for number, distance in sorted(found.items(), key=lambda item: (item[1], item[0])):
        if number not in entries:
            continue
        bank, entry = entries[number].bank, entries[number].entry
        over = entry.expires_at is not None and entry.expires_at <= now
        if distance <= bank.max_distance and not over:
            yield HashMatch(bank, entry, distance)


def _set_aside(matches: list[HashMatch]) -> list[HashMatch]:
    innocent = [match.distance for match in matches if match.bank.role is BankRole.BENIGN]
    return [
        match
        for match in matches
        if match.bank.role is BankRole.BENIGN or not innocent or match.distance < min(innocent)
    ]

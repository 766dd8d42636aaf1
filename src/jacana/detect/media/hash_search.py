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
    hits = known.search(connection, hashes)
    numbers, _ = split_addresses(hits.address)
    entries = known.load(connection, set(numbers.tolist()))
    nearest: list[dict[int, int]] = [{} for _ in range(len(hashes))]
    for query, number, distance in zip(hits.query.tolist(), numbers.tolist(), hits.distance.tolist(), strict=True):
        if number in entries and distance < nearest[query].get(number, 257):
            nearest[query][number] = distance
    return [_set_aside(list(_read(found, entries, now))) for found in nearest]


def _read(found: dict[int, int], entries: dict[int, KnownEntry], now: datetime) -> Iterator[HashMatch]:
    for number, distance in sorted(found.items(), key=lambda item: (item[1], item[0])):
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

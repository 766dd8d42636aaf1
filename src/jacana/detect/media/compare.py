"""Compares one upload with everything known: exact digests, the hash index, each bank's rules, innocent material.

Reads the database in the caller's transaction, writes nothing, decides nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from jacana.db.engine import Connection
from jacana.detect.media.banks import store as bank_store
from jacana.detect.media.decoding.plan import Span
from jacana.detect.media.index.address import split_addresses
from jacana.detect.media.index.live import Hits
from jacana.detect.media.known import KnownEntry, KnownMedia
from jacana.detect.media.looks import WIDE_DISTANCE, choose_spans
from jacana.detect.media.matching.benign import Cover, cover_rows
from jacana.detect.media.matching.match import EntryMatch, Pairs, UploadRows, follow_turns, keep_pairs, match_entry
from jacana.detect.media.matching.rows import add_turned, lay_out, tell_informative
from jacana.detect.media.statements import Candidate, state_match, state_set_aside
from jacana.model.bank import EXACT_DISTANCE, BankRole
from jacana.model.clock import Clock
from jacana.model.finding import Finding, FindingKind
from jacana.model.media import MediaFacts, MediaKind
from jacana.model.upload import Digests, Upload

MAX_FINDINGS = 20
"""Most entries of one bank that one upload is reported against; beyond it the best are kept."""

PAIRS_AN_ENTRY = 16
"""Most rows of one entry that one hash of the upload is compared with further: its nearest."""

QUERIES_AT_ONCE = 512
"""Hashes of the upload that are searched together, so that what they find fits into memory."""


@dataclass(frozen=True, slots=True)
class Met:
    """An entry that the index met, and the pairs that count under its bank's rule."""

    known: KnownEntry
    pairs: Pairs


@dataclass(frozen=True, slots=True)
class Judged:
    """A known entry that matches, and the benign one because of which that is set aside, if it is."""

    candidate: Candidate
    benign: Candidate | None = None


@dataclass(frozen=True, slots=True)
class Nearby:
    """Hits by upload row: row, number of the entry, row of the entry, distance (h,)."""

    row: NDArray[np.intp]
    number: NDArray[np.int64]
    column: NDArray[np.intp]
    distance: NDArray[np.uint16]


class Comparer:
    """Holds nothing but what it asks."""

    def __init__(self, known: KnownMedia, clock: Clock) -> None:
        self._known = known
        self._clock = clock

    def find(self, connection: Connection, upload: Upload, facts: MediaFacts) -> list[Finding]:
        """Return the matches, strongest first, then those that were set aside. Raises IndexUnusableError."""
        rows = lay_out_upload(facts)
        findings = [
            state_set_aside(upload, rows, each.candidate, each.benign)
            if each.benign
            else state_match(upload, rows, each.candidate)
            for each in self.compare(connection, upload.digests, rows)
        ]
        return sorted(findings, key=lambda each: (each.kind is FindingKind.BENIGN_MATCH, -each.score, each.id))

    def compare(self, connection: Connection, digests: Digests, rows: UploadRows) -> list[Judged]:
        """Return every known entry that matches, of each bank at most MAX_FINDINGS, and what was set aside."""
        exact = self._find_exact(connection, digests)
        met = self._meet(connection, rows)
        benign = {number: each for number, each in met.items() if each.known.bank.role is BankRole.BENIGN}
        cover = cover_rows(len(rows.rows), ((number, each.pairs) for number, each in benign.items()))
        innocent = next((each for each in exact.values() if _is_innocent(each, digests)), None)
        of_bank: dict[str, list[Judged]] = defaultdict(list)
        for number in sorted({*met, *exact}):
            known = exact[number] if number in exact else met[number].known
            if known.bank.role is BankRole.BENIGN:
                continue
            pairs = met[number].pairs if number in met else None
            judged = _judge(rows, known, pairs, number in exact, cover, benign)
            if judged and innocent:
                judged = replace(judged, benign=Candidate(innocent.bank, innocent.entry, True, None, None))
            if judged:
                of_bank[known.bank.id].append(judged)
        return [judged for each in of_bank.values() for judged in _keep_best(each)]

    def find_leads(self, connection: Connection, facts: MediaFacts) -> tuple[Span, ...]:
        """Return the seconds that deserve a second look, because frames came near known media."""
        upload = lay_out_upload(facts)
        nearby = self._search(connection, upload, WIDE_DISTANCE)
        live = self._load_live(connection, np.unique(nearby.number))
        wanted = [number for number, known in live.items() if known.bank.role is BankRole.KNOWN]
        led = np.isin(nearby.number, wanted)
        return choose_spans(upload.moments, upload.rows.seconds[nearby.row[led]], nearby.distance[led])

    def _find_exact(self, connection: Connection, digests: Digests) -> dict[int, KnownEntry]:
        """Return the live entries, by number, that carry a digest of the whole file."""
        carriers = bank_store.select_digest_matches(connection, digests)
        return self._load_live(connection, [entry.number for _, entry in carriers])

    def _meet(self, connection: Connection, rows: UploadRows) -> dict[int, Met]:
        """Return, by number, every live entry that has a pair with the upload that counts."""
        nearby = self._search(connection, rows, EXACT_DISTANCE)
        order = np.argsort(nearby.number, kind="stable")
        numbers, starts = np.unique(nearby.number[order], return_index=True)
        live = self._load_live(connection, numbers)
        met = {}
        for number, which in zip(numbers.tolist(), np.split(order, starts[1:]), strict=False):
            if (known := live.get(number)) is None:
                continue
            row, column = nearby.row[which], nearby.column[which]
            pairs = Pairs(row, column, nearby.distance[which], rows.rows.orientation[row])
            kept = keep_pairs(rows, known.rows, pairs, known.bank)
            if len(kept):
                followed = follow_turns(rows, known.rows, kept, known.bank.max_distance)
                met[number] = Met(known, keep_pairs(rows, known.rows, followed, known.bank))
        return met

    def _search(self, connection: Connection, upload: UploadRows, wide: int) -> Nearby:
        """Ask the index about every row that carries information, equal hashes once."""
        asked = np.flatnonzero(tell_informative(upload.rows, 0))
        queries, query_of = np.unique(upload.rows.pdq[asked], axis=0, return_inverse=True)
        found = [
            _keep_nearest(
                self._known.search(connection, queries[first : first + QUERIES_AT_ONCE], wide=wide), first, wide
            )
            for first in range(0, max(1, len(queries)), QUERIES_AT_ONCE)
        ]
        query, number, column, distance = (np.concatenate(parts) for parts in zip(*found, strict=True))
        which, row = _give_back(query, query_of.reshape(-1), len(queries))
        return Nearby(asked[row], number[which], column[which], distance[which])

    def _load_live(self, connection: Connection, numbers: Iterable[int]) -> dict[int, KnownEntry]:
        known, now = self._known.load(connection, {int(number) for number in numbers}), self._clock()
        return {
            number: each for number, each in known.items() if not each.entry.expires_at or each.entry.expires_at > now
        }


def lay_out_upload(facts: MediaFacts) -> UploadRows:
    """Return everything hashed of an upload, ready for comparison; turned frames are derived where none were hashed."""
    rows = add_turned(lay_out(facts.frames, facts.windows))
    return UploadRows.of(rows, single_picture=facts.kind is MediaKind.PICTURE)


def _keep_nearest(
    hits: Hits, first: int, wide: int
) -> tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.intp], NDArray[np.uint16]]:
    """Return (query, entry number, row of the entry, distance), at most PAIRS_AN_ENTRY of each query and entry.

    `first` is the number of the block's first query. A still is near every frame of another for minutes: without
    a limit one upload could ask for more pairs than memory holds. Whether a second matches needs only the nearest.
    """
    within = hits.distance <= wide
    query, distance = hits.query[within], hits.distance[within]
    numbers, rows = split_addresses(hits.address[within])
    number, column = numbers.astype(np.int64), rows.astype(np.intp)
    order = np.lexsort((distance, number, query))
    starts = np.ones(len(order), bool)
    starts[1:] = (np.diff(query[order]) != 0) | (np.diff(number[order]) != 0)
    places = np.arange(len(order))
    rank = places - np.maximum.accumulate(np.where(starts, places, 0))
    kept = np.sort(order[rank < PAIRS_AN_ENTRY])
    return query[kept] + first, number[kept], column[kept], distance[kept]


def _give_back(
    query: NDArray[np.intp], query_of: NDArray[np.intp], queries: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return each hit (index into `query`) once for every row that asked its query, and that row."""
    rows = np.argsort(query_of, kind="stable")
    counts = np.bincount(query_of, minlength=queries)
    starts = np.cumsum(counts) - counts
    times = counts[query]
    which = np.repeat(np.arange(len(query)), times)
    place = np.arange(len(which)) - np.repeat(np.cumsum(times) - times, times)
    return which, rows[starts[query[which]] + place]


def _judge(
    rows: UploadRows,
    known: KnownEntry,
    pairs: Pairs | None,
    exact: bool,
    cover: Cover | None,
    benign: Mapping[int, Met],
) -> Judged | None:
    """Return how a known entry meets the upload, or None if its bank's rule is not met.

    A match is set aside if what is nearer to it than to innocent material is no match. Identical bytes are not.
    """
    match = match_entry(rows, known.rows, pairs, known.bank) if pairs is not None else None
    if match is None and not exact:
        return None
    candidate = Candidate(known.bank, known.entry, exact, match, known.rows if match else None)
    if exact or cover is None or match is None or pairs is None:
        return Judged(candidate)
    free = match_entry(rows, known.rows, pairs, known.bank, cover.distance)
    if free is not None:
        return Judged(replace(candidate, match=free))
    return Judged(candidate, _describe_benign(rows, benign[cover.name_owner(match.all_pairs)]))


def _is_innocent(known: KnownEntry, digests: Digests) -> bool:
    """Tell whether the file is byte for byte an innocent one.

    Only by SHA-256: whoever offers a harmless file can have made it with the MD5 or SHA-1 of one that is not.
    """
    return known.bank.role is BankRole.BENIGN and known.entry.sha256 == digests.sha256


def _describe_benign(rows: UploadRows, met: Met) -> Candidate:
    """Return how the benign entry meets the upload; whether that is enough for a match does not matter."""
    match: EntryMatch | None = match_entry(
        replace(rows, single_picture=True), met.known.rows, met.pairs, met.known.bank
    )
    return Candidate(met.known.bank, met.known.entry, False, match, met.known.rows)


def _keep_best(judged: Sequence[Judged]) -> Sequence[Judged]:
    ranked = sorted(judged, key=lambda each: (bool(each.benign), -each.candidate.score, each.candidate.entry.id))
    return ranked[:MAX_FINDINGS]

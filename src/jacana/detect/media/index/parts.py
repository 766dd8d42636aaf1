"""The parts of an index as one reader sees them: the bodies and heads of one manifest, oldest first."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jacana.detect.media.index.address import ROW_BITS, Words
from jacana.detect.media.index.body import Body, Pairs, open_body, scan
from jacana.detect.media.index.digests import DigestHits, Kind, find_in_head
from jacana.detect.media.index.errors import IndexDamagedError
from jacana.detect.media.index.head import Head
from jacana.detect.media.index.manifest import SeenManifest, read_manifest


@dataclass(frozen=True, slots=True)
class Parts:
    """What one manifest names, opened."""

    seen: SeenManifest
    bodies: dict[str, Body]
    heads: dict[str, Head]

    @property
    def active(self) -> Head:
        """The head that is written."""
        return self.heads[self.seen.manifest.heads[-1]]


def open_parts(directory: Path, before: Parts | None = None) -> Parts:
    """Open what the newest manifest names, keeping what is open already.

    Raise IndexDamagedError if a file is missing or not what was written.
    """
    while True:
        seen = read_manifest(directory)
        bodies, heads = (before.bodies, before.heads) if before else ({}, {})
        try:
            manifest = seen.manifest
            return Parts(
                seen,
                {name: bodies.get(name) or open_body(directory / name) for name in manifest.bodies},
                {name: heads.get(name) or Head.open(directory / name) for name in manifest.heads},
            )
        except FileNotFoundError as error:
            if seen.is_current(directory):  # and not merged away while we looked
                raise IndexDamagedError("a file of the index is missing") from error


def search_parts(parts: Parts, queries: Words, wide: int) -> tuple[Pairs, Words]:
    """Return the pairs of all parts (their rows are none of the caller's business) and the address of each."""
    views = [head.view for head in parts.heads.values()]
    bodies = list(parts.bodies.values())
    removed = [part.removed for part in (*bodies, *views)]
    found: list[Pairs] = []
    addresses: list[Words] = []
    for at, body in enumerate(bodies):
        pairs = body.search(queries, wide)
        _keep(pairs, body.addresses[pairs[1]], removed[at + 1 :], found, addresses)
    for at, view in enumerate(views, len(bodies)):
        query, row, far = scan(view.words, queries, wide)
        if view.gone is not None:
            kept = ~view.gone[row]
            query, row, far = query[kept], row[kept], far[kept]
        _keep((query, row, far), view.addresses[row], removed[at + 1 :], found, addresses)
    columns = list(zip(*found, strict=True))
    pairs = np.concatenate(columns[0]), np.concatenate(columns[1]), np.concatenate(columns[2])
    return pairs, np.concatenate(addresses)


def find_digests_in_parts(
    parts: Parts, kind: Kind, queries: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
) -> DigestHits:
    """Return every holder of each digest (m, width) in all parts."""
    views = [head.view for head in parts.heads.values()]
    bodies = list(parts.bodies.values())
    removed = [part.removed for part in (*bodies, *views)]
    found = [body.digests[kind].find(queries) for body in bodies]
    found += [find_in_head(head, kind, queries) for head in parts.heads.values()]
    for at, hits in enumerate(found):
        kept = _survives(hits.number, removed[at + 1 :])
        found[at] = DigestHits(hits.query[kept], hits.number[kept])
    return DigestHits(np.concatenate([hits.query for hits in found]), np.concatenate([hits.number for hits in found]))


def _keep(pairs: Pairs, held: Words, later: list[Words], found: list[Pairs], addresses: list[Words]) -> None:
    kept = _survives(held >> np.uint64(ROW_BITS), later)
    found.append((pairs[0][kept], pairs[1][kept], pairs[2][kept]))
    addresses.append(held[kept])


def _survives(numbers: Words, later: list[Words]) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Tell of each entry number whether no later part says that it is gone."""
    kept = np.ones(len(numbers), bool)
    for removed in later:
        if len(removed) and len(numbers):
            kept &= ~np.isin(numbers, removed)
    return kept

"""The parts of an index as one reader sees them: the bodies and heads of one manifest, oldest first."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.index.address import ROW_BITS, Words
from jacana.detect.media.index.body import Body, open_body
from jacana.detect.media.index.digests import DigestHits, Kind, find_in_head
from jacana.detect.media.index.errors import IndexDamagedError
from jacana.detect.media.index.head import Head, HeadView
from jacana.detect.media.index.manifest import SeenManifest, read_manifest

Layer = Body | HeadView


class Found(NamedTuple):
    """Pairs: which query (h,), which address (h,), how far (h,)."""

    query: NDArray[np.intp]
    address: Words
    distance: NDArray[np.uint16]


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
    bodies, heads = (before.bodies, before.heads) if before else ({}, {})
    while True:
        seen = read_manifest(directory)
        try:
            return Parts(
                seen,
                {name: bodies.get(name) or open_body(directory / name) for name in seen.manifest.bodies},
                {name: heads.get(name) or Head.open(directory / name) for name in seen.manifest.heads},
            )
        except FileNotFoundError as error:
            if seen.is_current():  # and the file was not merged away while we looked
                raise IndexDamagedError("a file of the index is missing") from error


def list_layers(bodies: Iterable[Body], heads: Iterable[Head]) -> list[Layer]:
    """Return the parts as they are now, oldest first: each says which entries are gone from the parts before it."""
    return [*bodies, *(head.view for head in heads)]


def search_parts(parts: Parts, queries: Words, wide: int) -> Found:
    """Return the pairs of all parts, all within 31 and those up to `wide` that were met, part after part."""
    layers = list_layers(parts.bodies.values(), parts.heads.values())
    found = [_search_layer(layer, queries, wide, layers[at + 1 :]) for at, layer in enumerate(layers)]
    return Found(*(np.concatenate(column) for column in zip(*found, strict=True)))


def find_digests_in_parts(parts: Parts, kind: Kind, queries: NDArray[np.uint8]) -> DigestHits:
    """Return every holder of each digest (m, width) in all parts."""
    layers = list_layers(parts.bodies.values(), parts.heads.values())
    found = [body.digests[kind].find(queries) for body in parts.bodies.values()]
    found += [find_in_head(head, kind, queries) for head in parts.heads.values()]
    for at, hits in enumerate(found):
        kept = find_survivors(hits.number, layers[at + 1 :])
        found[at] = DigestHits(hits.query[kept], hits.number[kept])
    return DigestHits(np.concatenate([hits.query for hits in found]), np.concatenate([hits.number for hits in found]))


def find_survivors(numbers: Words, later: list[Layer]) -> NDArray[np.bool_]:
    """Tell of each entry number (n,) whether no later part says that it is gone."""
    kept = np.ones(len(numbers), bool)
    for layer in later:
        if len(layer.removed) and len(numbers):
            kept &= ~np.isin(numbers, layer.removed)
    return kept


def _search_layer(layer: Layer, queries: Words, wide: int, later: list[Layer]) -> Found:
    query, row, far = layer.search(queries, wide)
    addresses = layer.addresses[row]
    kept = find_survivors(addresses >> np.uint64(ROW_BITS), later)
    if layer.gone is not None:
        kept &= ~layer.gone[row]
    return Found(query[kept], addresses[kept], far[kept])

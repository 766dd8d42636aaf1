"""The large frozen part: hashes sorted, their addresses, and for each chunk the rows by key. Mapped, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.index import kernels
from jacana.detect.media.index.address import Words
from jacana.detect.media.index.chunks import MAX_DISTANCE, Chunk, make_masks, plan_chunks
from jacana.detect.media.index.digests import DigestTable, make_tables, read_tables
from jacana.detect.media.index.sections import Sections, SectionWriter, open_sections

Pairs = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.uint16]]
"""Which query, which row, how far: (pairs,) each."""

_HOT_SHARE = 8
"""A query with more candidates than this part of all rows is compared with all rows in order instead."""
_FIRST_PAIRS = 4096


@dataclass(frozen=True, slots=True)
class Body:
    """The arrays of one frozen part as the kernels take them."""

    sections: Sections
    words: Words
    addresses: Words
    removed: Words
    """Entry numbers that are gone from the parts before this one."""
    digests: dict[str, DigestTable]
    probing: tuple[Any, ...]

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.words)

    @property
    def size(self) -> int:
        """How much there is to merge: rows, removals and digests."""
        return len(self.words) + len(self.removed) + sum(len(table.rows) for table in self.digests.values())

    @property
    def bytes(self) -> int:
        """The size of the file."""
        return self.sections.size

    def search(self, queries: Words, wide: int) -> Pairs:
        """Return the pairs within 31, all of them, and those up to `wide` that were met on the way."""
        if not self.probing:
            return scan(self.words, queries, wide)
        limit = len(self.words) // _HOT_SHARE + 64
        spent = np.zeros(len(queries), np.int64)

        def probe(*found: NDArray[Any]) -> int:
            spent[:] = 0
            return kernels.search_buckets(self.words, *self.probing, queries, wide, limit, spent, *found)

        query, row, far = collect(probe)
        hot = np.flatnonzero(spent < 0)
        if not len(hot):
            return query, row, far
        kept = spent[query] >= 0
        again, row_again, far_again = scan(self.words, queries[hot], wide)
        return (
            np.concatenate((query[kept], hot[again])),
            np.concatenate((row[kept], row_again)),
            np.concatenate((far[kept], far_again)),
        )


def scan(words: Words, queries: Words, wide: int) -> Pairs:
    """Compare every hash with every query; return the pairs within `wide`."""
    return collect(lambda *found: kernels.scan_rows(words, queries, wide, *found))


def collect(fill: Any) -> Pairs:
    """Call a kernel that stores the pairs that fit and says how many there are; once more if they did not fit."""
    size = _FIRST_PAIRS
    while True:
        found = np.empty(size, np.int32), np.empty(size, np.uint32), np.empty(size, np.uint16)
        count = int(fill(*found))
        if count <= size:
            query, row, far = (part[:count] for part in found)
            return query.astype(np.intp), row.astype(np.intp), far
        size = count


def open_body(path: Path) -> Body:
    """Map a body. Raise IndexDamagedError if its header does not hold."""
    sections = open_sections(path)
    arrays = sections.arrays
    chunks = tuple(Chunk(tuple(shifts), tuple(widths), radius) for shifts, widths, radius in sections.facts["chunks"])
    probing: tuple[Any, ...] = ()
    if chunks:
        masks = [make_masks(chunk.bits, chunk.radius) for chunk in chunks]
        probing = (
            arrays["ids"],
            arrays["tables"],
            _offsets([_table_length(chunk) for chunk in chunks]),
            _freeze(np.concatenate(masks)),
            _offsets([len(mask) for mask in masks]),
            *_describe(chunks),
        )
    return Body(sections, arrays["words"], arrays["addresses"], arrays["removed"], read_tables(arrays), probing)


def write_body(
    path: Path,
    words: Words,
    addresses: Words,
    removed: Words,
    digests: NDArray[np.void],
    chunks: Sequence[Chunk] | None = None,
) -> None:
    """Write a frozen part of hashes (n, 4) and digest records, in any order."""
    others = make_tables(digests)
    order = sort_rows(words)
    firsts = np.empty(len(words), np.uint32)
    sorted_words = words[order]
    firsts = firsts[: kernels.mark_firsts(sorted_words, firsts)]
    chunks = plan_chunks(len(firsts)) if chunks is None else chunks
    if sum(chunk.radius + 1 for chunk in chunks) <= MAX_DISTANCE and chunks:
        raise ValueError("these chunks would miss hashes")
    starts = _offsets([_table_length(chunk) for chunk in chunks])
    shapes: dict[str, tuple[str, tuple[int, ...]]] = {
        "words": ("<u8", words.shape),
        "addresses": ("<u8", addresses.shape),
        "removed": ("<u8", removed.shape),
        "ids": ("<u4", (len(chunks), len(firsts))),
        "tables": ("<u8", (int(starts[-1]),)),
    }
    shapes |= {name: (array.dtype.str, array.shape) for name, array in others.items()}
    writer = SectionWriter(path, shapes)
    arrays = writer.arrays
    for name, array in {"words": sorted_words, "removed": removed, **others}.items():
        arrays[name][...] = array
    del sorted_words
    arrays["addresses"][...] = addresses[order]
    shifts, widths, _ = _describe(chunks)
    for c, chunk in enumerate(chunks):
        ends = np.empty((1 << chunk.bits) + 1, np.uint32)
        table = arrays["tables"][starts[c] : starts[c + 1]]
        kernels.fill_buckets(arrays["words"], firsts, shifts[c], widths[c], ends, arrays["ids"][c], table)
    writer.seal({"chunks": [[chunk.shifts, chunk.widths, chunk.radius] for chunk in chunks]})


def sort_rows(words: Words) -> NDArray[np.intp]:
    """Return the order in which equal hashes (n, 4) lie together."""
    order = np.argsort(words[:, 0])
    leading = words[order, 0]
    tied = np.zeros(len(words) + 1, bool)
    tied[1:-1] = leading[1:] == leading[:-1]
    places = np.flatnonzero(tied[1:] | tied[:-1])
    rows = order[places]
    order[places] = rows[np.lexsort(words[rows].T[::-1])]
    return order


def _table_length(chunk: Chunk) -> int:
    return (1 << chunk.bits) // 8 + 1


def _offsets(lengths: Sequence[int]) -> NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))).astype(np.int64)


def _describe(chunks: Sequence[Chunk]) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    return (
        np.array([chunk.shifts for chunk in chunks], np.uint8).reshape(-1, 4),
        np.array([chunk.widths for chunk in chunks], np.uint8).reshape(-1, 4),
        np.array([chunk.radius for chunk in chunks], np.uint8),
    )


def _freeze(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array

"""The large frozen part: hashes sorted, their addresses, and for each chunk the rows by key. Mapped, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.index import kernels
from jacana.detect.media.index.address import Words
from jacana.detect.media.index.chunks import Chunk, make_masks, plan_chunks
from jacana.detect.media.index.digests import DigestTable, make_tables, read_tables
from jacana.detect.media.index.scan import Pairs, collect, scan
from jacana.detect.media.index.sections import Sections, SectionWriter, open_sections

_HOT_SHARE = 8
"""A query with more candidates than this part of all rows is compared with all rows in order instead."""


@dataclass(frozen=True, slots=True)
class Body:
    """The arrays of one frozen part as the kernels take them."""

    sections: Sections
    words: Words
    addresses: Words
    gone: None
    """Which rows are gone: none, they were left out when it was written."""
    removed: Words
    """Entry numbers that are gone from the parts before this one."""
    digests: dict[str, DigestTable]
    probing: kernels.Probing | None
    """What the kernel probes; None where a scan is cheaper."""

    @property
    def size(self) -> int:
        """How much there is to merge: rows, removals and digests."""
        return len(self.words) + len(self.removed) + sum(len(table.rows) for table in self.digests.values())

    def search(self, queries: Words, wide: int) -> Pairs:
        """Return the pairs within 31, all of them, and those up to `wide` that were met on the way."""
        probing = self.probing
        if probing is None:
            return scan(self.words, queries, wide)
        limit = len(self.words) // _HOT_SHARE + 64
        spent = np.zeros(len(queries), np.int64)

        def probe(pairs: kernels.Pairs) -> np.int64:
            spent[:] = 0
            return kernels.search_buckets(self.words, probing, queries, wide, limit, spent, pairs)

        query, row, far = collect(len(queries), probe)
        hot = np.flatnonzero(spent < 0)
        if not len(hot):
            return query, row, far
        kept = spent[query] >= 0
        query_again, row_again, far_again = scan(self.words, queries[hot], wide)
        return (
            np.concatenate((query[kept], hot[query_again])),
            np.concatenate((row[kept], row_again)),
            np.concatenate((far[kept], far_again)),
        )


def open_body(path: Path) -> Body:
    """Map a body. Raise IndexDamagedError if its header does not hold."""
    sections = open_sections(path)
    arrays = sections.arrays
    chunks = [Chunk(tuple(shifts), tuple(widths), radius) for shifts, widths, radius in sections.facts["chunks"]]
    probing = None
    if chunks:
        masks = [make_masks(chunk.bits, chunk.radius) for chunk in chunks]
        joined = np.concatenate(masks)
        tables, mask_starts = _offset_tables(chunks), _offset([len(mask) for mask in masks])
        probing = (arrays["ids"], arrays["tables"], tables, joined, mask_starts, *_describe(chunks))
    digests = read_tables(arrays)
    return Body(sections, arrays["words"], arrays["addresses"], None, arrays["removed"], digests, probing)


def write_body(
    path: Path,
    words: Words,
    addresses: Words,
    removed: Words,
    digests: NDArray[np.void],
    chunks: Sequence[Chunk] | None = None,
) -> None:
    """Write a frozen part of hashes (n, 4) and digest records, both in any order, and see it on the disk."""
    order = sort_rows(words)
    others = {"removed": removed, **make_tables(digests)}
    firsts = np.empty(len(words), np.uint32)
    sorted_words = words[order]
    firsts = firsts[: kernels.list_firsts(sorted_words, firsts)]
    chunks = plan_chunks(len(firsts)) if chunks is None else chunks
    starts = _offset_tables(chunks)
    shapes: dict[str, tuple[str, tuple[int, ...]]] = {
        "words": ("<u8", words.shape),
        "addresses": ("<u8", addresses.shape),
        "ids": ("<u4", (len(chunks), len(firsts))),
        "tables": ("<u8", (int(starts[-1]),)),
    }
    writer = SectionWriter(path, shapes | {name: (array.dtype.str, array.shape) for name, array in others.items()})
    arrays = writer.arrays
    for name, array in {"words": sorted_words, "addresses": addresses[order], **others}.items():
        arrays[name][...] = array
    shifts, widths, _ = _describe(chunks)
    for c, chunk in enumerate(chunks):
        ends = np.empty((1 << chunk.bits) + 1, np.uint32)
        table = arrays["tables"][starts[c] : starts[c + 1]]
        kernels.fill_buckets(sorted_words, firsts, shifts[c], widths[c], ends, arrays["ids"][c], table)
    writer.seal({"chunks": [[chunk.shifts, chunk.widths, chunk.radius] for chunk in chunks]})


def sort_rows(words: Words) -> NDArray[np.intp]:
    """Return an order in which equal hashes (n, 4) lie together."""
    order = np.argsort(words[:, 0])
    leading = words[order, 0]
    tied = np.zeros(len(words) + 1, bool)
    tied[1:-1] = leading[1:] == leading[:-1]
    places = np.flatnonzero(tied[1:] | tied[:-1])
    rows = order[places]
    order[places] = rows[np.lexsort(words[rows].T[::-1])]
    return order


def _offset_tables(chunks: Sequence[Chunk]) -> NDArray[np.int64]:
    return _offset([(1 << chunk.bits) // 8 + 1 for chunk in chunks])  # one word more, where the last bucket ends


def _offset(lengths: Sequence[int]) -> NDArray[np.int64]:
    return np.array([0, *np.cumsum(lengths)], np.int64)


def _describe(chunks: Sequence[Chunk]) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    return (
        np.array([chunk.shifts for chunk in chunks], np.uint8).reshape(-1, 4),
        np.array([chunk.widths for chunk in chunks], np.uint8).reshape(-1, 4),
        np.array([chunk.radius for chunk in chunks], np.uint8),
    )

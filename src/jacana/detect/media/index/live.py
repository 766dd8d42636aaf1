"""The index as the rest of Jacana uses it: add, remove, search, from any thread of any process, over one directory.

Readers take no lock that a writer holds: one stat and one mapped counter tell whether anything is new. Writers take the
lock of the directory. The database is the source of truth: `position` says how far its changes have come in, and after
a power cut it may be smaller than it was, never larger than what is there.
"""

import secrets
import shutil
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import structlog
from numpy.typing import NDArray

from jacana.detect.media.index.address import Words
from jacana.detect.media.index.chunks import MAX_DISTANCE
from jacana.detect.media.index.digests import DigestHits, Kind, check_queries, pack_digests
from jacana.detect.media.index.errors import (
    IndexBehindError,
    IndexDamagedError,
    IndexInputInvalidError,
    IndexOvertakenError,
)
from jacana.detect.media.index.files import WRITERS, FileLock, name_head
from jacana.detect.media.index.head import Frame, HeadLog
from jacana.detect.media.index.manifest import NAME, Manifest, write_manifest
from jacana.detect.media.index.merge import merge_parts
from jacana.detect.media.index.parts import Parts, find_digests_in_parts, open_parts, search_parts
from jacana.detect.media.index.sections import check_sections
from jacana.model.errors import JacanaError

HEAD_ROWS = 32_768
"""A head of this size is folded into a body in the background."""
_HASH_BYTES = 32
_ASIDE = "damaged"
_NUMBER_BITS = 48

log = structlog.get_logger("jacana.detect")
Bytes = NDArray[np.uint8]


class Hits(NamedTuple):
    """Pairs found, by query and then by distance: which query (h,), which address (h,), how far (h,)."""

    query: NDArray[np.intp]
    address: Words
    distance: NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """How an index stands: rows in frozen and in growing parts (removed ones too, until merged), bytes, position."""

    frozen_rows: int
    growing_rows: int
    parts: int
    bytes: int
    position: int


class HashIndex:
    """All known hashes within distance 31 of a query, exactly, and the exact digests of whole files beside them."""

    def __init__(self, directory: Path) -> None:
        """Use `open`."""
        self._directory = directory
        self._writers = FileLock(directory / WRITERS)
        self._taking_in = threading.Lock()
        self._merger: threading.Thread | None = None
        self._merge_above = HEAD_ROWS
        self._pool: ThreadPoolExecutor | None = None
        with self._writers.hold():
            if not (directory / NAME).exists():
                _begin(directory)
            self._parts = open_parts(directory)
            head = self._parts.active
            if head.is_behind:  # torn by a power cut
                head.log.cut(head.end)
        self.digests = DigestSets(self)

    @classmethod
    def open(cls, directory: Path) -> "HashIndex":
        """Open the index of a directory, or begin an empty one there.

        Raise IndexDamagedError if what is there cannot be used; `recreate` then begins anew.
        """
        directory.mkdir(parents=True, exist_ok=True)
        return cls(directory)

    @classmethod
    def recreate(cls, directory: Path) -> "HashIndex":
        """Set what is there aside (in `damaged`, in place of what was set aside before) and begin at position 0."""
        directory.mkdir(parents=True, exist_ok=True)
        with FileLock(directory / WRITERS).hold():
            _set_aside(directory)
        return cls.open(directory)

    @property
    def position(self) -> int:
        """The highest change of the database that is in the index."""
        return self._refresh().active.view.position

    def __len__(self) -> int:
        """Return how many rows are held; removed ones count until they are merged away."""
        facts = self.describe()
        return facts.frozen_rows + facts.growing_rows

    def describe(self) -> IndexFacts:
        """Return how the index stands."""
        parts = self._refresh()
        bodies, heads = parts.bodies.values(), parts.heads.values()
        return IndexFacts(
            sum(len(body.words) for body in bodies),
            sum(head.count for head in heads),
            len(bodies) + len(heads),
            sum(body.sections.size for body in bodies) + sum(head.end for head in heads),
            parts.active.view.position,
        )

    @contextmanager
    def writing(self) -> Iterator[int]:
        """Keep every other writer out and yield the position: what is added inside comes directly after it."""
        with self._writers.hold():
            yield self.position

    def add(
        self,
        hashes: Bytes,
        addresses: Words,
        position: int,
        *,
        digests: Sequence[tuple[str, bytes, int]] = (),
        after: int | None = None,
    ) -> None:
        """Add hashes (n, 32) with their addresses (n,), and digests as (kind, bytes, entry number), in one commit.

        They match from the return on, in every process. Raise IndexOvertakenError if the index is past `position`, or
        not at `after` where that is given; IndexInputInvalidError if shapes disagree.
        """
        words = _read_words(hashes)
        if addresses.shape != (len(words),):
            raise IndexInputInvalidError(
                f"{len(words)} hashes have {addresses.size} addresses", field="addresses", remedy="one address a hash"
            )
        none = np.empty(0, np.uint64)
        self._commit(Frame(words, addresses.astype(np.uint64), none, pack_digests(digests), position), after)

    def remove(self, entry_numbers: Words, position: int, *, after: int | None = None) -> None:
        """Forget all rows and digests that these entries (k,) have so far. Raises as `add` does."""
        none = np.empty(0, np.uint64)
        removed = np.asarray(entry_numbers, np.uint64)
        self._commit(Frame(none.reshape(0, 4), none, removed, pack_digests(()), position), after)

    def search(self, queries: Bytes, *, wide: int = MAX_DISTANCE, threads: int = 1, reached: int = 0) -> Hits:
        """Return every pair of a query (m, 32) and a known hash at distance 31 or less.

        Pairs from 32 up to `wide` are those met on the way: leads, not complete. `threads` share the queries. Raise
        IndexBehindError if what is searched has not reached this position, though it may have a moment ago.
        """
        words, wide = _read_words(queries), max(wide, MAX_DISTANCE)
        parts = self._refresh()
        if parts.active.view.position < reached:
            raise IndexBehindError(f"the index is at {parts.active.view.position}, before {reached}")
        threads = min(threads, len(words))
        if threads <= 1:
            query, address, far = search_parts(parts, words, wide)
        else:
            pieces = np.array_split(words, threads)
            starts = np.cumsum([0, *map(len, pieces)])
            found = list(self._share(threads).map(lambda piece: search_parts(parts, piece, wide), pieces))
            query = np.concatenate([piece.query + start for piece, start in zip(found, starts, strict=False)])
            address = np.concatenate([piece.address for piece in found])
            far = np.concatenate([piece.distance for piece in found])
        order = np.lexsort((address, far, query))
        return Hits(query[order], address[order], far[order])

    def merge(self, *, whole: bool = True) -> bool:
        """Fold what has grown into a frozen part (`whole`: all parts into one). Return whether there was work to do."""
        return merge_parts(self._directory, self._writers.hold, whole=whole)

    def verify(self) -> list[str]:
        """Read every byte and return what is wrong, in words; empty if nothing is."""
        parts = self._refresh()
        wrong = [complaint for body in parts.bodies.values() for complaint in check_sections(body.sections)]
        return wrong + [f"{name}: a frame is torn" for name, head in parts.heads.items() if head.is_behind]

    def close(self) -> None:
        """Wait for a merge that this index began, and let go of the files."""
        if self._merger:
            self._merger.join()
        if self._pool:
            self._pool.shutdown()

    def find_digests(self, kind: Kind, digests: Bytes) -> DigestHits:
        """Return every holder of each digest (m, width); see DigestSets."""
        return find_digests_in_parts(self._refresh(), kind, check_queries(kind, digests))

    def _commit(self, frame: Frame, after: int | None) -> None:
        with self._writers.hold():
            head = self._refresh().active
            if frame.position < head.position or (after is not None and after != head.position):
                raise IndexOvertakenError(f"the index is at {head.position}; apply what follows")
            head.log.append(frame, head.end)
        self._refresh()
        if head.size >= self._merge_above:
            self._merge_beside(head.size)

    def _refresh(self) -> Parts:
        """Return the parts as they are now."""
        parts = self._parts
        if not parts.seen.is_current():
            self._parts = parts = open_parts(self._directory, parts)
        for head in parts.heads.values():
            if head.is_behind:
                with self._taking_in:
                    head.advance()
        return parts

    def _merge_beside(self, size: int) -> None:
        if self._merger and self._merger.is_alive():
            return
        self._merge_above = size + HEAD_ROWS  # not again with each addition if it fails
        self._merger = threading.Thread(target=self._merge_quietly, name="jacana-index-merge", daemon=True)
        self._merger.start()

    def _merge_quietly(self) -> None:
        try:
            self.merge(whole=False)
        except (OSError, JacanaError) as error:
            log.warning("index_merge_failed", error=type(error).__name__)
        else:
            self._merge_above = HEAD_ROWS

    def _share(self, threads: int) -> ThreadPoolExecutor:
        if self._pool is None or self._pool._max_workers < threads:
            self._pool = ThreadPoolExecutor(threads, thread_name_prefix="jacana-index")
        return self._pool


class DigestSets:
    """Exact MD5, SHA-1 and SHA-256 of known files, looked up in batches."""

    def __init__(self, index: HashIndex) -> None:
        self._index = index

    def find(self, kind: Kind, digests: Bytes) -> DigestHits:
        """Return every holder of each digest (m, 16, 20 or 32 bytes): which query (h,), which entry number (h,)."""
        return self._index.find_digests(kind, digests)


def _begin(directory: Path) -> None:
    """Lay out an empty index. Raise IndexDamagedError if parts lie there whose manifest is gone."""
    if any(directory.glob("body-*")):
        raise IndexDamagedError("the index has no manifest")
    _write_empty(directory)


def _write_empty(directory: Path) -> None:
    """Lay out an empty index whose parts have numbers of their own.

    Whoever has the parts of an earlier index of this directory open, though that may be deleted, knows parts by name.
    """
    number = secrets.randbits(_NUMBER_BITS)
    HeadLog.create(directory / name_head(number), 0)
    write_manifest(directory, Manifest((), (name_head(number),), number + 1))


def _set_aside(directory: Path) -> None:
    """Replace the manifest by an empty index's, then move the old files away; other processes go over by themselves."""
    aside = directory / _ASIDE
    aside.mkdir(exist_ok=True)
    for earlier in aside.iterdir():
        earlier.unlink()
    if (directory / NAME).exists():
        shutil.copy2(directory / NAME, aside / NAME)
    parts = [*directory.glob("body-*"), *directory.glob("head-*")]
    _write_empty(directory)
    for part in parts:
        part.rename(aside / part.name)


def _read_words(hashes: Bytes) -> Words:
    """Return hashes (n, 32) as words (n, 4), a copy of one's own."""
    if hashes.dtype != np.uint8 or hashes.ndim != 2 or hashes.shape[1] != _HASH_BYTES:
        raise IndexInputInvalidError(
            "hashes have the shape (n, 32) of bytes", field="hashes", remedy="256-bit PDQ hashes as raw bytes"
        )
    return np.array(hashes).view("<u8").astype(np.uint64, copy=False)

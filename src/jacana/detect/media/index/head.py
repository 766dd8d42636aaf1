"""The small growing part: an append-only log that every process maps, and its rows in memory, compared one by one.

A frame (rows, removed numbers, digests, position) counts once the committed length in the log's header covers it: one
aligned store, so that a process killed at any moment leaves a whole frame or none. The log is not synced with each
frame: after a power cut the first frame that does not match its checksum ends it, and the position is that of the
frame before, never a later one.
"""

import mmap
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.index.address import ROW_BITS, Words
from jacana.detect.media.index.errors import IndexDamagedError
from jacana.detect.media.index.scan import Pairs, scan

MAGIC = b"JACHEAD1"
_HEADER = struct.Struct("<8sQII")
"""Magic, position when the log began, CRC-32 of these two, nothing."""
_COMMITTED_AT = 24
_FRAMES_AT = 64
_FRAME = struct.Struct("<IIIIQII")
"""Mark, rows, removed numbers, digests, position, CRC-32 of all but itself, nothing."""
_MARK = 0x454D5246
KINDS = ("md5", "sha1", "sha256")
DIGEST_BYTES = {"md5": 16, "sha1": 20, "sha256": 32}
DIGEST_RECORD = np.dtype([("kind", "<u8"), ("number", "<u8"), ("digest", "u1", 32)])
_FIRST_CAPACITY = 1024

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Frame:
    """One commit: hashes (n, 4) as words, addresses (n,), entry numbers to forget, digests, the position after."""

    words: Words
    addresses: Words
    removed: Words
    digests: NDArray[np.void]
    position: int


class HeadLog:
    """The file of one head."""

    def __init__(self, path: Path) -> None:
        """Open a log. Raise IndexDamagedError if its header is not one, FileNotFoundError if it is gone."""
        self.path = path
        descriptor = os.open(path, os.O_RDWR)
        try:
            if os.fstat(descriptor).st_size < _FRAMES_AT:
                raise IndexDamagedError(f"{path.name} is cut short")
            self._map = mmap.mmap(descriptor, _FRAMES_AT)
        finally:
            os.close(descriptor)
        magic, self.first_position, crc, _ = _HEADER.unpack_from(self._map)
        if magic != MAGIC or crc != zlib.crc32(self._map[:16]):
            raise IndexDamagedError(f"{path.name} has a damaged header or another version")
        self._committed = np.frombuffer(self._map, "<u8", 1, _COMMITTED_AT)

    @staticmethod
    def create(path: Path, position: int) -> None:
        """Write an empty log that begins at this position, and see it on the disk."""
        start = struct.pack("<8sQ", MAGIC, position)
        with path.open("wb") as file:
            file.write(start + struct.pack("<IIQ", zlib.crc32(start), 0, _FRAMES_AT).ljust(_FRAMES_AT - 16, b"\0"))
            file.flush()
            os.fsync(file.fileno())

    @property
    def committed(self) -> int:
        """The length of the log that counts, in bytes from the start of the file."""
        return int(self._committed[0])

    def cut(self, end: int) -> None:
        """Forget what follows the last whole frame. Only with the writers' lock."""
        self._committed[0] = end

    def append(self, frame: Frame, end: int) -> None:
        """Commit a frame after `end`, the end of the last whole frame. Only with the writers' lock."""
        content = b"".join(part.tobytes() for part in (frame.words, frame.addresses, frame.removed, frame.digests))
        counts = (_MARK, len(frame.words), len(frame.removed), len(frame.digests), frame.position)
        crc = zlib.crc32(content, zlib.crc32(_FRAME.pack(*counts, 0, 0)))
        whole = _FRAME.pack(*counts, crc, 0) + content
        descriptor = os.open(self.path, os.O_RDWR)
        try:
            written = 0
            while written < len(whole):
                written += os.pwrite(descriptor, memoryview(whole)[written:], end + written)
        finally:
            os.close(descriptor)
        self._committed[0] = end + len(whole)

    def read(self, start: int) -> Iterator[tuple[Frame, int]]:
        """Yield the whole frames from `start` on, each with its end; stop at what was torn by a power cut."""
        end = self.committed
        if end <= start:
            return
        with self.path.open("rb") as file:
            file.seek(start)
            content = file.read(end - start)
        at = 0
        while (frame := _parse(content, at)) is not None:
            at += _FRAME.size + _size(len(frame.words), len(frame.removed), len(frame.digests))
            yield frame, start + at

    def sync(self) -> None:
        """See the whole log on the disk."""
        self._map.flush()
        with self.path.open("rb") as file:
            os.fsync(file.fileno())


@dataclass(frozen=True, slots=True)
class HeadView:
    """A head as it was at one moment: later frames do not change it."""

    words: Words
    addresses: Words
    gone: NDArray[np.bool_] | None
    removed: Words
    position: int

    def search(self, queries: Words, wide: int) -> Pairs:
        """Return the pairs within `wide`, those of rows that are gone too."""
        return scan(self.words, queries, wide)


@dataclass(slots=True)
class Head:
    """What a log says, in memory: rows in order of arrival, which of them are gone, numbers gone from older parts."""

    log: HeadLog
    position: int
    end: int = _FRAMES_AT
    shown: int = _FRAMES_AT
    """How far `view` goes. Only then does a reader believe that it has everything."""
    count: int = 0
    words: Words = field(default_factory=lambda: np.empty((_FIRST_CAPACITY, 4), np.uint64))
    addresses: Words = field(default_factory=lambda: np.empty(_FIRST_CAPACITY, np.uint64))
    gone: NDArray[np.bool_] | None = None
    removed: Words = field(default_factory=lambda: np.empty(0, np.uint64))
    digests: dict[str, dict[bytes, tuple[int, ...]]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    digests_of: dict[int, list[tuple[str, bytes]]] = field(default_factory=dict)
    view: HeadView = field(init=False)
    """What readers see; replaced when a frame has been taken in."""

    @classmethod
    def open(cls, path: Path) -> "Head":
        """Read a log from its beginning."""
        log = HeadLog(path)
        head = cls(log, log.first_position)
        head._show()
        head.advance()
        return head

    @property
    def size(self) -> int:
        """How much there is to merge: rows, removals and digests."""
        return self.count + len(self.removed) + sum(len(held) for held in self.digests_of.values())

    @property
    def is_behind(self) -> bool:
        """Whether another process, or this one, has committed more than was read."""
        return self.log.committed != self.shown

    def advance(self) -> None:
        """Take in what was committed since. Rows that a reader already sees stay where they are."""
        for frame, end in self.log.read(self.end):
            if len(frame.removed):
                self._remove(frame.removed)
            self._add(frame)
            self.position, self.end = frame.position, end
        self._show()

    def _show(self) -> None:
        words, addresses = self.words[: self.count], self.addresses[: self.count]
        words.flags.writeable = False  # as a body's are, so that the kernels are compiled once
        self.view = HeadView(words, addresses, self.gone, self.removed, self.position)
        self.shown = self.end

    def _add(self, frame: Frame) -> None:
        total = self.count + len(frame.words)
        if total > len(self.words):
            self.words = _grow(self.words, self.count, total)
            self.addresses = _grow(self.addresses, self.count, total)
        self.words[self.count : total] = frame.words
        self.addresses[self.count : total] = frame.addresses
        if self.gone is not None:
            self.gone = np.append(self.gone, np.zeros(len(frame.words), bool))
        self.count = total
        for record in frame.digests:
            kind = KINDS[int(record["kind"])]
            digest, number = record["digest"].tobytes()[: DIGEST_BYTES[kind]], int(record["number"])
            self.digests[kind][digest] = (*self.digests[kind].get(digest, ()), number)
            self.digests_of.setdefault(number, []).append((kind, digest))

    def _remove(self, numbers: Words) -> None:
        gone = np.isin(self.addresses[: self.count] >> np.uint64(ROW_BITS), numbers)
        self.gone = gone if self.gone is None else self.gone | gone
        self.removed = np.union1d(self.removed, numbers)
        for number in numbers.tolist():
            for kind, digest in self.digests_of.pop(number, ()):
                holders = self.digests[kind][digest]
                self.digests[kind][digest] = tuple(holder for holder in holders if holder != number)


def _parse(content: bytes, at: int) -> Frame | None:
    if at + _FRAME.size > len(content):
        return None
    mark, rows, removed, digests, position, crc, nothing = _FRAME.unpack_from(content, at)
    start = at + _FRAME.size
    end = start + _size(rows, removed, digests)
    if mark != _MARK or nothing or end > len(content):
        return None
    head = _FRAME.pack(mark, rows, removed, digests, position, 0, 0)
    if zlib.crc32(memoryview(content)[start:end], zlib.crc32(head)) != crc:
        return None
    words = np.frombuffer(content, "<u8", rows * 4, start).reshape(rows, 4)
    start += rows * 32
    addresses = np.frombuffer(content, "<u8", rows, start)
    start += rows * 8
    return Frame(
        words,
        addresses,
        np.frombuffer(content, "<u8", removed, start),
        np.frombuffer(content, DIGEST_RECORD, digests, start + removed * 8),
        position,
    )


def _size(rows: int, removed: int, digests: int) -> int:
    return rows * 40 + removed * 8 + digests * DIGEST_RECORD.itemsize


def _grow(array: Words, count: int, needed: int) -> Words:
    larger = np.empty((max(needed, 2 * len(array)), *array.shape[1:]), np.uint64)
    larger[:count] = array[:count]
    return larger

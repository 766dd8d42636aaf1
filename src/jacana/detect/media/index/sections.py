"""A file of named arrays, written once and then only mapped: a checked header, each array with its own checksum.

Opening reads the header alone, so that a file of gigabytes opens in a millisecond; `check_sections` reads everything.
"""

import json
import math
import mmap
import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.index.errors import IndexDamagedError

MAGIC = b"JACBODY1"
_PREFIX = struct.Struct("<8sII")
"""Magic, length and CRC-32 of the header's JSON."""
_PAGE = 4096
_HEADER_BYTES = 2 * _PAGE

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Sections:
    """The mapped arrays of a file by name, its few facts, and the checksums that its header states."""

    path: Path
    facts: dict[str, Any]
    arrays: dict[str, Array]
    checksums: dict[str, int]
    size: int


class SectionWriter:
    """Arrays that lie in the file while they are filled; nothing is valid before `seal`."""

    def __init__(self, path: Path, shapes: dict[str, tuple[str, tuple[int, ...]]]) -> None:
        self._path = path
        self._layout: dict[str, dict[str, Any]] = {}
        end = _HEADER_BYTES
        for name, (dtype, shape) in shapes.items():
            self._layout[name] = {"at": end, "dtype": dtype, "shape": list(shape)}
            end += -(-np.dtype(dtype).itemsize * math.prod(shape) // _PAGE) * _PAGE
        with path.open("w+b") as file:
            os.posix_fallocate(file.fileno(), 0, end)  # a full disk says so here, not by a signal later
            self._map = mmap.mmap(file.fileno(), end)
        self.arrays = {name: _view(self._map, **place) for name, place in self._layout.items()}

    def seal(self, facts: dict[str, Any]) -> None:
        """Write checksums and header, and see all of it on the disk."""
        for name, array in self.arrays.items():
            self._layout[name]["crc"] = _sum(array)
        self._map.flush()
        text = json.dumps({"facts": facts, "size": len(self._map), "sections": self._layout}).encode()
        if len(text) > _HEADER_BYTES - _PREFIX.size:
            raise ValueError("the header is larger than its place")
        self._map[: _PREFIX.size + len(text)] = _PREFIX.pack(MAGIC, len(text), zlib.crc32(text)) + text
        self._map.flush()
        with self._path.open("rb") as file:
            os.fsync(file.fileno())


def open_sections(path: Path) -> Sections:
    """Map a sealed file. Raise IndexDamagedError if its header or its size is not what was sealed."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size < _HEADER_BYTES:
            raise IndexDamagedError(f"{path.name} is cut short")
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    magic, length, crc = _PREFIX.unpack_from(mapped)
    text = mapped[_PREFIX.size : _PREFIX.size + length] if length <= _HEADER_BYTES - _PREFIX.size else b""
    if magic != MAGIC or zlib.crc32(text) != crc:
        raise IndexDamagedError(f"{path.name} has a damaged header or another version")
    header = json.loads(text)
    if header["size"] != size:
        raise IndexDamagedError(f"{path.name} has {size} bytes, not the {header['size']} that were written")
    checksums = {name: place.pop("crc") for name, place in header["sections"].items()}
    arrays = {name: _view(mapped, **place) for name, place in header["sections"].items()}
    return Sections(path, header["facts"], arrays, checksums, size)


def check_sections(sections: Sections) -> list[str]:
    """Read every byte; return a complaint for each array that does not match its checksum."""
    wrong = [name for name, array in sections.arrays.items() if _sum(array) != sections.checksums[name]]
    return [f"{sections.path.name}: {name} does not match its checksum" for name in wrong]


def _view(mapped: mmap.mmap, *, at: int, dtype: str, shape: list[int]) -> Array:
    return (
        np.frombuffer(mapped, dtype, math.prod(shape), at).reshape(shape)
        if math.prod(shape)
        else np.empty(shape, dtype)
    )


def _sum(array: Array) -> int:
    return zlib.crc32(array.reshape(-1).view(np.uint8).data) if array.size else 0

"""The files of the catalogue: an open log that grows, and sealed shards laid out for scanning. Pure file formats.

A shard lists files by the SHA-256 of their bytes, and for each the PDQ hashes of its frames and windows, one after the
other. Two forms say the same: `.shard`, our own, memory-mapped; `.parquet`, for clusters.
"""

import json
import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jacana.model.errors import IntegrityBrokenError, SetupInvalidError

_BLOCK = struct.Struct("<4sIIq32s")
"""Of the log: magic, number of hashes, CRC-32 of the rest (without itself), screened_at, SHA-256; then the hashes."""

_BLOCK_MAGIC = b"JCB1"
_SHARD_MAGIC = b"JCSHARD1"
_ALIGN = 64
MAX_HASHES = 1 << 22
"""A log with more hashes than this is sealed: 128 MiB, the unit of progress of a look-back."""


class ShardDamagedError(IntegrityBrokenError):
    """A file of the catalogue is not what was written."""

    code = "catalogue.shard_damaged"


class ParquetMissingError(SetupInvalidError):
    """Parquet shards are asked for and pyarrow is not installed."""

    code = "catalogue.parquet_missing"


@dataclass(frozen=True, slots=True)
class Shard:
    """m files and their n hashes: sha256 (m, 32) u1, screened_at (m,) i8 in microseconds since 1970, starts (m + 1,) i8
    into pdq (n, 32) u1. The hashes of file i are `pdq[starts[i]:starts[i + 1]]`.
    """

    sha256: NDArray[np.uint8]
    screened_at: NDArray[np.int64]
    starts: NDArray[np.int64]
    pdq: NDArray[np.uint8]

    def __len__(self) -> int:
        """Return the number of hashes."""
        return int(self.starts[-1])


def write_block(sha256: bytes, screened_at: int, pdq: NDArray[np.uint8]) -> bytes:
    """Return one file's record of the log."""
    body = np.ascontiguousarray(pdq).tobytes()
    return _BLOCK.pack(_BLOCK_MAGIC, len(pdq), _check_block(sha256, screened_at, body), screened_at, sha256) + body


def read_log(path: Path) -> tuple[Shard, int]:
    """Return what a log holds and the length of its whole records; a record cut short by a crash is left out.

    Raises ShardDamagedError if something that is not a record stands before the end.
    """
    data = path.read_bytes()
    blocks, position = [], 0
    while position + _BLOCK.size <= len(data):
        magic, count, check, screened_at, sha256 = _BLOCK.unpack_from(data, position)
        body = data[position + _BLOCK.size : position + _BLOCK.size + 32 * count]
        end = position + _BLOCK.size + 32 * count
        whole = magic == _BLOCK_MAGIC and end <= len(data) and check == _check_block(sha256, screened_at, body)
        if not whole and magic == _BLOCK_MAGIC and end >= len(data):
            break
        if not whole:
            raise ShardDamagedError(f"{path.name} is damaged at byte {position}")
        blocks.append((sha256, screened_at, np.frombuffer(body, np.uint8).reshape(-1, 32)))
        position = end
    return collect_shard(blocks), position


def collect_shard(files: Iterable[tuple[bytes, int, NDArray[np.uint8]]]) -> Shard:
    """Return (SHA-256, screened_at, hashes) of files as arrays."""
    listed = list(files)
    starts = np.cumsum([0, *(len(pdq) for _, _, pdq in listed)], dtype=np.int64)
    return Shard(
        np.frombuffer(b"".join(sha256 for sha256, _, _ in listed), np.uint8).reshape(-1, 32),
        np.array([screened_at for _, screened_at, _ in listed], np.int64),
        starts,
        np.concatenate([pdq for _, _, pdq in listed]) if listed else np.empty((0, 32), np.uint8),
    )


def write_shard(path: Path, shard: Shard) -> None:
    """Write a shard in the form its suffix names; complete on disk under its name, or not there at all."""
    part = path.with_name(path.name + ".part")
    if path.suffix == ".parquet":
        _write_parquet(part, shard)
    else:
        _write_native(part, shard)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.rename(path)
    _sync_folder(path.parent)


def read_shard(path: Path) -> Shard:
    """Return a shard, memory-mapped where the form allows. Raises ShardDamagedError, ParquetMissingError."""
    return _read_parquet(path) if path.suffix == ".parquet" else _read_native(path)


def list_files(shard: Shard) -> Iterator[tuple[bytes, int, NDArray[np.uint8]]]:
    """Yield (SHA-256, screened_at, hashes) of each file."""
    for row, sha256 in enumerate(shard.sha256):
        yield sha256.tobytes(), int(shard.screened_at[row]), shard.pdq[shard.starts[row] : shard.starts[row + 1]]


def _check_block(sha256: bytes, screened_at: int, body: bytes) -> int:
    return zlib.crc32(body, zlib.crc32(sha256 + screened_at.to_bytes(8, "little", signed=True)))


def _write_native(path: Path, shard: Shard) -> None:
    header = json.dumps({"files": len(shard.sha256), "hashes": len(shard)}).encode()
    with path.open("wb") as file:
        file.write(_SHARD_MAGIC + struct.pack("<II", len(header), zlib.crc32(header)) + header)
        for part in (shard.sha256, shard.screened_at, shard.starts, shard.pdq):
            file.write(bytes(-file.tell() % _ALIGN))
            np.ascontiguousarray(part).tofile(file)


def _read_native(path: Path) -> Shard:
    with path.open("rb") as file:
        head = file.read(len(_SHARD_MAGIC) + 8)
        length, check = struct.unpack_from("<II", head, len(_SHARD_MAGIC)) if len(head) == 16 else (0, 0)
        header = file.read(length)
    if head[:8] != _SHARD_MAGIC or zlib.crc32(header) != check:
        raise ShardDamagedError(f"{path.name} is not a shard of the catalogue")
    counts = json.loads(header)
    files, hashes = int(counts["files"]), int(counts["hashes"])
    data = np.memmap(path, np.uint8, mode="r")
    position, parts = 16 + length, []
    for size in (32 * files, 8 * files, 8 * (files + 1), 32 * hashes):
        position += -position % _ALIGN
        parts.append(data[position : position + size])
        position += size
    if position != len(data):
        raise ShardDamagedError(f"{path.name} has {len(data)} bytes instead of {position}")
    return Shard(parts[0].reshape(-1, 32), parts[1].view(np.int64), parts[2].view(np.int64), parts[3].reshape(-1, 32))


def _load_arrow() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise ParquetMissingError(
            "Parquet shards need pyarrow",
            remedy="install jacana with the extra `ray`, or set catalogue_format = native",
        ) from None
    return pyarrow


def _write_parquet(path: Path, shard: Shard) -> None:
    arrow = _load_arrow()
    flat = arrow.FixedSizeBinaryArray.from_buffers(
        arrow.binary(32), len(shard), [None, arrow.py_buffer(np.ascontiguousarray(shard.pdq))]
    )
    names = arrow.FixedSizeBinaryArray.from_buffers(
        arrow.binary(32), len(shard.sha256), [None, arrow.py_buffer(np.ascontiguousarray(shard.sha256))]
    )
    table = arrow.table(
        {
            "sha256": names,
            "screened_at": arrow.array(shard.screened_at),
            "pdq": arrow.LargeListArray.from_arrays(arrow.array(shard.starts), flat),
        }
    )
    # Hashes do not compress; a dictionary of them would only be slow.
    arrow.parquet.write_table(table, path, compression="none", use_dictionary=False)


def _read_parquet(path: Path) -> Shard:
    arrow = _load_arrow()
    try:
        table = arrow.parquet.read_table(path, memory_map=True).combine_chunks()
    except (arrow.ArrowInvalid, OSError):
        raise ShardDamagedError(f"{path.name} is not a shard of the catalogue") from None
    if not table.num_rows:
        return collect_shard(())
    lists, names = table["pdq"].chunk(0), table["sha256"].chunk(0)
    hashes = lists.flatten()
    return Shard(
        np.frombuffer(names.buffers()[1], np.uint8).reshape(-1, 32)[names.offset : names.offset + len(names)],
        table["screened_at"].to_numpy(),
        lists.offsets.to_numpy().astype(np.int64) - lists.offsets[0].as_py(),
        np.frombuffer(hashes.buffers()[1], np.uint8).reshape(-1, 32)[hashes.offset : hashes.offset + len(hashes)],
    )


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""What goes between parent, decoder server and decoder child: a kind byte, four bytes of length, the payload. Pure.

The parent trusts none of it: sizes are capped, JSON is checked, and a record that is cut short is dropped.
"""

import json
import struct
from collections.abc import Iterator
from typing import Any

READY, HEADER, FRAMES, WINDOWS, END = b"R", b"H", b"F", b"W", b"E"
"""Child to parent: sandbox layers; what the file is; packed frames; packed windows; how it ended. Else JSON."""

KINDS = (READY, HEADER, FRAMES, WINDOWS, END)
MAX_RECORD_BYTES = 1 << 20

ANALYSE, KILL = b"A", b"K"
"""Parent to server: decode the file that comes along; kill the child that does."""

WARM, ENDED = b"W", b"X"
"""Server to parent: ready for files; a child's exit status (four bytes, negative: the signal that ended it)."""

HEAD_BYTES = 5
MAX_REQUEST_BYTES = 1 << 20
_HEAD = struct.Struct(">cI")
_STATUS = struct.Struct(">i")


def write_record(kind: bytes, payload: bytes = b"") -> bytes:
    """Return a record's bytes."""
    return _HEAD.pack(kind, len(payload)) + payload


def write_json(kind: bytes, content: dict[str, Any]) -> bytes:
    """Return a record that holds JSON."""
    return write_record(kind, json.dumps(content).encode())


def read_records(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (kind, payload) of every whole record. Raises ValueError at the first thing that is not a record."""
    position = 0
    while position + HEAD_BYTES <= len(data):
        kind, length = read_head(data[position : position + HEAD_BYTES])
        if kind not in KINDS or length > MAX_RECORD_BYTES:
            raise ValueError("not a record of the decoder")
        position += HEAD_BYTES
        if position + length > len(data):
            return
        yield kind, data[position : position + length]
        position += length


def read_head(head: bytes) -> tuple[bytes, int]:
    """Return the kind and length that HEAD_BYTES bytes announce."""
    kind, length = _HEAD.unpack(head)
    return kind, length


def read_json(payload: bytes) -> dict[str, Any]:
    """Return the JSON object of a record. Raises ValueError if it is none."""
    content = json.loads(payload)
    if not isinstance(content, dict):
        raise ValueError("not a JSON object")
    return content


def write_status(status: int) -> bytes:
    """Return the ENDED record of an exit status."""
    return write_record(ENDED, _STATUS.pack(status))


def read_status(record: bytes) -> int:
    """Return the exit status of an ENDED record. Raises ValueError if it is none."""
    if len(record) != STATUS_BYTES or read_head(record[:HEAD_BYTES]) != (ENDED, _STATUS.size):
        raise ValueError("not an exit status")
    return int(_STATUS.unpack(record[HEAD_BYTES:])[0])


STATUS_BYTES = HEAD_BYTES + _STATUS.size

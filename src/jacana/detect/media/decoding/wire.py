"""Records between the decoder child and its parent: one kind byte, four bytes of length, the payload. Pure.

The parent trusts none of it: sizes are capped, JSON is checked, and a record that is cut short is dropped.
"""

import json
import struct
from collections.abc import Iterator
from typing import Any

READY, HEADER, FRAMES, END = b"R", b"H", b"F", b"E"
"""Sandbox layers as JSON; what the file is as JSON; packed frames; how it ended as JSON."""

KINDS = (READY, HEADER, FRAMES, END)
MAX_RECORD_BYTES = 1 << 20
_HEAD = struct.Struct(">cI")


def write_record(kind: bytes, payload: bytes) -> bytes:
    """Return a record's bytes."""
    return _HEAD.pack(kind, len(payload)) + payload


def write_json(kind: bytes, content: dict[str, Any]) -> bytes:
    """Return a record that holds JSON."""
    return write_record(kind, json.dumps(content).encode())


def read_records(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (kind, payload) of every whole record. Raises ValueError at the first thing that is not a record."""
    position = 0
    while position + _HEAD.size <= len(data):
        kind, length = _HEAD.unpack_from(data, position)
        if kind not in KINDS or length > MAX_RECORD_BYTES:
            raise ValueError("not a record of the decoder")
        position += _HEAD.size
        if position + length > len(data):
            return
        yield kind, data[position : position + length]
        position += length


def read_json(payload: bytes) -> dict[str, Any]:
    """Return the JSON object of a record. Raises ValueError if it is none."""
    content = json.loads(payload)
    if not isinstance(content, dict):
        raise ValueError("not a JSON object")
    return content

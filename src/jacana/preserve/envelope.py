"""The sealed form of one object: a header, then AES-256-GCM chunks, and the wrapping of its data key.

Chunks follow the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár, CRYPTO 2015): the nonce is a random prefix,
the chunk's number and a flag on the last one, and the whole header is associated data of every chunk. So a chunk that
was changed, moved, cut off, added or taken from another object does not open. Never holds more than one chunk.
"""

import hashlib
import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from jacana.model.errors import IntegrityBrokenError

MAGIC = b"JACANAVT"
VERSION = 1
CHUNK_BYTES = 2**20
TAG_BYTES = 16
KEY_ID_BYTES = 40
_LARGEST_CHUNK = 2**26
_CHUNKS_A_FETCH = 8
_LAYOUT = struct.Struct(f">8sBIQ32s7s{KEY_ID_BYTES}s")
HEADER_BYTES = _LAYOUT.size

Fetch = Callable[[int, int], bytes]
"""Returns the sealed object's bytes from start to end (exclusive)."""


class VaultObjectBrokenError(IntegrityBrokenError):
    """A sealed object is missing, was changed, or does not belong to its row."""

    code = "vault.object_broken"


class VaultSourceMismatchError(IntegrityBrokenError):
    """The bytes to be sealed are not the bytes whose digest and size were announced."""

    code = "vault.source_mismatch"


@dataclass(frozen=True, slots=True)
class Header:
    """What precedes the chunks. `key_id` names the key-encryption key at the time of sealing."""

    sha256: str
    size_bytes: int
    key_id: str
    nonce_prefix: bytes
    chunk_bytes: int = CHUNK_BYTES

    def pack(self) -> bytes:
        """Return the header's HEADER_BYTES bytes."""
        return _LAYOUT.pack(
            MAGIC,
            VERSION,
            self.chunk_bytes,
            self.size_bytes,
            bytes.fromhex(self.sha256),
            self.nonce_prefix,
            self.key_id.encode(),
        )

    @property
    def chunk_count(self) -> int:
        """How many chunks follow; an empty object has one, empty, so that its end is proven too."""
        return max(1, -(-self.size_bytes // self.chunk_bytes))

    @property
    def sealed_bytes(self) -> int:
        """Size of the whole sealed object."""
        return HEADER_BYTES + self.size_bytes + self.chunk_count * TAG_BYTES

    def find_chunk(self, index: int) -> int:
        """Return where chunk `index` begins in the sealed object; for chunk_count, where the object ends."""
        return min(HEADER_BYTES + index * (self.chunk_bytes + TAG_BYTES), self.sealed_bytes)


def make_header(sha256: str, size_bytes: int, key_id: str) -> Header:
    """Return the header of a new sealing, with a fresh nonce prefix."""
    return Header(sha256, size_bytes, key_id, os.urandom(7))


def parse_header(raw: bytes) -> Header:
    """Return the header of a sealed object. Raises VaultObjectBrokenError."""
    if len(raw) != HEADER_BYTES:
        raise VaultObjectBrokenError("the sealed object ends inside its header")
    magic, version, chunk_bytes, size_bytes, digest, prefix, key_id = _LAYOUT.unpack(raw)
    if (magic, version) != (MAGIC, VERSION) or not 0 < chunk_bytes <= _LARGEST_CHUNK:
        raise VaultObjectBrokenError("the sealed object does not begin with a header of this vault")
    name = key_id.rstrip(b"\0").decode(errors="replace")
    return Header(digest.hex(), size_bytes, name, prefix, chunk_bytes)


def seal_stream(source: BinaryIO, header: Header, data_key: bytes) -> Iterator[bytes]:
    """Yield the sealed object of `source`: the header, then its chunks.

    Raises VaultSourceMismatchError, before the last chunk, if the source is not the bytes the header names.
    """
    cipher, packed, digest = AESGCM(data_key), header.pack(), hashlib.sha256()
    yield packed
    left = header.size_bytes
    for index in range(header.chunk_count):
        chunk = source.read(min(header.chunk_bytes, left))
        digest.update(chunk)
        left -= len(chunk)
        last = index == header.chunk_count - 1
        if last:
            _check_source(source, header, left, digest.hexdigest())
        yield cipher.encrypt(_nonce(header, index, last), chunk, packed)


def _check_source(source: BinaryIO, header: Header, left: int, sha256: str) -> None:
    if left or source.read(1):
        raise VaultSourceMismatchError(f"the file is not {header.size_bytes} bytes long, as was recorded on receipt")
    if sha256 != header.sha256:
        raise VaultSourceMismatchError("the file's SHA-256 is not the one recorded on receipt")


def open_chunks(fetch: Fetch, header: Header, data_key: bytes, first: int, count: int) -> Iterator[bytes]:
    """Yield `count` chunks of plaintext from chunk `first` on, each proven before it is yielded.

    Raises VaultObjectBrokenError.
    """
    cipher, packed = AESGCM(data_key), header.pack()
    for start in range(first, first + count, _CHUNKS_A_FETCH):
        stop = min(start + _CHUNKS_A_FETCH, first + count)
        begin = header.find_chunk(start)
        sealed = memoryview(fetch(begin, header.find_chunk(stop)))
        for index in range(start, stop):
            piece = sealed[header.find_chunk(index) - begin : header.find_chunk(index + 1) - begin]
            try:
                yield cipher.decrypt(_nonce(header, index, index == header.chunk_count - 1), piece, packed)
            except InvalidTag:
                raise VaultObjectBrokenError(f"chunk {index} of object {header.sha256} was changed") from None


def open_whole(fetch: Fetch, header: Header, data_key: bytes) -> Iterator[bytes]:
    """Yield every chunk; the last one only if the SHA-256 of all of them is the header's.

    Raises VaultObjectBrokenError.
    """
    digest = hashlib.sha256()
    for index, chunk in enumerate(open_chunks(fetch, header, data_key, 0, header.chunk_count)):
        digest.update(chunk)
        if index == header.chunk_count - 1 and digest.hexdigest() != header.sha256:
            raise VaultObjectBrokenError(f"object {header.sha256} holds other bytes than its SHA-256 says")
        yield chunk


def open_range(fetch: Fetch, header: Header, data_key: bytes, start: int, end: int) -> Iterator[bytes]:
    """Yield plaintext bytes start..end (exclusive, within the object), opening only the chunks they lie in.

    Raises VaultObjectBrokenError.
    """
    if start >= end:
        return
    first, last = start // header.chunk_bytes, (end - 1) // header.chunk_bytes
    for index, chunk in enumerate(open_chunks(fetch, header, data_key, first, last - first + 1), first):
        offset = index * header.chunk_bytes
        yield chunk[max(0, start - offset) : end - offset]


def make_data_key() -> bytes:
    """Return a fresh 256-bit key for one object."""
    return AESGCM.generate_key(256)


def wrap_key(data_key: bytes, key: bytes, key_id: str, sha256: str) -> bytes:
    """Return the data key under the key-encryption key: nonce (12 bytes), ciphertext, tag.

    The wrapping key is derived per object (HKDF-SHA-256), which binds the wrapped key to its object and keeps random
    nonces safe for any number of objects.
    """
    nonce = os.urandom(12)
    return nonce + _wrapping_cipher(key, key_id, sha256).encrypt(nonce, data_key, None)


def unwrap_key(wrapped: bytes, key: bytes, key_id: str, sha256: str) -> bytes:
    """Return the data key. Raises VaultObjectBrokenError: another vault_key, or a changed row."""
    try:
        return _wrapping_cipher(key, key_id, sha256).decrypt(wrapped[:12], wrapped[12:], None)
    except (InvalidTag, ValueError):
        raise VaultObjectBrokenError(
            f"the key of object {sha256} cannot be unwrapped: vault_key is not the key {key_id} it was sealed with, "
            "or its row was changed"
        ) from None


def _wrapping_cipher(key: bytes, key_id: str, sha256: str) -> AESGCM:
    purpose = b"jacana vault data key\0" + key_id.encode() + b"\0" + bytes.fromhex(sha256)
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key))


def _nonce(header: Header, index: int, last: bool) -> bytes:
    return header.nonce_prefix + struct.pack(">IB", index, last)

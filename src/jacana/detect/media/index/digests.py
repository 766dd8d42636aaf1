"""Exact sets of MD5, SHA-1 and SHA-256: sorted arrays in a body, a dictionary in a head; compared in full, in batches.

A digest is found through a table of its leading bits and compared in all its bytes, so leading bits that somebody chose
cost time and never a wrong answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.index.address import Words
from jacana.detect.media.index.errors import IndexInputInvalidError
from jacana.detect.media.index.head import DIGEST_BYTES, DIGEST_RECORD, KINDS, Head
from jacana.detect.media.index.kernels import find_digests

Kind = Literal["md5", "sha1", "sha256"]
Bytes = NDArray[np.uint8]
_ROWS_A_BUCKET = 2
_MAX_BITS = 28


class DigestHits(NamedTuple):
    """Which query (h,) is held by which bank entry (h,)."""

    query: NDArray[np.intp]
    number: Words


@dataclass(frozen=True, slots=True)
class DigestTable:
    """The digests of one kind in a body: rows (n, width) sorted, the entry of each, where each leading value begins."""

    rows: Bytes
    numbers: Words
    starts: NDArray[np.uint32]

    def find(self, queries: Bytes) -> DigestHits:
        """Return every holder of each query (m, width)."""
        size = max(16, len(queries))
        while len(self.rows):
            query, row = np.empty(size, np.int64), np.empty(size, np.int64)
            size = int(find_digests(self.rows, self.starts, queries, query, row))
            if size <= len(query):
                return DigestHits(query[:size], self.numbers[row[:size]])
        return _no_hits()


def make_tables(records: NDArray[np.void]) -> dict[str, NDArray[Any]]:
    """Return the arrays of all kinds by name, as a body keeps them."""
    arrays: dict[str, NDArray[Any]] = {}
    for code, kind in enumerate(KINDS):
        chosen = records[records["kind"] == code]
        rows = np.ascontiguousarray(chosen["digest"][:, : DIGEST_BYTES[kind]])
        keys = read_keys(rows)
        order = np.argsort(keys, kind="stable")
        bits = min(_MAX_BITS, max(1, (len(rows) // _ROWS_A_BUCKET).bit_length()))
        firsts = np.arange((1 << bits) + 1, dtype=np.uint64)
        arrays[kind] = rows[order]
        arrays[f"{kind}_numbers"] = chosen["number"][order]
        arrays[f"{kind}_starts"] = np.searchsorted(keys[order] >> np.uint64(64 - bits), firsts).astype(np.uint32)
    return arrays


def read_tables(arrays: dict[str, NDArray[Any]]) -> dict[str, DigestTable]:
    """Return the tables by kind from a body's arrays."""
    return {kind: DigestTable(arrays[kind], arrays[f"{kind}_numbers"], arrays[f"{kind}_starts"]) for kind in KINDS}


def list_records(tables: dict[str, DigestTable]) -> NDArray[np.void]:
    """Return what the tables hold as records, to be merged."""
    parts = []
    for code, kind in enumerate(KINDS):
        records = np.zeros(len(tables[kind].rows), DIGEST_RECORD)
        records["kind"], records["number"] = code, tables[kind].numbers
        records["digest"][:, : DIGEST_BYTES[kind]] = tables[kind].rows
        parts.append(records)
    return np.concatenate(parts)


def list_head_records(head: Head) -> NDArray[np.void]:
    """Return what a head holds as records, to be merged."""
    held = [(kind, digest, number) for number, digests in head.digests_of.items() for kind, digest in digests]
    return pack_digests(held)


def find_in_head(head: Head, kind: Kind, queries: Bytes) -> DigestHits:
    """Return every holder of each query (m, width) in a head."""
    known = head.digests[kind]
    if not known:
        return _no_hits()
    asked, width = queries.tobytes(), queries.shape[1]
    held = [(at, known.get(asked[at * width : at * width + width], ())) for at in range(len(queries))]
    pairs = [(at, number) for at, numbers in held for number in numbers]
    found = np.array(pairs, np.int64).reshape(-1, 2)
    return DigestHits(found[:, 0].astype(np.intp), found[:, 1].astype(np.uint64))


def check_queries(kind: str, queries: Bytes) -> Bytes:
    """Return digests (m, width) as one block. Raise IndexInputInvalidError if they are not of this kind."""
    if kind not in DIGEST_BYTES:
        raise IndexInputInvalidError(f"no digests of kind {kind!r}", field="kind", remedy=f"one of {', '.join(KINDS)}")
    width = DIGEST_BYTES[kind]
    if queries.dtype != np.uint8 or queries.ndim != 2 or queries.shape[1] != width:
        raise IndexInputInvalidError(
            f"{kind} digests have the shape (m, {width}) of bytes", field="digests", remedy="raw bytes, not hexadecimal"
        )
    return np.array(queries)


def pack_digests(digests: Sequence[tuple[str, bytes, int]]) -> NDArray[np.void]:
    """Return (kind, digest, entry number) triples as records. Raise IndexInputInvalidError if a length is wrong."""
    records = np.zeros(len(digests), DIGEST_RECORD)
    for at, (kind, digest, number) in enumerate(digests):
        if len(digest) != DIGEST_BYTES.get(kind):
            raise IndexInputInvalidError(
                f"a digest of kind {kind!r} has {len(digest)} bytes", field=f"digests[{at}]", remedy="raw bytes"
            )
        records[at] = (KINDS.index(kind), number, np.frombuffer(digest.ljust(32, b"\0"), np.uint8))
    return records


def read_keys(rows: Bytes) -> Words:
    """Return the first eight bytes of digests (n, width) as numbers in the order of the bytes."""
    return np.ascontiguousarray(rows[:, :8]).view(">u8").astype(np.uint64).reshape(-1)


def _no_hits() -> DigestHits:
    return DigestHits(np.empty(0, np.intp), np.empty(0, np.uint64))

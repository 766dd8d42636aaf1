"""Digests are found whole, all their holders, whatever their leading bits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jacana.detect.media.index.digests import (
    check_queries,
    list_records,
    make_tables,
    pack_digests,
    read_keys,
    read_tables,
)
from jacana.detect.media.index.errors import IndexInputInvalidError

WIDTHS = {"md5": 16, "sha1": 20, "sha256": 32}


def as_rows(digests: list[bytes], width: int) -> np.ndarray:
    return np.frombuffer(b"".join(digests), np.uint8).reshape(-1, width)


@settings(deadline=None)  # the first example compiles
@given(data=st.data(), kind=st.sampled_from(sorted(WIDTHS)))
def test_every_holder_is_found_and_nobody_else(data: st.DataObject, kind: str) -> None:
    width = WIDTHS[kind]
    tail = st.binary(min_size=width - 8, max_size=width - 8)
    digest = st.builds(lambda start, end: start + end, st.sampled_from([bytes(8), b"\xff" * 8, b"a" * 8]), tail)
    held = data.draw(st.lists(st.tuples(st.just(kind), digest, st.integers(0, 99)), max_size=40))
    asked = [entry[1] for entry in held] + data.draw(st.lists(digest, max_size=5))
    table = read_tables(make_tables(pack_digests(held)))[kind]
    hits = table.find(as_rows(asked, width))
    found = sorted(zip(hits.query.tolist(), hits.number.tolist(), strict=True))
    assert found == sorted((at, n) for at, one in enumerate(asked) for _, other, n in held if one == other)


def test_records_come_back_from_tables() -> None:
    held = [("sha1", bytes(20), 3), ("md5", b"m" * 16, 1), ("sha256", b"s" * 32, 2), ("md5", b"m" * 16, 9)]
    records = list_records(read_tables(make_tables(pack_digests(held))))
    assert sorted(record.tobytes() for record in records) == sorted(one.tobytes() for one in pack_digests(held))


def test_keys_follow_the_order_of_the_bytes() -> None:
    rows = as_rows([b"\0\0\0\0\0\0\0\1" + bytes(8), b"\1" + bytes(15)], 16)
    assert read_keys(rows).tolist() == [1, 1 << 56]


@pytest.mark.parametrize(("kind", "digest"), [("md5", bytes(20)), ("crc", bytes(4)), ("sha256", b"0" * 64)])
def test_a_digest_of_the_wrong_length_is_refused(kind: str, digest: bytes) -> None:
    with pytest.raises(IndexInputInvalidError) as caught:
        pack_digests([("md5", bytes(16), 1), (kind, digest, 2)])
    assert caught.value.field == "digests[1]"


@pytest.mark.parametrize(
    ("kind", "queries"),
    [("crc", np.zeros((1, 4), np.uint8)), ("md5", np.zeros((1, 20), np.uint8)), ("md5", np.zeros((1, 16), np.int32))],
)
def test_queries_of_the_wrong_shape_are_refused(kind: str, queries: np.ndarray) -> None:
    with pytest.raises(IndexInputInvalidError):
        check_queries(kind, queries)

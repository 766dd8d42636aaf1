"""The sealed form: what goes in comes out, and no change of any kind to it goes unseen."""

import hashlib
import io
import os
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jacana.preserve.envelope import (
    HEADER_BYTES,
    TAG_BYTES,
    Header,
    VaultObjectBrokenError,
    VaultSourceMismatchError,
    make_data_key,
    make_header,
    open_range,
    open_whole,
    parse_header,
    seal_stream,
    unwrap_key,
    wrap_key,
)

KEY = bytes(32)
DATA_KEY = bytes(range(32))
CHUNK = 64


def seal(data: bytes, data_key: bytes = DATA_KEY) -> tuple[Header, bytes]:
    header = replace(make_header(hashlib.sha256(data).hexdigest(), len(data), "k1"), chunk_bytes=CHUNK)
    return header, b"".join(seal_stream(io.BytesIO(data), header, data_key))


def unseal(sealed: bytes, data_key: bytes = DATA_KEY) -> bytes:
    header = parse_header(sealed[:HEADER_BYTES])
    return b"".join(open_whole(lambda start, end: sealed[start:end], header, data_key))


@given(st.binary(max_size=1000))
def test_what_is_sealed_opens(data: bytes) -> None:
    header, sealed = seal(data)
    assert parse_header(sealed[:HEADER_BYTES]) == header
    assert len(sealed) == header.sealed_bytes
    assert unseal(sealed) == data


def test_sealed_bytes_do_not_show_the_plaintext() -> None:
    _, sealed = seal(b"a" * 1000)
    assert b"aaaa" not in sealed
    assert seal(b"a" * 1000)[1][HEADER_BYTES:] != sealed[HEADER_BYTES:]  # a fresh nonce prefix each time


@given(st.binary(min_size=1, max_size=400), st.integers(0, 400), st.integers(0, 400))
def test_a_range_opens(data: bytes, start: int, length: int) -> None:
    header, sealed = seal(data)
    start = min(start, len(data))
    end = min(start + length, len(data))
    fetched: list[tuple[int, int]] = []

    def fetch(begin: int, stop: int) -> bytes:
        fetched.append((begin, stop))
        return sealed[begin:stop]

    assert b"".join(open_range(fetch, header, DATA_KEY, start, end)) == data[start:end]
    opened = sum(stop - begin for begin, stop in fetched)
    assert opened <= (end - start) + 2 * (CHUNK + TAG_BYTES) + (end - start) // CHUNK * TAG_BYTES + TAG_BYTES


@settings(max_examples=300)
@given(st.integers(0, 3), st.data())
def test_one_changed_bit_is_found_anywhere(chunks: int, data: st.DataObject) -> None:
    _, sealed = seal(os.urandom(chunks * CHUNK + 7))
    position = data.draw(st.integers(0, len(sealed) - 1))
    changed = bytearray(sealed)
    changed[position] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(VaultObjectBrokenError):
        unseal(bytes(changed))


def pieces(sealed: bytes) -> list[bytes]:
    step = CHUNK + TAG_BYTES
    return [sealed[start : start + step] for start in range(HEADER_BYTES, len(sealed), step)]


def test_chunks_in_another_order_are_found() -> None:
    _, sealed = seal(os.urandom(4 * CHUNK))
    first, second, *rest = pieces(sealed)
    with pytest.raises(VaultObjectBrokenError, match="chunk 0"):
        unseal(sealed[:HEADER_BYTES] + b"".join([second, first, *rest]))


def test_a_cut_off_chunk_is_found() -> None:
    _, sealed = seal(os.urandom(4 * CHUNK))
    with pytest.raises(VaultObjectBrokenError):
        unseal(sealed[: -CHUNK - TAG_BYTES])


def test_a_shorter_size_in_the_header_is_found() -> None:
    header, sealed = seal(os.urandom(4 * CHUNK))
    shorter = replace(header, size_bytes=3 * CHUNK).pack() + sealed[HEADER_BYTES : -CHUNK - TAG_BYTES]
    with pytest.raises(VaultObjectBrokenError):
        unseal(shorter)


def test_a_chunk_of_another_object_is_found() -> None:
    _, one = seal(b"x" * 4 * CHUNK)
    _, other = seal(b"y" * 4 * CHUNK)
    mixed = b"".join([pieces(one)[0], pieces(other)[1], *pieces(one)[2:]])
    with pytest.raises(VaultObjectBrokenError, match="chunk 1"):
        unseal(one[:HEADER_BYTES] + mixed)


def test_no_piece_is_yielded_before_it_is_proven() -> None:
    _, sealed = seal(b"x" * 4 * CHUNK)
    changed = bytearray(sealed)
    changed[HEADER_BYTES + 2 * (CHUNK + TAG_BYTES)] ^= 1
    header = parse_header(sealed[:HEADER_BYTES])
    stream = open_whole(lambda start, end: bytes(changed[start:end]), header, DATA_KEY)
    assert [next(stream), next(stream)] == [b"x" * CHUNK] * 2
    with pytest.raises(VaultObjectBrokenError, match="chunk 2"):
        next(stream)


def test_a_digest_that_was_sealed_wrong_is_found_before_the_last_piece() -> None:
    data = b"x" * 2 * CHUNK
    lying = Header("00" * 32, len(data), "k1", b"1234567", CHUNK)
    stream = seal_stream(io.BytesIO(data), lying, DATA_KEY)
    next(stream)
    next(stream)
    with pytest.raises(VaultSourceMismatchError, match="SHA-256"):
        next(stream)


@pytest.mark.parametrize("data", [b"x" * 129, b"x" * 127, b"", b"x" * 300])
def test_a_source_of_another_size_is_refused(data: bytes) -> None:
    header = Header(hashlib.sha256(b"x" * 128).hexdigest(), 128, "k1", b"1234567", CHUNK)
    with pytest.raises(VaultSourceMismatchError, match="128 bytes"):
        b"".join(seal_stream(io.BytesIO(data), header, DATA_KEY))


@pytest.mark.parametrize(
    "raw", [b"", b"short", bytes(HEADER_BYTES), Header("00" * 32, 1, "k1", bytes(7), 2**31).pack()]
)
def test_what_is_no_header_is_refused(raw: bytes) -> None:
    with pytest.raises(VaultObjectBrokenError):
        parse_header(raw)


def test_a_wrapped_key_opens_only_for_its_object_key_and_name() -> None:
    data_key = make_data_key()
    wrapped = wrap_key(data_key, KEY, "k1", "ab" * 32)
    assert len(data_key) == 32
    assert data_key not in wrapped
    assert unwrap_key(wrapped, KEY, "k1", "ab" * 32) == data_key
    for changed, key, key_id, sha256 in (
        (wrapped, bytes([1] * 32), "k1", "ab" * 32),
        (wrapped, KEY, "k2", "ab" * 32),
        (wrapped, KEY, "k1", "cd" * 32),
        (wrapped[:-1] + bytes([wrapped[-1] ^ 1]), KEY, "k1", "ab" * 32),
        (b"", KEY, "k1", "ab" * 32),
    ):
        with pytest.raises(VaultObjectBrokenError):
            unwrap_key(changed, key, key_id, sha256)

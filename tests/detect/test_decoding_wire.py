"""Records survive being cut short and never accept what is not one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.detect.media.decoding import wire

RECORDS = st.lists(st.tuples(st.sampled_from(wire.KINDS), st.binary(max_size=100)), max_size=8)


@given(RECORDS, st.integers(0, 200))
def test_a_cut_stream_gives_its_whole_records(records: list[tuple[bytes, bytes]], lost: int) -> None:
    data = b"".join(wire.write_record(*record) for record in records)
    read = list(wire.read_records(data[: max(0, len(data) - lost)]))
    assert read == records[: len(read)]
    if lost == 0:
        assert read == records


@given(st.binary(max_size=60))
def test_garbage_is_refused_or_ends(data: bytes) -> None:
    try:
        for kind, payload in wire.read_records(data):
            assert kind in wire.KINDS
            assert len(payload) <= wire.MAX_RECORD_BYTES
    except ValueError:
        pass


def test_an_unknown_kind_and_a_huge_length_are_refused() -> None:
    with pytest.raises(ValueError, match="not a record"):
        list(wire.read_records(b"X\0\0\0\0"))
    with pytest.raises(ValueError, match="not a record"):
        list(wire.read_records(b"F\x7f\xff\xff\xff"))


def test_json_must_be_an_object() -> None:
    assert wire.read_json(b'{"a": 1}') == {"a": 1}
    for payload in (b"[]", b"{", b"\xff"):
        with pytest.raises(ValueError):
            wire.read_json(payload)


@given(st.integers(-(1 << 31), (1 << 31) - 1))
def test_an_exit_status_crosses(status: int) -> None:
    record = wire.write_status(status)
    assert len(record) == wire.STATUS_BYTES
    assert wire.read_status(record) == status


@pytest.mark.parametrize("record", [b"", b"X\0\0\0\4\0\0\0", b"R\0\0\0\4\0\0\0\0", b"X\0\0\0\5\0\0\0\0"])
def test_what_is_no_exit_status(record: bytes) -> None:
    with pytest.raises(ValueError, match="not an exit status"):
        wire.read_status(record)

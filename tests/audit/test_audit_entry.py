"""One entry has one form of bytes (RFC 8785), which reads back as the same entry."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.audit.entry import AuditEntry, parse_entry

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    st.one_of(st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=8,
)


def test_the_bytes_are_canonical() -> None:
    entry = AuditEntry(NOON, "user:anna", "case.decided", "case_1", {"b": 1, "a": ["ü", True]})
    assert entry.canonical_bytes().decode() == (
        '{"actor":"user:anna","at":"2026-11-22T12:00:00.000Z","details":{"a":["ü",true],"b":1},'
        '"subject":"case_1","verb":"case.decided"}'
    )


@given(TEXT, TEXT, TEXT, st.dictionaries(TEXT, VALUES, max_size=4))
def test_an_entry_reads_back_as_itself(actor: str, verb: str, subject: str, details: dict[str, object]) -> None:
    entry = AuditEntry(NOON, actor, verb, subject, details)
    leaf = entry.canonical_bytes()
    assert parse_entry(leaf) == entry
    assert parse_entry(leaf).canonical_bytes() == leaf


def test_order_of_details_and_zone_do_not_matter() -> None:
    one = AuditEntry(NOON, "a", "v", "s", {"x": 1, "y": 2})
    two = AuditEntry(NOON.astimezone(timezone(timedelta(hours=2))), "a", "v", "s", {"y": 2, "x": 1})
    assert one.canonical_bytes() == two.canonical_bytes()


@pytest.mark.parametrize("details", [{"x": object()}, {"x": float("nan")}, {"x": 2**60}, {1: "x"}, {"x": "\ud800"}])
def test_what_has_no_canonical_form_is_refused(details: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        AuditEntry(NOON, "a", "v", "s", details).canonical_bytes()


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        AuditEntry(datetime.fromisoformat("2026-11-22T12:00"), "a", "v", "s").canonical_bytes()


@pytest.mark.parametrize("leaf", [b"", b"{", b"{}", b'{"at":"x"}', b"\xff", b"[]", b'{"at":1}'])
def test_bytes_that_are_no_entry_are_refused(leaf: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        parse_entry(leaf)

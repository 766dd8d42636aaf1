from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from jacana.ingest.fields import Email, IpAddress, LongText, NetworkId, Port, Time, WebAddress

TIME = TypeAdapter(Time)


OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(timezones=OFFSETS).filter(lambda moment: 2 < moment.year < 9998))
def test_an_aware_time_keeps_its_instant_and_becomes_utc(moment):
    read = TIME.validate_python(moment.isoformat())
    assert read == moment
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T12:00:00",
        "2026-01-31",
        "1700000000",
        1700000000,
        "2026-02-30T00:00:00Z",
        None,
        "0001-01-01T00:00:00+23:00",
    ],
)
def test_a_time_that_is_naive_or_none_is_refused_with_a_remedy(text):
    with pytest.raises(ValidationError) as caught:
        TIME.validate_python(text)
    assert "RFC 3339" in caught.value.errors()[0]["ctx"]["remedy"]


@pytest.mark.parametrize("text", ["a\x00b", "\x1b[2J", "\ud800", "\uffff"])
def test_text_that_no_database_or_xml_can_hold_is_refused(text):
    with pytest.raises(ValidationError):
        TypeAdapter(LongText).validate_python(text)
    with pytest.raises(ValidationError):
        TypeAdapter(NetworkId).validate_python(text)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=50))
def test_other_text_is_kept_as_it_is(text):
    assert TypeAdapter(LongText).validate_python(text) == text


def test_line_breaks_are_text():
    assert TypeAdapter(LongText).validate_python("a\r\n\tb") == "a\r\n\tb"


@given(st.ip_addresses())
def test_an_ip_address_is_brought_to_one_form(address):
    assert TypeAdapter(IpAddress).validate_python(address.exploded) == str(address)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (IpAddress, "192.0.2.44:80"),
        (IpAddress, "example.org"),
        (Port, 0),
        (Port, 65536),
        (Port, "80"),
        (Port, True),
        (Email, "nobody"),
        (WebAddress, "javascript:alert(1)"),
        (NetworkId, ""),
        (NetworkId, "x" * 201),
        (NetworkId, 7),
    ],
)
def test_what_is_not_of_the_kind_is_refused(kind, value):
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)

"""Cells and rows of bank files: exact or refused, with line numbers a person finds again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.detect.media.banks.cells import (
    HASH_DIGITS,
    BankFileInvalidError,
    RowRefusedError,
    read_hex,
    read_moment,
    split_lines,
    split_table,
)


@given(st.sampled_from(sorted(HASH_DIGITS)), st.text(max_size=70) | st.from_regex("[0-9a-fA-F]{64}\n?"))
def test_what_passes_as_a_hash_is_exactly_its_digits(name: str, text: str) -> None:
    try:
        read = read_hex(name, text)
    except RowRefusedError as refused:
        assert refused.field == name
        assert len(text) < 12 or text not in refused.message
    else:
        assert read == text.lower()
        assert len(bytes.fromhex(read)) * 2 == HASH_DIGITS[name] == len(read)


@given(st.datetimes(timezones=st.just(UTC)), st.integers(-720, 720))
def test_a_time_is_the_same_moment_in_every_zone(moment: datetime, minutes: int) -> None:
    shift = timedelta(minutes=minutes)
    sign = "-" if minutes < 0 else "+"
    zone = f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    try:
        local = (moment + shift).replace(tzinfo=None)
    except OverflowError:
        return
    assert read_moment("expires_at", local.isoformat() + zone) == moment


def test_line_numbers_are_those_of_the_file() -> None:
    assert list(split_lines("\ufeffa\r\n\r\nb")) == [(1, "a"), (3, "b")]
    assert list(split_table('\ufeffa,b\n\n"c\nd", e\n')) == [(1, ["a", "b"]), (4, ["c\nd", "e"])]


def test_what_is_no_table_is_refused_with_its_line() -> None:
    with pytest.raises(BankFileInvalidError) as caught:
        list(split_table("a,b\n" + "x" * 200_000 + "\n"))
    assert caught.value.field == "line 2"

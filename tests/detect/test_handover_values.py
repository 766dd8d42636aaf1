"""What can be a user name, what can be a password, what looks like one by itself."""

import pytest

from jacana.detect.text.handover.values import (
    LONGEST_VALUE,
    can_be_password,
    can_be_user,
    is_number,
    looks_secret,
    take_value,
    trim_value,
)


def test_a_value_is_the_run_of_letters_that_follows() -> None:
    assert take_value('  "sunny123", and', 0) == (3, 13)
    assert take_value("a b", 1) == (2, 3)
    assert take_value("   ", 0) is None
    assert take_value("", 0) is None
    assert take_value("x" * 900, 0) == (0, LONGEST_VALUE)


@pytest.mark.parametrize(
    ("raw", "value"), [('"sunny",', "sunny"), ("(Sunny!12)", "Sunny!12"), ("...", "..."[:0]), ("“moon”.", "moon")]
)
def test_the_sentence_around_a_value_is_trimmed(raw: str, value: str) -> None:
    assert trim_value(raw) == value.lstrip(".")


@pytest.mark.parametrize("value", ["moonfan22", "@moon.fan", "a.b@mail.example", "лунафан", "ay"])
def test_user_names(value: str) -> None:
    assert can_be_user(value)


@pytest.mark.parametrize("value", ["a", "your", "https://a.example", "!!", "google", "moon fan", "x" * 101, "a/b"])
def test_what_is_no_user_name(value: str) -> None:
    assert not can_be_user(value)


@pytest.mark.parametrize("value", ["sunnyday", "4471", "Sunny!12", "солнце"])
def test_passwords_behind_a_label(value: str) -> None:
    assert can_be_password(value)


@pytest.mark.parametrize(
    "value",
    ["at", "reset", "25€", "12:30", "2024-01-02", "10am", "www.a.example", "••••••", "****", "xxxx", "#tag", "@anna"],
)
def test_what_is_no_password(value: str) -> None:
    assert not can_be_password(value)


@pytest.mark.parametrize("value", ["sunny123", "Sunny!day", "sunnyDay", "s0nn3"])
def test_what_looks_secret(value: str) -> None:
    assert looks_secret(value)


@pytest.mark.parametrize("value", ["sunny", "Sunny", "12345", "well-known", "he's", "ab1", "and/or"])
def test_what_does_not_look_secret(value: str) -> None:
    assert not looks_secret(value)


def test_numbers() -> None:
    assert is_number("4471") and not is_number("44a") and not is_number("")

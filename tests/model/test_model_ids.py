"""Ids: prefixed, ordered by time, unlike one another, spelt without letters people misread."""

import re
import time

import pytest

from jacana.model import ids
from jacana.model.ids import new_id


def test_an_id_has_its_prefix_and_26_characters() -> None:
    assert re.fullmatch("case_[0-9a-hjkmnp-tv-z]{26}", new_id("case"))


def test_ids_are_unlike_one_another() -> None:
    assert len({new_id("x") for _ in range(10_000)}) == 10_000


def test_later_ids_sort_later(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 1_700_000_000_000_000_000
    made = []
    for step in range(50):
        monkeypatch.setattr(time, "time_ns", lambda step=step: moment + step * 1_000_000)
        made.append(new_id("x"))
    assert made == sorted(made)


def test_the_first_ten_characters_are_the_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    milliseconds = 1_790_000_000_123
    monkeypatch.setattr(time, "time_ns", lambda: milliseconds * 1_000_000 + 999_999)
    text = new_id("x").removeprefix("x_")
    value = 0
    for character in text:
        value = value * 32 + ids._ALPHABET.index(character)
    assert value >> 80 == milliseconds

"""A text to be read carries what a finding needs, and nobody can change it on the way."""

import dataclasses

import pytest

from jacana.detect.text.folding.fold import fold, fold_batch
from jacana.detect.text.handover.patterns import find_handovers
from jacana.detect.text.item import TextItem
from jacana.model.account_finding import TextField


def test_a_text_of_nobody_knows_only_what_it_says_and_where() -> None:
    item = TextItem("1", "hello", TextField.SEARCH)
    assert (item.account_id, item.event_id, item.upload_id, item.language) == ("", None, None, None)
    assert item.checked_only is False


def test_neither_a_text_nor_what_was_read_in_it_is_in_what_a_traceback_shows() -> None:
    text = "user: moonfan22 pass: sunny123"
    (found,) = find_handovers(text)
    shown = repr((TextItem("1", text, TextField.COMMENT), found, fold(text), fold_batch([text])))
    assert "sunny" not in shown and "moonfan22" not in shown


def test_a_text_cannot_be_changed_on_the_way() -> None:
    item = TextItem("1", "hello", TextField.SEARCH)
    with pytest.raises(dataclasses.FrozenInstanceError):
        item.text = "other"

"""A text to be read carries what a finding needs, and nobody can change it on the way."""

import dataclasses

import pytest

from jacana.detect.text.item import TextItem
from jacana.model.account_finding import TextField


def test_a_text_of_nobody_knows_only_what_it_says_and_where() -> None:
    item = TextItem("1", "hello", TextField.SEARCH)
    assert (item.account_id, item.event_id, item.upload_id, item.language) == ("", None, None, None)
    assert item.checked_only is False


def test_a_text_cannot_be_changed_on_the_way() -> None:
    item = TextItem("1", "hello", TextField.SEARCH)
    with pytest.raises(dataclasses.FrozenInstanceError):
        item.text = "other"

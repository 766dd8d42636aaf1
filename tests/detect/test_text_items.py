"""Which texts an event holds, and that a surface that is off keeps its texts unread."""

from datetime import UTC, datetime

import pytest

from jacana.detect.text.items import FIELD_WORDS, HOLDING_TEXT, PROFILE_FIELDS, list_items, name_of_field, root_of
from jacana.model.account_finding import TextField
from jacana.model.event import Event, EventType

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ON = {"public_text": True, "messages": True}


def make_event(kind: EventType, **payload: object) -> Event:
    return Event("event_1", kind, "anna", NOW, NOW, payload, upload_id="upload_1", sequence=7)


def test_an_upload_holds_its_caption_and_its_owners_profile() -> None:
    event = make_event(EventType.UPLOAD_REGISTERED, screen_name="anna_b", language="en")
    opened = {"caption": "a day out", "display_name": "Anna", "bio": "I paint"}
    items = list_items(event, opened, **ON)
    assert [(item.field.value, item.text) for item in items] == [
        ("caption", "a day out"),
        ("screen_name", "anna_b"),
        ("display_name", "Anna"),
        ("bio", "I paint"),
    ]
    assert {item.id for item in items} == {f"event_1:{item.field.value}" for item in items}
    assert [item.upload_id for item in items] == ["upload_1", None, None, None]
    assert {(item.account_id, item.event_id, item.language, item.occurred_at) for item in items} == {
        ("anna", "event_1", "en", NOW)
    }


@pytest.mark.parametrize("kind", [EventType.ACCOUNT_CREATED, EventType.ACCOUNT_UPDATED], ids=["created", "updated"])
def test_an_account_holds_its_names_and_bio(kind: EventType) -> None:
    items = list_items(make_event(kind, screen_name="anna_b"), {"bio": "I paint", "email": "a@example.org"}, **ON)
    assert [item.field for item in items] == [TextField.SCREEN_NAME, TextField.BIO]


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (EventType.COMMENT_POSTED, TextField.COMMENT),
        (EventType.SEARCH_PERFORMED, TextField.SEARCH),
        (EventType.MESSAGE_SENT, TextField.MESSAGE),
    ],
    ids=["comment", "search", "message"],
)
def test_what_is_written_is_one_text(kind: EventType, field: TextField) -> None:
    (item,) = list_items(make_event(kind), {"text": "hello", "ip": "192.0.2.1"}, **ON)
    assert (item.field, item.text, item.upload_id, item.checked_only) == (field, "hello", None, False)
    assert name_of_field(item) == "text"


def test_a_checked_text_stands_in_its_field_and_was_only_checked() -> None:
    (item,) = list_items(make_event(EventType.TEXT_CHECKED, field="bio"), {"text": "hello"}, **ON)
    assert (item.field, item.checked_only, name_of_field(item)) == (TextField.BIO, True, "text")
    assert root_of(item) == "event_1", "a bio that was not put up is no statement of the account's"


def test_messages_need_their_own_basis() -> None:
    message, comment = make_event(EventType.MESSAGE_SENT), make_event(EventType.COMMENT_POSTED)
    checked = make_event(EventType.TEXT_CHECKED, field="message")
    text = {"text": "hello"}
    assert not list_items(message, text, public_text=True, messages=False)
    assert not list_items(checked, text, public_text=True, messages=False)
    assert list_items(message, text, public_text=False, messages=True)
    assert not list_items(comment, text, public_text=False, messages=True)
    profile = make_event(EventType.ACCOUNT_CREATED, screen_name="anna_b")
    assert not list_items(profile, {"bio": "I paint"}, public_text=False, messages=True)


def test_empty_and_missing_texts_are_left_out() -> None:
    assert not list_items(make_event(EventType.SEARCH_PERFORMED), {}, **ON)
    assert not list_items(make_event(EventType.SEARCH_PERFORMED), {"text": " \n"}, **ON)
    assert not list_items(make_event(EventType.ACCOUNT_UPDATED, screen_name=None), {"bio": ""}, **ON)


def test_only_these_types_hold_texts() -> None:
    everything = dict.fromkeys(("caption", "display_name", "bio", "text"), "word")
    for kind in EventType:
        event = make_event(kind, screen_name="anna_b", field="caption")
        assert bool(list_items(event, everything, **ON)) == (kind in HOLDING_TEXT), kind


def test_a_profile_is_the_accounts_and_a_caption_the_events() -> None:
    event = make_event(EventType.UPLOAD_REGISTERED, screen_name="anna_b")
    caption, name = list_items(event, {"caption": "a day out"}, **ON)
    assert (root_of(caption), root_of(name)) == ("event_1", "account anna")
    assert (name_of_field(caption), name_of_field(name)) == ("caption", "screen_name")
    assert name.field in PROFILE_FIELDS
    assert set(FIELD_WORDS) == set(TextField)

"""Which texts an event holds. A text whose surface the operator has not switched on is not among them. Pure."""

from collections.abc import Iterator, Mapping

from jacana.detect.text.item import TextItem
from jacana.model.account_finding import TextField
from jacana.model.event import Event, EventType

PROFILE_FIELDS = frozenset({TextField.SCREEN_NAME, TextField.DISPLAY_NAME, TextField.BIO})
"""Texts that belong to an account, and not to one thing it did: an event may repeat them."""

FIELD_WORDS: dict[TextField, str] = {
    TextField.CAPTION: "A caption",
    TextField.SCREEN_NAME: "A screen name",
    TextField.DISPLAY_NAME: "A display name",
    TextField.BIO: "A bio",
    TextField.COMMENT: "A comment",
    TextField.MESSAGE: "A message",
    TextField.SEARCH: "A search",
}
"""How a sentence begins that speaks of such a text."""

_NAMES = (TextField.SCREEN_NAME, TextField.DISPLAY_NAME, TextField.BIO)
_WHOLE_FIELDS: dict[EventType, tuple[TextField, ...]] = {
    EventType.ACCOUNT_CREATED: _NAMES,
    EventType.ACCOUNT_UPDATED: _NAMES,
    EventType.UPLOAD_REGISTERED: (TextField.CAPTION, *_NAMES),
}
_TEXT_IS: dict[EventType, TextField] = {
    EventType.COMMENT_POSTED: TextField.COMMENT,
    EventType.SEARCH_PERFORMED: TextField.SEARCH,
    EventType.MESSAGE_SENT: TextField.MESSAGE,
}
HOLDING_TEXT = frozenset({*_WHOLE_FIELDS, *_TEXT_IS, EventType.TEXT_CHECKED})
"""Types of event that may hold a text."""


def list_items(event: Event, opened: Mapping[str, str], *, public_text: bool, messages: bool) -> list[TextItem]:
    """Return the texts of one event, empty ones left out.

    `opened` are its sealed fields. `public_text` and `messages` say which surfaces have a legal basis: messages need
    their own, everything else the one of public text.
    """
    return [
        TextItem(
            id=f"{event.id}:{field.value}",
            text=text,
            field=field,
            language=event.payload.get("language"),
            account_id=event.account_id,
            event_id=event.id,
            upload_id=event.upload_id if field is TextField.CAPTION else None,
            occurred_at=event.occurred_at,
            checked_only=event.type is EventType.TEXT_CHECKED,
        )
        for field, text in _list_texts(event, opened)
        if text.strip() and (messages if field is TextField.MESSAGE else public_text)
    ]


def root_of(item: TextItem) -> str:
    """Return whose statement a text is: the account's for a name or a bio, else the event's.

    What is found is named after it, so that a bio which every upload repeats is found once.
    """
    if item.field in PROFILE_FIELDS and item.account_id and not item.checked_only:
        return f"account {item.account_id}"
    return item.event_id or item.id


def name_of_field(item: TextItem) -> str:
    """Return the name of the field of its event that holds the item's text, such as `caption` or `text`."""
    in_text = item.checked_only or item.field in _TEXT_IS.values()
    return "text" if in_text else item.field.value


def _list_texts(event: Event, opened: Mapping[str, str]) -> Iterator[tuple[TextField, str]]:
    for field in _WHOLE_FIELDS.get(event.type, ()):
        text = opened.get(field.value) or event.payload.get(field.value)
        if isinstance(text, str):
            yield field, text
    if event.type in _TEXT_IS and "text" in opened:
        yield _TEXT_IS[event.type], opened["text"]
    if event.type is EventType.TEXT_CHECKED and "text" in opened:
        yield TextField(event.payload["field"]), opened["text"]

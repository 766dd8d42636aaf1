"""An event: something that happened on the network, as the network told it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class EventType(StrEnum):
    """What can happen. docs/ingest.md lists the fields of each."""

    ACCOUNT_CREATED = "account_created"
    ACCOUNT_UPDATED = "account_updated"
    SESSION_STARTED = "session_started"
    SESSION_ENDED = "session_ended"
    UPLOAD_REGISTERED = "upload_registered"
    VISIBILITY_CHANGED = "visibility_changed"
    VIDEO_VIEWED = "video_viewed"
    MESSAGE_SENT = "message_sent"
    COMMENT_POSTED = "comment_posted"
    SEARCH_PERFORMED = "search_performed"
    FOLLOW = "follow"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an event, not a password
    RECOVERY_CHANGED = "recovery_changed"
    INSTRUMENT_ADDED = "instrument_added"
    INVITATION_USED = "invitation_used"
    TEXT_CHECKED = "text_checked"
    NOTICE_RECEIVED = "notice_received"


@dataclass(frozen=True, slots=True)
class Event:
    """One recorded event. Personal data and text are not here: addresses, devices and e-mail appear as keyed hashes
    (`ip_key`, `device_key`, `email_key`) in `payload`, and the rest stays sealed in the store.
    """

    id: str
    type: EventType
    account_id: str
    occurred_at: datetime
    received_at: datetime
    payload: dict[str, Any] = field(default_factory=dict)
    upload_id: str | None = None
    """Jacana's id of the upload the event is about, if that upload is known."""
    sequence: int = 0
    """Place in the log, in the order of commits; 0 until it is stored."""

"""What the network may send: an upload's metadata, and one record type per event. docs/ingest.md lists every field.

Ids in here are the network's own. `account_id` is always the account that did it; in a notice, the one it is about.
"""

import ipaddress
from typing import Annotated, Any, Literal

from pydantic import FailFast, Field

from jacana.ingest.fields import (
    Age,
    Count,
    Email,
    FileName,
    Flag,
    IpAddress,
    Language,
    LongText,
    MediaType,
    NetworkId,
    ObjectPath,
    Port,
    Record,
    Seconds,
    Sha256,
    ShortText,
    Time,
    WebAddress,
)
from jacana.ingest.validation import FieldProblem, FieldsInvalidError, suggest, validate_record
from jacana.model.event import EventType
from jacana.model.upload import Visibility


class AccountFacts(Record):
    """The owner of an upload, as the network knows it. Only `id` is needed; what is left out stays as it was."""

    id: NetworkId
    screen_name: ShortText | None = None
    display_name: ShortText | None = None
    email: Email | None = None
    profile_url: WebAddress | None = None
    created_at: Time | None = None
    declared_age: Age | None = None
    bio: LongText | None = None
    organisation: Flag | None = Field(default=None, description="A business, school or agency the network verified.")


class UploadMetadata(Record):
    """What is known of an upload besides its bytes."""

    network_id: NetworkId = Field(description="The network's own id of the upload.")
    account: AccountFacts
    visibility: Visibility
    uploaded_at: Time | None = None
    file_name: FileName | None = None
    media_type: MediaType | None = None
    url: WebAddress | None = None
    caption: LongText | None = None
    language: Language | None = None
    ip: IpAddress | None = None
    port: Port | None = None
    device_id: ShortText | None = None


class UploadReference(UploadMetadata):
    """An upload whose bytes already lie in the intake store."""

    object: ObjectPath = Field(description="Path of the object in the intake store.")


class _Event(Record):
    id: NetworkId = Field(description="The network's id of this event; sent again, it is recognised.")
    account_id: NetworkId
    occurred_at: Time


class _FromDevice(_Event):
    session_id: NetworkId | None = None
    ip: IpAddress | None = None
    port: Port | None = None
    asn: Count | None = Field(default=None, description="Number of the autonomous system the address belongs to.")
    device_id: ShortText | None = None
    device_attested: Flag = Field(default=False, description="The platform's maker vouches for the device id.")


class _AccountEvent(_FromDevice):
    screen_name: ShortText | None = None
    display_name: ShortText | None = None
    email: Email | None = None
    profile_url: WebAddress | None = None
    declared_age: Age | None = None
    bio: LongText | None = None
    language: Language | None = None
    organisation: Flag | None = Field(default=None, description="A business, school or agency the network verified.")
    two_factor: Flag | None = Field(default=None, description="Signing in needs more than the password.")


class AccountCreated(_AccountEvent):
    """A new account; `occurred_at` is when it was made."""

    type: Literal["account_created"]


class AccountUpdated(_AccountEvent):
    """Changed account facts: what is left out stays, `null` clears."""

    type: Literal["account_updated"]


class SessionStarted(_FromDevice):
    """A log-in that succeeded."""

    type: Literal["session_started"]
    user_agent: LongText | None = None


class SessionEnded(_Event):
    """A log-out, or a session that ran out."""

    type: Literal["session_ended"]
    session_id: NetworkId


class UploadRegistered(_FromDevice):
    """An upload the network has taken in. The bytes come through POST /v1/uploads."""

    type: Literal["upload_registered"]
    upload_id: NetworkId
    visibility: Visibility
    file_name: FileName | None = None
    url: WebAddress | None = None
    caption: LongText | None = None
    language: Language | None = None
    sha256: Sha256 | None = Field(default=None, description="SHA-256 of the bytes, if the network knows it.")


class VisibilityChanged(_FromDevice):
    """The owner changed who may see an upload."""

    type: Literal["visibility_changed"]
    upload_id: NetworkId
    visibility: Visibility


class VideoViewed(_FromDevice):
    """Somebody watched a video."""

    type: Literal["video_viewed"]
    upload_id: NetworkId
    seconds: Seconds | None = None


class MessageSent(_FromDevice):
    """A private message. Leave `text` out where messages are end-to-end encrypted."""

    type: Literal["message_sent"]
    conversation_id: NetworkId
    recipient_ids: Annotated[list[NetworkId], FailFast(), Field(min_length=1, max_length=1000)]
    text: LongText | None = None
    language: Language | None = None
    has_media: Flag = False


class CommentPosted(_FromDevice):
    """A comment others can read."""

    type: Literal["comment_posted"]
    upload_id: NetworkId
    text: LongText | None = None
    language: Language | None = None
    parent_id: NetworkId | None = None


class SearchPerformed(_FromDevice):
    """A search."""

    type: Literal["search_performed"]
    text: LongText | None = None
    language: Language | None = None
    result_count: Count | None = None


class Follow(_FromDevice):
    """An account follows another, or stops to."""

    type: Literal["follow"]
    target_account_id: NetworkId
    ended: Flag = False


class PasswordChanged(_FromDevice):
    """The password of an account was changed."""

    type: Literal["password_changed"]


class RecoveryChanged(_FromDevice):
    """The way back into an account was changed: its recovery address, telephone or second factor."""

    type: Literal["recovery_changed"]


class InstrumentAdded(_FromDevice):
    """A means of payment, or a way to recover the account, was added. Stored as a keyed hash and sealed."""

    type: Literal["instrument_added"]
    kind: Literal["payment", "recovery_email", "recovery_phone"]
    instrument: ShortText = Field(description="The network's token or fingerprint of it, the same for the same thing.")


class InvitationUsed(_FromDevice):
    """An account came, or joined something, by another account's invitation."""

    type: Literal["invitation_used"]
    inviter_id: NetworkId


class TextChecked(_Event):
    """A text that was asked about and not posted: the attempt counts all the same."""

    type: Literal["text_checked"]
    field: Literal["caption", "screen_name", "display_name", "bio", "comment", "message", "search"]
    text: LongText | None = None
    language: Language | None = None


class NoticeReceived(_Event):
    """Somebody told the network about an account or an upload. Always taken."""

    type: Literal["notice_received"]
    source: Literal["user", "trusted_flagger", "hotline", "police", "other"]
    upload_id: NetworkId | None = None
    reference: ShortText | None = None
    text: LongText | None = None
    reporter_contact: ShortText | None = None


NetworkEvent = Annotated[
    AccountCreated
    | AccountUpdated
    | SessionStarted
    | SessionEnded
    | UploadRegistered
    | VisibilityChanged
    | VideoViewed
    | MessageSent
    | CommentPosted
    | SearchPerformed
    | Follow
    | PasswordChanged
    | RecoveryChanged
    | InstrumentAdded
    | InvitationUsed
    | TextChecked
    | NoticeReceived,
    Field(discriminator="type"),
]

EVENT_MODELS: dict[EventType, type[_Event]] = {
    EventType.ACCOUNT_CREATED: AccountCreated,
    EventType.ACCOUNT_UPDATED: AccountUpdated,
    EventType.SESSION_STARTED: SessionStarted,
    EventType.SESSION_ENDED: SessionEnded,
    EventType.UPLOAD_REGISTERED: UploadRegistered,
    EventType.VISIBILITY_CHANGED: VisibilityChanged,
    EventType.VIDEO_VIEWED: VideoViewed,
    EventType.MESSAGE_SENT: MessageSent,
    EventType.COMMENT_POSTED: CommentPosted,
    EventType.SEARCH_PERFORMED: SearchPerformed,
    EventType.FOLLOW: Follow,
    EventType.PASSWORD_CHANGED: PasswordChanged,
    EventType.RECOVERY_CHANGED: RecoveryChanged,
    EventType.INSTRUMENT_ADDED: InstrumentAdded,
    EventType.INVITATION_USED: InvitationUsed,
    EventType.TEXT_CHECKED: TextChecked,
    EventType.NOTICE_RECEIVED: NoticeReceived,
}

EVENT_TYPES = [str(kind) for kind in EventType]

SEALED_FIELDS = frozenset(
    {
        "ip",
        "device_id",
        "email",
        "display_name",
        "bio",
        "caption",
        "text",
        "user_agent",
        "instrument",
        "reporter_contact",
    }
)
"""Fields of an event that are stored only sealed."""

BLINDED_FIELDS = {"ip": "ip", "device_id": "device", "email": "email", "instrument": "instrument"}
"""Sealed fields that are also kept as a keyed hash (`ip_key`, `device_key` …), and what they are called."""


def parse_event(raw: Any, prefix: str = "") -> Any:
    """Return one event as its record type (a member of EVENT_MODELS). Raises FieldsInvalidError."""
    field = f"{prefix}.type" if prefix else "type"
    if not isinstance(raw, dict):
        raise FieldsInvalidError(
            [
                FieldProblem(
                    "input.event_not_object", "is not a JSON object", prefix or None, "send one object per event"
                )
            ]
        )
    if "type" not in raw:
        raise FieldsInvalidError(
            [FieldProblem("input.missing", "is missing", field, f"use one of {', '.join(EVENT_TYPES)}")]
        )
    kind = raw["type"]
    if not isinstance(kind, str) or kind not in EVENT_TYPES:
        raise FieldsInvalidError(
            [FieldProblem("input.event_type_unknown", "is not a known event type", field, suggest(kind, EVENT_TYPES))]
        )
    return validate_record(EVENT_MODELS[EventType(kind)], raw, prefix)


def parse_metadata(raw: object) -> UploadMetadata:
    """Return an upload's metadata. Raises FieldsInvalidError."""
    return validate_record(UploadMetadata, raw)


def blind_form(field: str, value: str) -> str:
    """Return the form of a value that its keyed hash is made of.

    E-mail addresses differ in case, devices do not. Of an IPv6 address the /64 counts: a home has one, its devices
    change the rest as they like (RFC 8981).
    """
    if field == "email":
        return value.strip().lower()
    if field == "ip" and ":" in value:
        return str(ipaddress.IPv6Network((value, 64), strict=False))
    return value

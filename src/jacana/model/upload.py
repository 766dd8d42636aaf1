"""An upload: one piece of media given to us to screen, with its owner and its visibility."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Visibility(StrEnum):
    """Who may see the upload on the network once it is shown."""

    PUBLIC = "public"
    FRIENDS = "friends"
    UNLISTED = "unlisted"
    ONLY_ME = "only_me"


class UploadState(StrEnum):
    """Where the upload stands. Nothing but `released` may be shown."""

    RECEIVED = "received"
    HELD = "held"
    RELEASED = "released"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Digests:
    """Hex digests of the bytes as received, computed once, in one pass."""

    md5: str
    sha1: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Upload:
    """One accepted upload. `network_id` is the network's own id of it; personal data is not held here."""

    id: str
    network_id: str
    account_id: str
    visibility: Visibility
    state: UploadState
    digests: Digests
    size_bytes: int
    received_at: datetime
    uploaded_at: datetime | None = None
    file_name: str | None = None
    media_type: str | None = None
    url: str | None = None
    caption: str | None = None
    device_key: str | None = None
    """Keyed hash of the device the upload came from; equal keys mean the same device."""


@dataclass(frozen=True, slots=True)
class UploadPersonal:
    """Personal data of one upload, opened from its seals. For reports only: never log it, never store it again."""

    ip: str | None = None
    port: int | None = None
    device_id: str | None = None
    email: str | None = None

"""One text to be read: what it says, where it stands, whose it is. Holds content: never log it."""

from dataclasses import dataclass
from dataclasses import field as described
from datetime import datetime

from jacana.model.account_finding import TextField


@dataclass(frozen=True, slots=True)
class TextItem:
    """`id` tells the caller's items apart. The rest says whose text it is, where known."""

    id: str
    text: str = described(repr=False)
    field: TextField
    language: str | None = None
    """BCP 47 as the network stated it; None: unknown."""
    account_id: str = ""
    event_id: str | None = None
    upload_id: str | None = None
    occurred_at: datetime | None = None
    checked_only: bool = False
    """It was asked about and not posted."""

"""Receipts and holds of the vault."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class HoldReason(StrEnum):
    """Why an object is kept."""

    SCREENING = "screening"
    """Found by a detector; kept until a person decides."""
    REPORT = "report"
    """18 USC 2258A(h)(1): one year from the receipt of the finished report."""
    CONTEXT = "context"
    """18 USC 2258A(h)(2): a document that gives context on a report."""


@dataclass(frozen=True, slots=True)
class PreservationReceipt:
    """Proof that the bytes are sealed in the vault and held. Needed before any destructive action."""

    sha256: str
    size_bytes: int
    sealed_at: datetime
    hold_id: str


@dataclass(frozen=True, slots=True)
class Hold:
    """One reason to keep one object. The longest hold wins; an open end means until a person releases it."""

    id: str
    sha256: str
    reason: HoldReason
    subject: str
    """What the hold is for: an upload, case or report id."""
    starts_at: datetime
    ends_at: datetime | None
    released_at: datetime | None = None

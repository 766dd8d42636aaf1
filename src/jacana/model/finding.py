"""A finding: what one detector says, with reasons a person can read and the evidence it rests on."""

from dataclasses import dataclass, field
from enum import StrEnum


class FindingKind(StrEnum):
    """What was found."""

    BANK_MATCH = "bank_match"
    MEDIA_UNREADABLE = "media_unreadable"
    CONFIRMED_COPY = "confirmed_copy"
    """The identical bytes were confirmed by a person before."""
    SCREENING_FAILED = "screening_failed"
    """Matching itself was down; the policy's fail-closed answer holds (design rule 6)."""


@dataclass(frozen=True, slots=True)
class FrameMatch:
    """One frame of the upload near one frame of a bank entry."""

    seconds: float
    quality: int
    entry_seconds: float
    distance: int


@dataclass(frozen=True, slots=True)
class BankMatch:
    """Which entry of which bank, and how well. `may_cause` holds the effect names the bank permits."""

    bank_id: str
    bank_name: str
    source: str
    classification: str | None
    may_cause: tuple[str, ...]
    entry_id: str
    entry_label: str
    matched_seconds: float
    """Distinct seconds of the upload that have at least one matching frame."""
    matched_fraction: float
    """Matching frames over the upload's frames that carry information, 0..1."""
    nearest: int
    """Smallest Hamming distance of 256 bits; 0 for an exact digest match."""
    exact: bool
    """True if a digest (MD5, SHA-1 or SHA-256) of the whole file matched."""
    frames: tuple[FrameMatch, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One detector's statement about one upload. `id` is the same for the same statement, so a replay adds nothing."""

    id: str
    upload_id: str
    sha256: str
    kind: FindingKind
    detector: str
    detector_version: str
    score: float
    reasons: tuple[str, ...]
    match: BankMatch | None = None
    details: dict[str, str] = field(default_factory=dict)

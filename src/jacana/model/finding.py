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
    BENIGN_MATCH = "benign_match"
    """A match with a bank was set aside, because what it rests on is on a list of innocent material."""
    LOOKUP_MATCH = "lookup_match"
    """A look-up service outside the house knows the file."""
    LOOKUP_SILENT = "lookup_silent"
    """A look-up service was asked and gave no answer."""
    CLASSIFIER_SCORE = "classifier_score"
    """How sure a classifier is that a label applies to the file."""
    CLASSIFIER_SILENT = "classifier_silent"
    """A classifier was asked and gave no answer."""


@dataclass(frozen=True, slots=True)
class FrameMatch:
    """One frame of the upload, or a part of it, near one frame of a bank entry, or a part of that."""

    seconds: float
    quality: int
    entry_seconds: float
    distance: int
    window: int = 0
    """Which part of the upload's frame, as hashing.frames numbers windows; 0 is the whole frame."""
    orientation: int = 0
    """How the upload's frame was turned to match: an index into hashing.pdq.ORIENTATIONS; 0 is as shown."""
    rect: tuple[int, int, int, int] | None = None
    """x, y, width, height of that part, in 1/255 of the frame as shown; None is the whole frame."""
    entry_window: int = 0
    """Which part of the entry's frame; 0 is the whole frame."""


@dataclass(frozen=True, slots=True)
class MatchedSegment:
    """A run of seconds of the upload that matches a run of seconds of the entry, at one speed, first to last frame."""

    from_seconds: float
    to_seconds: float
    entry_from_seconds: float
    entry_to_seconds: float
    frames: int
    """Frames of the upload in it that match."""
    how: tuple[str, ...] = ()
    """In what way, most frequent first: `mirrored`, `inside borders` …; empty is the whole frame as shown."""
    rect: tuple[int, int, int, int] | None = None
    """The part of the upload's frame that matches best, in 1/255 of the frame as shown; None is the whole frame."""


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
    """Matched seconds over the upload's seconds that carry information and were looked at in the same way, 0..1."""
    nearest: int
    """Smallest Hamming distance of 256 bits; 0 for an exact digest match."""
    exact: bool
    """True if a digest (MD5, SHA-1 or SHA-256) of the whole file matched."""
    frames: tuple[FrameMatch, ...] = ()
    segments: tuple[MatchedSegment, ...] = ()
    """In the upload's time order. Together they hold every matching second."""
    role: str = "known"
    """What the bank says of its entries (BankRole)."""
    trust: str = "reviewed"
    """How far the source has looked (Trust); `lead` also where others of the exchange voted against the entry."""
    how: tuple[str, ...] = ()
    """In what ways frames match, most frequent first: `whole frame`, `mirrored`, `inside borders`, `a window` …"""


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

"""A bank: a named set of hashes from one source, with its own rules about what a match may cause."""

from dataclasses import dataclass, field
from datetime import datetime

from jacana.model.decision import EffectKind

DEFAULT_MAY_CAUSE = (EffectKind.HOLD.value, EffectKind.OPEN_CASE.value)
"""What a new bank may cause unless its creator says more: keep the upload back and show it to a person."""


@dataclass(frozen=True, slots=True)
class Bank:
    """One bank and its rules. A removed bank matches nothing but stays on record."""

    id: str
    name: str
    source: str
    """Who vouches for the hashes."""
    classification: str | None
    """Industry classification of everything in it (A1, A2, B1, B2), if the source gives one."""
    may_cause: tuple[str, ...]
    """Names of effects (EffectKind) that a match alone may lead to."""
    max_distance: int
    """Largest Hamming distance, of 256 bits, at which two frames count as the same."""
    min_quality: int
    """Frames below this PDQ quality (0..100) carry too little to be compared."""
    min_matched_seconds: float
    """Distinct seconds of an upload that must match before it is a match."""
    created_at: datetime
    note: str | None = None
    removed_at: datetime | None = None
    entry_count: int = 0
    frame_count: int = 0


@dataclass(frozen=True, slots=True)
class BankEntry:
    """One known file: digests of its bytes, frame hashes, or both. `frames` is packed as MediaFacts.frames."""

    label: str
    md5: str | None = None
    sha1: str | None = None
    sha256: str | None = None
    frame_count: int = 0
    frames: bytes = b""
    id: str = ""
    """Set by the store."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One row of a bank file that was not taken: where, why, and what to write instead."""

    line: int
    field: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did to a bank."""

    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    problems: tuple[RowProblem, ...] = field(default=())

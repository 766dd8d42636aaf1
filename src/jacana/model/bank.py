"""A bank: a named set of hashes from one source, with its own rules about what a match may cause."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from jacana.model.decision import EffectKind

EXACT_DISTANCE = 31
"""Largest PDQ distance a bank may ask for: up to here the hash index finds every pair, beyond it only some."""

DEFAULT_MAY_CAUSE = (EffectKind.HOLD.value, EffectKind.OPEN_CASE.value)
"""What a new bank may cause unless its creator says more: keep the upload back and show it to a person."""


class BankRole(StrEnum):
    """What being in a bank says of a file."""

    KNOWN = "known"
    """It is material that must not be shown."""
    BENIGN = "benign"
    """It is innocent, and a match of a known bank with it is a false match."""


class Trust(StrEnum):
    """How far the source of a bank has looked at what it lists."""

    VERIFIED = "verified"
    """People of a body entitled to judge have looked at every entry."""
    REVIEWED = "reviewed"
    """Somebody has looked, as another network's moderators have."""
    LEAD = "lead"
    """Nobody answers for it: a reason to look, never a finding of anything."""


class BankOrigin(StrEnum):
    """Where the entries of a bank come from."""

    FILE = "file"
    OWN = "own"
    """Material that this network's reviewers confirmed."""
    NCMEC = "ncmec"
    THREATEXCHANGE = "threatexchange"


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
    role: BankRole = BankRole.KNOWN
    trust: Trust = Trust.REVIEWED
    origin: BankOrigin = BankOrigin.FILE
    licence: str | None = None
    """Under which agreement the hashes may be used, and by whom."""
    threshold_reason: str | None = None
    """Why max_distance, min_quality and min_matched_seconds are what they are."""
    window_count: int = 0
    """Window hashes of the live entries: the extended signature of files whose bytes were held."""
    tombstone_count: int = 0
    """Entries that were replaced or taken back."""
    changed_at: datetime | None = None
    """Last time an entry came or went."""


@dataclass(frozen=True, slots=True)
class BankEntry:
    """One known file: digests of its bytes, frame hashes, or both. Packed as MediaFacts.frames and .windows."""

    label: str
    md5: str | None = None
    sha1: str | None = None
    sha256: str | None = None
    frame_count: int = 0
    frames: bytes = b""
    id: str = ""
    """Set by the store."""
    number: int = 0
    """Set by the store: the short name that the hash index uses. Never used again for another entry."""
    windows: bytes = b""
    window_count: int = 0
    media_kind: str | None = None
    """`picture` or `video`, where the source says so."""
    source_id: str | None = None
    """What the source calls the entry, so that its changes, tombstones and votes find it."""
    classification: str | None = None
    """Industry classification of this entry, where it differs from or adds to the bank's."""
    votes_up: int = 0
    votes_down: int = 0
    """How many other members of the exchange agree or disagree that the entry belongs there."""
    expires_at: datetime | None = None
    """From then on the entry matches nothing."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One row of a bank file that was not taken: where, why, and what to write instead."""

    line: int
    field: str
    message: str
    remedy: str
    reference: str = ""
    """What the quarantine knows it by, such as the source's own id; empty: the line of the file."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did to a bank."""

    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    problems: tuple[RowProblem, ...] = field(default=())
    removed: int = 0
    """Entries that became tombstones because their source took them back."""

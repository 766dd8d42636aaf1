"""What the analysis of one file found: what it is, and a perceptual hash per sampled frame. Never holds pictures."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MediaKind(StrEnum):
    """What a file turned out to be."""

    VIDEO = "video"
    PICTURE = "picture"
    UNREADABLE = "unreadable"


FORGOTTEN = "forgotten"
"""The `sampling` of an analysis whose hashes the operator's retention has emptied."""


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """One analysed file, known by the SHA-256 of its bytes.

    An unreadable file has `problem` (a stable code such as `truncated`) and `problem_detail` (one sentence a moderator
    can read); frames that could be read before the problem are kept, so that a match still counts.
    """

    sha256: str
    kind: MediaKind
    hasher_version: str
    analysed_at: datetime
    container: str | None = None
    codec: str | None = None
    width: int | None = None
    """Pixels as displayed, after any turn the file asks for."""
    height: int | None = None
    duration_seconds: float | None = None
    problem: str | None = None
    problem_detail: str | None = None
    frame_count: int = 0
    frames: bytes = b""
    """Per frame: seconds (8-byte float), quality 0..100 (1 byte), PDQ (32 bytes); packed by hashing.frames."""
    windows: bytes = b""
    """The extended signature: hashes of windows, cut borders, insets and turned frames; packed by hashing.frames."""
    window_count: int = 0
    sampling: str = ""
    """How densely the file was looked at: `adaptive`, `thorough` (every frame) or `rate`; or FORGOTTEN."""

    @property
    def readable(self) -> bool:
        """Whether the whole file could be read."""
        return self.kind is not MediaKind.UNREADABLE

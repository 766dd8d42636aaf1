"""The port to look-up services: does anybody outside know these hashes, or this file? Bytes go only where allowed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

NOTHING_KNOWN = "no-known-match"
"""The classification of what a service does not know. Anything else is a match."""


@dataclass(frozen=True, slots=True)
class LookupAnswer:
    """What a service knows of one hash or one file."""

    classification: str
    match_type: str | None = None
    """`exact` or `near`; None where nothing is known."""
    near_matches: int = 0
    """How many known items are near."""

    @property
    def known(self) -> bool:
        """Whether the service knows it."""
        return self.classification != NOTHING_KNOWN


class LookupService(Protocol):
    """Somebody who answers about hashes, and perhaps about files."""

    @property
    def name(self) -> str:
        """A short lasting name, as findings and policies give it."""
        ...  # pragma: no cover

    @property
    def takes_media(self) -> bool:
        """Whether the operator lets files themselves go there."""
        ...  # pragma: no cover

    def ask_hashes(self, hashes: Sequence[bytes]) -> tuple[LookupAnswer, ...]:
        """Return one answer for each 32-byte PDQ, in their order. Raises OutsideSilentError."""
        ...  # pragma: no cover

    def ask_file(self, path: Path, media_type: str) -> LookupAnswer:
        """Send the bytes and return what is known of them; only where `takes_media`. Raises OutsideSilentError."""
        ...  # pragma: no cover

"""Where a look-back runs: a port, and the scanner of this machine."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from jacana.detect.media.catalogue.scan import Needles, scan_shard
from jacana.detect.media.catalogue.shard import ShardDamagedError
from jacana.detect.media.catalogue.shelf import Part


@dataclass(frozen=True, slots=True)
class PartResult:
    """What one part of the catalogue gave: how many hashes were compared, and the SHA-256 of each file with a hit.

    `problem` says why a part could not be read; then nothing of it was compared.
    """

    part: Part
    hashes: int
    hits: tuple[str, ...]
    problem: str | None = None


class Scanner(Protocol):
    """Compares parts of the catalogue with new hashes."""

    def scan(self, parts: Sequence[Part], needles: Needles) -> Iterator[PartResult]:
        """Yield one result a part, in any order, as they come. Closing the iterator stops the rest."""


class LocalScanner:
    """Scans on this machine, in `threads` threads, within a share of their time.

    `share` is how much of the time it may compute, 0 to 1; while `is_busy()` says that live uploads wait, a tenth of
    that. So the asking path keeps its cores.
    """

    def __init__(self, *, share: float = 1.0, threads: int = 1, is_busy: Callable[[], bool] = lambda: False) -> None:
        self._share = share
        self._threads = threads
        self._is_busy = is_busy
        self._since = 0.0

    def scan(self, parts: Sequence[Part], needles: Needles) -> Iterator[PartResult]:
        """Yield the parts in their order."""
        for part in parts:
            self._since = time.monotonic()
            yield scan_part(part, needles, threads=self._threads, pause=self._pause if self._share < 1 else None)

    def _pause(self, _hashes: int) -> None:
        share = self._share / 10 if self._is_busy() else self._share
        worked = time.monotonic() - self._since
        time.sleep(min(worked * (1 - share) / share, 5.0))
        self._since = time.monotonic()


def scan_part(
    part: Part, needles: Needles, *, threads: int = 1, pause: Callable[[int], None] | None = None
) -> PartResult:
    """Compare one part. A part that cannot be read is stated, not raised: the others must still be looked at."""
    try:
        shard = part.read()
    except (ShardDamagedError, OSError) as problem:
        return PartResult(part, 0, (), f"part {part.number} cannot be read ({type(problem).__name__})")
    hits = scan_shard(shard, needles, threads=threads, pause=pause)
    return PartResult(part, len(shard), tuple(dict.fromkeys(sha256.hex() for sha256 in hits)))

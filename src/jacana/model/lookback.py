"""A look-back: new bank entries compared with everything that was screened before they came."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LookBackState(StrEnum):
    """How far it is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """All that could be read was compared; `problem` says what could not."""


@dataclass(frozen=True, slots=True)
class LookBack:
    """One pass over the catalogue for the bank changes `from_sequence` < sequence <= `to_sequence`."""

    id: str
    from_sequence: int
    to_sequence: int
    state: LookBackState
    created_at: datetime
    entries: int = 0
    hashes: int = 0
    """Hashes of those entries that are looked for."""
    total: int = 0
    """Hashes of the catalogue to be compared."""
    scanned: int = 0
    done_parts: tuple[int, ...] = ()
    hits: int = 0
    """Uploads that were sent through the flow again."""
    problem: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None

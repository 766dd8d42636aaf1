"""What a bank's hits are worth. Pure: a share of a few decided files is a guess, and is said with its range."""

from dataclasses import dataclass
from datetime import datetime
from math import sqrt

LEAST_DECIDED = 10
"""Below so many decided files no precision is stated: one verdict more would move it by over five points."""

_Z = 1.96
"""Standard deviations of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class BankFigures:
    """How one bank does. Hits are findings; `decided` and `confirmed` are distinct files."""

    hits: int = 0
    recent_hits: int = 0
    """Of the last 30 days."""
    set_aside: int = 0
    """Matches that a benign bank suppressed."""
    decided: int = 0
    """Files among the hits on which a person's applied verdict stands."""
    confirmed: int = 0
    refused: int = 0
    """Rows in quarantine."""
    checked_at: datetime | None = None
    """Last complete answer of the exchange the bank follows."""
    problem: str | None = None
    """Why the last attempt to follow it failed; None when it worked."""
    failed_at: datetime | None = None

    @property
    def precision(self) -> float | None:
        """The share of the decided files that a person confirmed, 0..1; None below LEAST_DECIDED."""
        return self.confirmed / self.decided if self.decided >= LEAST_DECIDED else None

    @property
    def precision_range(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval of the precision; None below LEAST_DECIDED."""
        if self.decided < LEAST_DECIDED:
            return None
        n, share = self.decided, self.confirmed / self.decided
        middle = share + _Z**2 / (2 * n)
        spread = _Z * sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
        return max(0.0, (middle - spread) / (1 + _Z**2 / n)), min(1.0, (middle + spread) / (1 + _Z**2 / n))

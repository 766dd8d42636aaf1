"""Shares with their intervals, and quantiles. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

Z = 1.959964
"""Of the normal distribution, for 95 %."""


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `trials`, with the Wilson score interval (95 %); without a trial nothing is known: 0 to 1."""

    hits: int
    trials: int

    @property
    def value(self) -> float | None:
        """Return the share, None without a trial."""
        return self.hits / self.trials if self.trials else None

    @property
    def interval(self) -> tuple[float, float]:
        """Return the Wilson interval (Wilson 1927): honest for few trials and for shares near 0 and 1."""
        n = self.trials
        if not n:
            return 0.0, 1.0
        share = self.hits / n
        middle = share + Z * Z / (2 * n)
        half = Z * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
        scale = 1 + Z * Z / n
        return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def find_quantile(values: Sequence[float], share: float) -> float | None:
    """Return the smallest value that at least `share` of the values do not exceed; None of none."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]

"""How much of a file a person has seen, from what the player reports and what we sent. Pure.

A claim in a report rests on this (`fileViewedByEsp`), so what cannot have happened is refused, never trimmed to fit.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from jacana.review.cases import View
from jacana.review.errors import ViewClaimInvalidError

Range = tuple[float, float]

MAX_PLAYBACK_RATE = 2.0
SLACK_SECONDS = 1.0
"""Grace for where the player stops and starts, once for all looks of a person at a file. Never makes a file whole."""
WHOLE_FRACTION = 0.99
"""A player reports no last frame to the millisecond, and need not fetch the last bytes."""
PICTURE_MS = 1000
"""A picture counts as seen after it was revealed this long in one look."""
MAX_RANGES = 10_000


@dataclass(frozen=True, slots=True)
class Sight:
    """All looks of one person at one file together."""

    ranges: tuple[Range, ...]
    """Seconds of the file that were revealed: disjoint, ascending."""
    elapsed_seconds: float
    """Time that really passed during the looks."""
    revealed_ms: int
    longest_ms: int
    """Of one look."""
    served: tuple[Range, ...]
    """Bytes of the file that were sent, end-exclusive: disjoint, ascending."""


def sum_looks(looks: Sequence[View], now: datetime) -> Sight:
    """Return what the looks come to. They never overlap: a person's new look ends the one before."""
    return Sight(
        ranges=merge_ranges(pair for look in looks for pair in look.ranges),
        elapsed_seconds=math.fsum(measure_look(look, now) for look in looks),
        revealed_ms=sum(look.revealed_ms for look in looks),
        longest_ms=max((look.revealed_ms for look in looks), default=0),
        served=merge_ranges(pair for look in looks for pair in look.served),
    )


def measure_look(look: View, now: datetime) -> float:
    """Return for how many seconds the look has lasted."""
    until = min(now, look.ended_at) if look.ended_at else now
    return max((until - look.started_at).total_seconds(), 0.0)


def merge_ranges(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Return the same seconds as disjoint ranges in ascending order; touching ranges become one, empty ones go.

    Raises ViewClaimInvalidError for a range that ends before it starts, is negative or is not a finite number.
    """
    merged: list[Range] = []
    for start, end in sorted(map(_check_range, ranges)):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        elif end > start:
            merged.append((start, end))
    if len(merged) > MAX_RANGES:
        raise ViewClaimInvalidError("too many ranges", field="ranges", remedy=f"send at most {MAX_RANGES}")
    return tuple(merged)


def clip_ranges(ranges: Iterable[Range], duration_seconds: float | None) -> tuple[Range, ...]:
    """Return merged ranges cut to the file: players may report a little beyond its end. A picture has no seconds."""
    length = duration_seconds or 0.0
    return tuple((start, min(end, length)) for start, end in merge_ranges(ranges) if start < length)


def count_seconds(ranges: Iterable[Range]) -> float:
    """Return the distinct seconds covered."""
    return _measure(merge_ranges(ranges))


def check_claim(look: View, sight: Sight, now: datetime) -> None:
    """Raise ViewClaimInvalidError if so much cannot have been seen. `sight` is the sum that includes `look`.

    Nothing is revealed for longer than the look has lasted. Over all looks, nobody sees more than MAX_PLAYBACK_RATE
    seconds of a file in a second in which it was revealed; SLACK_SECONDS is granted once.
    """
    if not 0 <= look.revealed_ms <= measure_look(look, now) * 1000:
        raise ViewClaimInvalidError(
            "the file cannot have been revealed for that long",
            field="revealed_ms",
            remedy="send the milliseconds revealed since the view began",
        )
    if count_seconds(sight.ranges) > MAX_PLAYBACK_RATE * sight.revealed_ms / 1000 + SLACK_SECONDS:
        raise ViewClaimInvalidError(
            "that much of the file cannot have been seen in that time",
            field="ranges",
            remedy=f"send what was shown, at most {MAX_PLAYBACK_RATE:g} seconds of the file in each second",
        )


def seen_whole(sight: Sight, duration_seconds: float | None, size_bytes: int | None) -> bool:
    """Return whether the looks amount to the whole file.

    Its bytes must have been sent (WHOLE_FRACTION of `size_bytes`). Of a video, WHOLE_FRACTION must have been revealed,
    and at least the time that takes at MAX_PLAYBACK_RATE must really have passed; a picture needs PICTURE_MS.
    """
    if not size_bytes or _measure(sight.served) < WHOLE_FRACTION * size_bytes:
        return False
    if not duration_seconds:
        return sight.longest_ms >= PICTURE_MS
    needed = WHOLE_FRACTION * duration_seconds
    seen = count_seconds(clip_ranges(sight.ranges, duration_seconds))
    return seen >= needed and MAX_PLAYBACK_RATE * sight.elapsed_seconds >= needed


def add_served(served: Iterable[Range], start: int, end: int) -> tuple[Range, ...] | None:
    """Return the served bytes with start..end added; None if they lie in too many pieces to be kept."""
    try:
        return merge_ranges([*served, (start, end)])
    except ViewClaimInvalidError:
        return None


def _measure(disjoint: Iterable[Range]) -> float:
    return math.fsum(end - start for start, end in disjoint)


def _check_range(pair: Range) -> Range:
    start, end = pair
    if not (math.isfinite(start) and math.isfinite(end) and 0 <= start <= end):
        raise ViewClaimInvalidError(
            "a range is not two ascending seconds of the file", field="ranges", remedy="send [[start, end], …]"
        )
    return start, end

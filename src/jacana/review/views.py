"""How much of a file a person has seen, from what the player reports. Pure.

A claim in a report rests on this (`fileViewedByEsp`), so what cannot have happened is refused, never trimmed to fit.
"""

import math
from collections.abc import Iterable

from jacana.review.errors import ViewClaimInvalidError

Range = tuple[float, float]

MAX_PLAYBACK_RATE = 2.0
SLACK_SECONDS = 1.0
"""Grace for timer resolution and for time that passed on the way to us."""
WHOLE_FRACTION = 0.99
"""A player never reports the last frame to the millisecond."""
PICTURE_MS = 1000
"""A picture counts as seen after it was revealed this long."""
MAX_RANGES = 10_000


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
    return math.fsum(end - start for start, end in merge_ranges(ranges))


def check_claim(ranges: Iterable[Range], revealed_ms: int, elapsed_seconds: float) -> None:
    """Raise ViewClaimInvalidError if so much cannot have been seen since the view began.

    Nothing is revealed for longer than has passed, and nobody sees more than MAX_PLAYBACK_RATE seconds of a file in a
    second in which it was revealed. SLACK_SECONDS is granted on both.
    """
    if revealed_ms < 0 or revealed_ms / 1000 > elapsed_seconds + SLACK_SECONDS:
        raise ViewClaimInvalidError(
            "the file cannot have been revealed for that long",
            field="revealed_ms",
            remedy="send the milliseconds revealed since the view began",
        )
    if count_seconds(ranges) > MAX_PLAYBACK_RATE * (revealed_ms / 1000 + SLACK_SECONDS):
        raise ViewClaimInvalidError(
            "that much of the file cannot have been seen in that time",
            field="ranges",
            remedy=f"send what was shown, at most {MAX_PLAYBACK_RATE:g} seconds of the file in each second",
        )


def seen_whole(ranges: Iterable[Range], revealed_ms: int, duration_seconds: float | None) -> bool:
    """Return whether this amounts to the whole file: WHOLE_FRACTION of a video, PICTURE_MS of a picture."""
    if not duration_seconds:
        return revealed_ms >= PICTURE_MS
    return count_seconds(clip_ranges(ranges, duration_seconds)) >= WHOLE_FRACTION * duration_seconds


def _check_range(pair: Range) -> Range:
    start, end = pair
    if not (math.isfinite(start) and math.isfinite(end) and 0 <= start <= end):
        raise ViewClaimInvalidError(
            "a range is not two ascending seconds of the file", field="ranges", remedy="send [[start, end], …]"
        )
    return start, end

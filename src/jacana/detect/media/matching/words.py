"""In what way a frame matches, in words a moderator reads. Pure."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.hashing.frames import CUT_BORDERS, INSET, WHOLE_FRAME

AS_SHOWN = "whole frame"

TURNED = (
    "",
    "turned by a quarter",
    "upside down",
    "turned by a quarter",
    "flipped top to bottom",
    "mirrored",
    "mirrored and turned by a quarter",
    "mirrored and turned by a quarter",
)
"""How the upload is changed, by index into hashing.pdq.ORIENTATIONS (what was done to it to match)."""

MAX_WAYS = 3
_FEWEST_SHARE = 0.1


def say_way(window: int, orientation: int, entry_window: int) -> str:
    """Return how one frame matches: `whole frame`, or what was changed, with commas."""
    parts = [TURNED[orientation]]
    if window == CUT_BORDERS:
        parts.append("inside borders")
    elif window == INSET:
        parts.append("picture in picture")
    elif window != WHOLE_FRAME:
        parts.append("a window of the upload")
    if entry_window == CUT_BORDERS:
        parts.append("without the borders of the entry")
    elif entry_window == INSET:
        parts.append("an inset of the entry")
    elif entry_window != WHOLE_FRAME:
        parts.append("a part of the entry")
    return ", ".join(filter(None, parts)) or AS_SHOWN


def say_ways(
    window: NDArray[np.uint8], orientation: NDArray[np.uint8], entry_window: NDArray[np.uint8]
) -> tuple[str, ...]:
    """Return the ways in which frames (n,) match, most frequent first; rare ones beside frequent ones are left out."""
    kinds, counts = np.unique(np.stack([window, orientation, entry_window], axis=1), axis=0, return_counts=True)
    ways: Counter[str] = Counter()
    for kind, count in zip(kinds, counts, strict=True):
        ways[say_way(*(int(part) for part in kind))] += int(count)
    common = [way for way, count in ways.most_common(MAX_WAYS) if count >= _FEWEST_SHARE * len(window)]
    return tuple(common)


def say_span(first: float, last: float) -> str:
    """Return `second 12`, `seconds 12 to 17`, or `1:52 to 2:10` beyond a hundred seconds."""
    if last >= 100:
        return say_moment(first) if int(first) == int(last) else f"{say_moment(first)} to {say_moment(last)}"
    return f"second {int(first)}" if int(first) == int(last) else f"seconds {int(first)} to {int(last)}"


def say_moment(seconds: float) -> str:
    """Return `1:52`, or `1:02:03` beyond an hour."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

"""Two looks at one file: a sparse one, and a dense one around what comes near known media. Pure.

The second look makes matched seconds real seconds: it sees every frame between the near one and its neighbours.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.decoding.plan import Span
from jacana.detect.media.hashing.frames import (
    FrameHashes,
    WindowHashes,
    unpack_frames,
    unpack_windows,
)
from jacana.model.media import MediaFacts, MediaKind

WIDE_DISTANCE = 64
"""Bits of 256 within which a frame of the first look is a lead; a match needs 31 or less."""

MAX_REACH_SECONDS = 12.0
"""How far to either side of a lead the second look goes where the first saw nothing nearer."""

MAX_DENSE_SECONDS = 240.0
"""Most that the second look decodes of one file; beyond it the leads that are farthest off are left out."""

DENSE_SECONDS = 0.2
"""Where frames of the first look lie no farther apart, there is nothing left to see."""

Floats = NDArray[np.float64]


def choose_spans(looked: Floats, leads: Floats, distance: NDArray[np.uint16]) -> tuple[Span, ...]:
    """Return the spans of seconds of a second look: from each lead to the frames looked at before and after it.

    `looked` are the seconds of the first look's frames, `leads` and `distance` (n,) those of them that came near known
    media, and how near. Spans are merged, in time order.
    """
    times = np.unique(looked)
    spans: list[Span] = []
    for lead in leads[np.argsort(distance, kind="stable")]:
        if any(start <= lead - DENSE_SECONDS and lead + DENSE_SECONDS <= end for start, end in spans):
            continue
        span = _reach(times, float(lead))
        if span is None:
            continue
        merged = _merge([*spans, span])
        if sum(end - start for start, end in merged) > MAX_DENSE_SECONDS:
            break
        spans = merged
    return tuple(spans)


def join_looks(first: MediaFacts, second: MediaFacts) -> MediaFacts:
    """Return the first look with what the second saw, in time order. What could not be read the second time counts."""
    frames = _join_frames(unpack_frames(first.frames), unpack_frames(second.frames))
    windows = _join_windows(unpack_windows(first.windows), unpack_windows(second.windows))
    joined = replace(
        first,
        frames=frames.pack(),
        frame_count=len(frames),
        windows=windows.pack(),
        window_count=len(windows),
    )
    if first.readable and not second.readable:
        unreadable = MediaKind.UNREADABLE
        return replace(joined, kind=unreadable, problem=second.problem, problem_detail=second.problem_detail)
    return joined


def _reach(times: Floats, lead: float) -> Span | None:
    """Return the stretch around a lead that was not looked at, its ends included; None if there is none."""
    before, after = times[times < lead], times[times > lead]
    start = max(float(before[-1]) if len(before) else 0.0, lead - MAX_REACH_SECONDS)
    end = min(float(after[0]) if len(after) else lead + MAX_REACH_SECONDS, lead + MAX_REACH_SECONDS)
    if lead - start <= DENSE_SECONDS and end - lead <= DENSE_SECONDS:
        return None
    return max(0.0, start), max(0.0, end)


def _merge(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _join_frames(first: FrameHashes, second: FrameHashes) -> FrameHashes:
    seconds = np.concatenate([first.seconds, second.seconds])
    quality = np.concatenate([first.quality, second.quality])
    pdq = np.concatenate([first.pdq, second.pdq]).reshape(-1, 32)
    kept = _keep_once(seconds, np.column_stack([seconds.view(np.uint8).reshape(-1, 8), pdq]))
    return FrameHashes(seconds[kept], quality[kept], pdq[kept])


def _join_windows(first: WindowHashes, second: WindowHashes) -> WindowHashes:
    seconds = np.concatenate([first.seconds, second.seconds])
    quality = np.concatenate([first.quality, second.quality])
    window = np.concatenate([first.window, second.window])
    orientation = np.concatenate([first.orientation, second.orientation])
    rect = np.concatenate([first.rect, second.rect]).reshape(-1, 4)
    pdq = np.concatenate([first.pdq, second.pdq]).reshape(-1, 32)
    parts = [seconds.view(np.uint8).reshape(-1, 8), window[:, None], orientation[:, None], rect, pdq]
    kept = _keep_once(seconds, np.column_stack(parts))
    return WindowHashes(seconds[kept], quality[kept], window[kept], orientation[kept], rect[kept], pdq[kept])


def _keep_once(seconds: Floats, rows: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Return the index of each distinct row, by time and then in the order given."""
    _, first = np.unique(rows, axis=0, return_index=True)
    first = np.sort(first)
    return first[np.argsort(seconds[first], kind="stable")]

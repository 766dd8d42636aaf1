"""PDQ of parts of a frame: where the windows of the extended signature lie, and their 64 x 64 blocks. Pure.

PDQ of a window is the same samples taken inside it: a frame is averaged once to SMALL x SMALL cells, and every window,
straight or turned, is 64 x 64 points between those cells. Where exactly the reference samples depends on the number of
pixels, so the same picture in two sizes differs in 5 to 15 bits; points that depend on no size lie nearer to both.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.hashing.reduce import SIDE, Floats, Plane
from jacana.detect.media.kernel import kernel

SMALL = 128
"""Cells along each side of an averaged frame, whatever its shape: two for each sample of the whole frame."""

FINE = 256
"""Cells along each side where edges are looked for and small insets are hashed."""

OFF_CENTRE = 0.08
"""How far, in samples, the reference samples right of and below the middle of each sixty-fourth, on average."""

Span = tuple[float, float, float, float]
"""x, y, width, height as fractions of the frame as shown."""

WHOLE: Span = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Window:
    """A fixed part of every frame: where it lies, how far its content is turned, and which side hashes it."""

    name: str
    rect: Span
    turn_degrees: float = 0.0
    """Clockwise about the middle of the frame: hashed as it looks in a copy that was turned so."""
    on_upload: bool = False
    on_entry: bool = True
    max_distance: int = 31
    """Largest distance at which a hash of this window may count as near; a bank's own limit holds beside it."""


Interval = tuple[float, float]

PARTS: tuple[Interval, ...] = ((0.0, 1.0), (0.0, 0.62), (0.38, 1.0))
"""Along one axis, on both sides: what covers one end of it leaves one of these clear."""

UPLOAD_INTERVALS: tuple[Interval, ...] = (*PARTS, (0.024, 0.976), (0.042, 1.0), (0.0, 0.958))
ENTRY_INTERVALS: tuple[Interval, ...] = (
    *PARTS,
    (0.105, 0.895),
    (0.104, 0.941),
    (0.059, 0.896),
    (0.049, 0.958),
    (0.042, 0.951),
)
"""What is left of a cropped axis: each interval of the upload lies on one of the known file's for another crop.

Chosen by annealing over crops of up to 20 % (see benchmarks/tuning.py); the tolerance is about 1.5 % of the window.
"""

EDGE_CROPS = (0.03, 0.06, 0.09, 0.12, 0.15, 0.18)
CORNER_CROPS = (0.06, 0.12)
MIDDLE_CROPS = (0.14, 0.17, 0.2)
"""Shares cut away from one edge, from two that meet, and from all four, beyond what the intervals reach."""

MIDDLES: tuple[Interval, ...] = ((0.125, 0.875), (0.07, 0.93))
"""Of an upload: the part of a turned frame that holds no filled corners, as it is and enlarged to hide them."""

TURNS = tuple(step * 5 / 3 for step in range(1, 7))
"""Degrees in both directions, of known files; one degree off costs about 20 bits."""


def _list_windows() -> tuple[Window, ...]:
    """Lay the windows out: those of both sides first, then the upload's own, then the known file's own."""
    uploads = [_cross(across, down) for down in UPLOAD_INTERVALS for across in UPLOAD_INTERVALS]
    uploads += [_cross(middle, middle) for middle in MIDDLES]
    entries = [_cross(across, down) for down in ENTRY_INTERVALS for across in ENTRY_INTERVALS]
    whole = (0.0, 1.0)
    for crop in EDGE_CROPS:
        entries += [_cross(cut, whole) for cut in _ends(crop)] + [_cross(whole, cut) for cut in _ends(crop)]
    for crop in CORNER_CROPS:
        entries += [_cross(across, down) for across in _ends(crop) for down in _ends(crop)]
    entries += [_cross((crop, 1 - crop), (crop, 1 - crop)) for crop in MIDDLE_CROPS]
    rects = sorted(dict.fromkeys(uploads + entries), key=lambda rect: (rect not in uploads, rect not in entries))
    straight = [Window(_name(rect), rect, on_upload=rect in uploads, on_entry=rect in entries) for rect in rects]
    middle = _cross(MIDDLES[0], MIDDLES[0])
    turned = [
        Window(f"{_name(middle)}, turned by {degrees:.1f} degrees", middle, turn_degrees=degrees)
        for degrees in (*(-turn for turn in TURNS), *TURNS)
    ]
    return (*straight, *turned)


def _ends(crop: float) -> tuple[Interval, Interval]:
    return (crop, 1.0), (0.0, 1.0 - crop)


def _cross(across: Interval, down: Interval) -> Span:
    return (across[0], down[0], across[1] - across[0], down[1] - down[0])


def _name(rect: Span) -> str:
    x, y, width, height = rect
    return f"{x:.0%} to {x + width:.0%} across, {y:.0%} to {y + height:.0%} down"


WINDOWS = _list_windows()
"""Index 0 is the whole frame; the index of each is stored with its hashes, so a change needs a new HASHER_VERSION."""


def shrink_plane(plane: Plane, cells: int = SMALL, *, gain: float = 1.0) -> Floats:
    """Return the plane (rows, columns) averaged to (cells, cells), times `gain`."""
    rows, columns = (_split_axis(length, cells) for length in plane.shape)
    return _average(plane if plane.flags.c_contiguous else plane.copy(), *rows, *columns, gain)


def halve_cells(cells: Floats) -> Floats:
    """Return the means of each two by two cells."""
    upper, lower = cells[::2], cells[1::2]
    return np.float32(0.25) * ((upper[:, ::2] + upper[:, 1::2]) + (lower[:, ::2] + lower[:, 1::2]))


def cut_blocks(small: Floats, maps: Floats) -> Floats:
    """Return the blocks (n, 64, 64) that the maps (n, 6) of `map_window` take from an averaged frame."""
    return _sample(small, maps)


def map_window(rect: Span, cells: int, *, turn_degrees: float = 0.0, aspect: float = 1.0) -> list[float]:
    """Return six numbers (y0, y per row, y per column, x0, x per row, x per column) that place samples among cells.

    `aspect` is width / height of the frame in pixels; only a turned window needs it.
    """
    x, y, width, height = rect
    wide, high = width * aspect, height  # in heights of the frame, so that a turn keeps shapes
    middle_x, middle_y = (x + width / 2) * aspect, y + height / 2
    angle = np.deg2rad(turn_degrees)
    cosine, sine = float(np.cos(angle)), float(np.sin(angle))
    # About the middle of the frame: the window's own centre turns with its content.
    away_x, away_y = middle_x - aspect / 2, middle_y - 0.5
    centre_x = aspect / 2 + away_x * cosine + away_y * sine
    centre_y = 0.5 - away_x * sine + away_y * cosine
    first = (0.5 + OFF_CENTRE) / SIDE - 0.5
    step = 1.0 / SIDE
    left, top = first * wide, first * high
    x0 = centre_x + left * cosine + top * sine
    y0 = centre_y - left * sine + top * cosine
    to_x, to_y = cells / aspect, float(cells)
    return [
        y0 * to_y - 0.5,
        step * high * cosine * to_y,
        -step * wide * sine * to_y,
        x0 * to_x - 0.5,
        step * high * sine * to_x,
        step * wide * cosine * to_x,
    ]


@lru_cache(maxsize=64)
def _split_axis(length: int, cells: int) -> tuple[NDArray[np.intp], Floats]:
    """Return first pixel (cells,) and weights (cells, taps) of each cell: how much of each pixel lies in it."""
    borders = np.arange(cells + 1) * (length / cells)
    starts = np.minimum(borders[:-1].astype(np.intp), length - 1)
    taps = int(np.ceil(length / cells)) + 1
    taps = min(taps, length)
    starts = np.minimum(starts, length - taps)
    pixels = starts[:, None] + np.arange(taps)
    covered = np.minimum(pixels + 1, borders[1:, None]) - np.maximum(pixels, borders[:-1, None])
    weights = np.clip(covered, 0.0, None)
    return starts, (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


@kernel
def _average(
    plane: Plane,
    row_starts: NDArray[np.intp],
    row_weights: Floats,
    column_starts: NDArray[np.intp],
    column_weights: Floats,
    gain: float,
) -> Floats:
    """Return the cells of a plane: each row of pixels is added up once for each cell it lies in."""
    cells, width = row_starts.shape[0], plane.shape[1]
    small = np.empty((cells, column_starts.shape[0]), np.float32)
    band = np.empty(width, np.float32)
    for cell in range(cells):
        band[:] = 0.0
        for tap in range(row_weights.shape[1]):
            weight = row_weights[cell, tap]
            if weight != 0.0:
                row = plane[row_starts[cell] + tap]
                for column in range(width):
                    band[column] += weight * np.float32(row[column])
        for other in range(column_starts.shape[0]):
            total = np.float32(0.0)
            for tap in range(column_weights.shape[1]):
                total += column_weights[other, tap] * band[column_starts[other] + tap]
            small[cell, other] = total * np.float32(gain)
    return small


@kernel
def _sample(small: Floats, maps: Floats) -> Floats:
    """Return blocks (n, 64, 64) of values between the four nearest cells; beyond the edge the edge goes on."""
    last_row, last_column = np.float32(small.shape[0] - 1.001), np.float32(small.shape[1] - 1.001)
    zero, one = np.float32(0.0), np.float32(1.0)
    blocks = np.empty((maps.shape[0], 64, 64), np.float32)
    for at in range(maps.shape[0]):
        y0, y_row, y_column, x0, x_row, x_column = maps[at]
        for row in range(64):
            y_start, x_start = y0 + y_row * np.float32(row), x0 + x_row * np.float32(row)
            for column in range(64):
                y = min(max(y_start + y_column * np.float32(column), zero), last_row)
                x = min(max(x_start + x_column * np.float32(column), zero), last_column)
                top, left = np.int32(y), np.int32(x)
                down, right = y - np.float32(top), x - np.float32(left)
                upper = small[top, left] * (one - right) + small[top, left + 1] * right
                lower = small[top + 1, left] * (one - right) + small[top + 1, left + 1] * right
                blocks[at, row, column] = upper * (one - down) + lower * down
    return blocks

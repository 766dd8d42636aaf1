"""Where the picture lies inside a frame: plain borders to cut, and insets inside another picture. Pure; keeps nothing.

All rectangles are found among the cells of a frame averaged to n x n (see windows.shrink_plane), black and white 255
apart.
"""

from jacana.detect.media.hashing.reduce import Floats
from jacana.detect.media.hashing.windows import Span

MIN_SHARE = 0.25
"""A picture is at least this wide and high, as a share of the frame."""

PLAIN_SPREAD = 5.0
"""A line whose cells spread less than this (standard deviation) may belong to a border."""

PLAIN_STEP = 10.0
"""Lines of one border have means that differ less than this from its outermost line."""

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in cells; right and bottom are not part of it."""


def find_borders(cells: Floats) -> Box:
    """Return what is left of a frame without its plain borders; the whole frame where it has none, or is all plain."""
    side = len(cells)
    box = (0, 0, side, side)
    for _ in range(2):  # bars on all four sides: the second pass sees columns without the bars above and below
        left, top, right, bottom = box
        top, bottom = _trim(cells[top:bottom, left:right], top)
        left, right = _trim(cells[top:bottom, left:right].T, left)
        box = (left, top, right, bottom)
    left, top, right, bottom = box
    if min(right - left, bottom - top) < MIN_SHARE * side:
        return (0, 0, side, side)
    return box


def to_span(box: Box, side: int) -> Span:
    """Return a box of cells as fractions of the frame."""
    left, top, right, bottom = box
    return (left / side, top / side, (right - left) / side, (bottom - top) / side)


def _trim(lines: Floats, offset: int) -> tuple[int, int]:
    """Return first and last line + 1 of what is not border, counted from `offset`."""
    means, spreads = lines.mean(axis=1), lines.std(axis=1)
    first, last = 0, len(lines)
    while first < last and spreads[first] < PLAIN_SPREAD and abs(means[first] - means[0]) < PLAIN_STEP:
        first += 1
    while last > first and spreads[last - 1] < PLAIN_SPREAD and abs(means[last - 1] - means[-1]) < PLAIN_STEP:
        last -= 1
    if last - first < 2:
        return offset, offset + len(lines)
    return offset + first, offset + last

"""Where the picture lies inside a frame that has plain borders. Pure; keeps nothing.

Found among the cells of a frame averaged to n x n (windows.shrink_plane), black and white 255 apart.
"""

from jacana.detect.media.hashing.reduce import Floats
from jacana.detect.media.hashing.windows import Span
from jacana.detect.media.kernel import kernel

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
    turned = cells.T.copy()
    left, top, right, bottom = 0, 0, side, side
    for _ in range(2):  # bars on all four sides: the second pass sees columns without the bars above and below
        top, bottom = _trim_lines(cells, top, bottom, left, right)
        left, right = _trim_lines(turned, left, right, top, bottom)
    if min(right - left, bottom - top) < MIN_SHARE * side:
        return (0, 0, side, side)
    return (left, top, right, bottom)


def to_span(box: Box, side: int) -> Span:
    """Return a box of cells as fractions of the frame."""
    left, top, right, bottom = box
    return (left / side, top / side, (right - left) / side, (bottom - top) / side)


@kernel
def _trim_lines(cells: Floats, first: int, last: int, start: int, end: int) -> tuple[int, int]:
    """Return what is left of lines first..last - 1, looking at the cells start..end - 1, when plain ends are cut."""
    found = [first, last]
    for which in range(2):
        outermost = 0.0
        for away in range(last - first):
            line = cells[first + away if which == 0 else last - 1 - away]
            mean, squares = 0.0, 0.0
            for at in range(start, end):
                mean += line[at]
                squares += line[at] * line[at]
            mean /= end - start
            spread = max(0.0, squares / (end - start) - mean * mean)
            if away == 0:
                outermost = mean
            if spread >= PLAIN_SPREAD * PLAIN_SPREAD or abs(mean - outermost) >= PLAIN_STEP:
                break
            found[which] = first + away + 1 if which == 0 else last - 1 - away
    if found[1] - found[0] < 2:
        return first, last
    return found[0], found[1]

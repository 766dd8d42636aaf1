"""Where a picture lies inside another picture: a rectangle whose straight sides stay while its content moves. Pure.

A side is a step of brightness at the same place all along it. For each line between two rows or columns of cells, the
step there is compared with the steps beside it: texture gives nothing on average, a side does. Keeps nothing; adding
up over frames is the caller's.
"""

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.hashing.borders import MIN_SHARE, Box
from jacana.detect.media.hashing.reduce import Floats
from jacana.detect.media.kernel import kernel

MAX_STEP = 24.0
"""A step counts at most so much (of 255), so that one strong spot makes no side."""

LEAST_STEP = 0.5
"""Mean step above its surroundings that each side has."""

TOTAL_WEIGHT = 0.4
"""What the steps of all sides together add to the step of the weakest: four faint sides tell more than two."""

LINES = 12
"""Lines of each direction that are tried as sides, beside the edges of the frame."""

SAME_CELLS = 2
"""Rectangles that differ by no more than this on each side are one."""


def measure_steps(cells: Floats) -> Floats:
    """Return running sums (2, n + 1, n + 1) of the step along each line between columns, then between rows.

    Entry [d, line, k] adds up the first k cells of a line. Sums of several frames may be added. In levels of 255.
    """
    side = len(cells)
    sums = np.zeros((2, side + 1, side + 1), np.float32)
    _add_steps(cells.T.copy(), sums[0])
    _add_steps(cells, sums[1])
    return sums


def find_insets(sums: Floats, frames: int, most: int, within: Box) -> list[Box]:
    """Return up to `most` rectangles, best first, from the sums of `measure_steps` over so many frames.

    `within` is what is left of the frame without plain borders: their own edges tell nothing.
    """
    left, top, right, bottom = within
    least = int(MIN_SHARE * (sums.shape[1] - 1))
    columns = _choose_lines(sums[0], left, right, frames)
    rows = _choose_lines(sums[1], top, bottom, frames)
    scores, boxes = _score_boxes(sums, columns, rows, least, 1.0 / frames)
    found: list[Box] = []
    for at in np.argsort(-scores, kind="stable"):
        left, top, right, bottom = boxes[at].tolist()
        box = (left, top, right, bottom)
        if all(max(abs(a - b) for a, b in zip(box, other, strict=True)) > SAME_CELLS for other in found):
            found.append(box)
            if len(found) == most:
                break
    return found


def _choose_lines(sums: Floats, first: int, last: int, frames: int) -> NDArray[np.intp]:
    """Return `first`, the lines with the strongest stretch of steps between, and `last`."""
    strength = _weigh_lines(sums, 1.0 / frames)
    chosen: list[int] = []
    for line in np.argsort(-strength, kind="stable").tolist():
        if strength[line] <= 0 or len(chosen) == LINES:
            break
        if first + SAME_CELLS < line < last - SAME_CELLS and all(abs(line - other) > 1 for other in chosen):
            chosen.append(line)
    return np.array([first, *sorted(chosen), last], np.intp)


@kernel
def _add_steps(cells: Floats, sums: Floats) -> None:
    """Fill sums (n + 1, n + 1) for the lines between rows of cells; the two outermost lines stay empty."""
    side = cells.shape[0]
    most = np.float32(MAX_STEP)
    steps = np.empty((side, side), np.float32)  # from row i - 1 to row i
    for row in range(1, side):
        for at in range(side):
            steps[row, at] = min(abs(cells[row, at] - cells[row - 1, at]), most)
    for line in range(3, side - 2):
        total = np.float32(0.0)
        for at in range(side):
            # The cells right beside it may hold a part of a side that lies between two lines.
            total += steps[line, at] - np.float32(0.5) * (steps[line - 2, at] + steps[line + 2, at])
            sums[line, at + 1] = total


@kernel
def _weigh_lines(sums: Floats, scale: float) -> Floats:
    """Return the largest sum over a stretch of each line, where every cell pays three times LEAST_STEP."""
    strength = np.zeros(sums.shape[0], np.float32)
    for line in range(sums.shape[0]):
        lowest, best = np.float32(0.0), np.float32(0.0)
        for end in range(1, sums.shape[1]):
            level = np.float32(sums[line, end] * scale - 3 * LEAST_STEP * end)
            best = max(best, level - lowest)
            lowest = min(lowest, level)
        strength[line] = best
    return strength


@kernel
def _score_boxes(
    sums: Floats, columns: NDArray[np.intp], rows: NDArray[np.intp], least: int, scale: float
) -> tuple[Floats, NDArray[np.intp]]:
    """Return scores and rectangles (n, 4) with two inner sides or more; the outermost lines count for nothing."""
    outer = np.array([[columns[0], columns[-1]], [rows[0], rows[-1]]])
    pairs = columns.shape[0] * (columns.shape[0] - 1) // 2 * (rows.shape[0] * (rows.shape[0] - 1) // 2)
    scores, boxes, found = np.empty(pairs, np.float32), np.empty((pairs, 4), np.intp), 0
    sides = np.empty((4, 4), np.intp)
    for first, left in enumerate(columns):
        for right in columns[first + 1 :]:
            for second, top in enumerate(rows):
                for bottom in rows[second + 1 :]:
                    if right - left < least or bottom - top < least:
                        continue
                    sides[0], sides[1] = (0, left, top, bottom), (0, right, top, bottom)
                    sides[2], sides[3] = (1, top, left, right), (1, bottom, left, right)
                    weakest, total, real = np.float32(MAX_STEP), np.float32(0.0), 0
                    for direction, line, start, end in sides:
                        if outer[direction, 0] < line < outer[direction, 1]:
                            step = (sums[direction, line, end] - sums[direction, line, start]) / (end - start)
                            weakest = min(weakest, np.float32(step * scale))
                            total += np.float32(step * scale)
                            real += 1
                    if real >= 2 and weakest > LEAST_STEP:
                        scores[found] = weakest + np.float32(TOTAL_WEIGHT) * total
                        boxes[found, 0], boxes[found, 1], boxes[found, 2], boxes[found, 3] = left, top, right, bottom
                        found += 1
    return scores[:found], boxes[:found]

"""The extended signature of a file: hashes of windows, orientations, cut borders and insets of its frames. Pure.

Keeps a few averaged frames until `finish`, because where an inset lies is surer when many frames have been seen.
"""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.hashing.borders import Box, find_borders, to_span
from jacana.detect.media.hashing.frames import CUT_BORDERS, INSET, WHOLE_FRAME, Rect, WindowRow
from jacana.detect.media.hashing.insets import find_insets, measure_steps
from jacana.detect.media.hashing.pdq import ORIENTATIONS, hash_block, hash_orientations, measure_quality
from jacana.detect.media.hashing.reduce import Floats, Plane, reduce_plane
from jacana.detect.media.hashing.windows import (
    FINE,
    SMALL,
    WHOLE,
    WINDOWS,
    Span,
    cut_blocks,
    halve_cells,
    map_window,
    shrink_plane,
)

Mode = Literal["upload", "entry"]
MODES: tuple[Mode, ...] = ("upload", "entry")

MIN_QUALITY = 50
"""Windows below this PDQ quality carry too little to be compared, so they are not kept."""

SAME_BITS = {"upload": 6, "entry": 10}
"""A frame this near to the last one signed adds nothing to the signature."""

THIN_FRAMES = 300
THIN_SECONDS = 0.4
"""After each so many signed frames of a known file, signed frames lie so many seconds farther apart: an hour of it has
2,000, not 18,000."""

INSETS = 4
"""Rectangles hashed of a frame: of an inset, the first is right in eight of ten frames, one of four in nine of ten."""

KEPT_FRAMES = 8
"""Averaged frames (256 KiB each) kept for `finish`."""

_ALL_TURNS = tuple(range(len(ORIENTATIONS)))
_MIRRORED = (0, ORIENTATIONS.index("mirrored left to right"))


class _Kept(NamedTuple):
    """An averaged frame, when it was shown, and the rectangles that were hashed of it."""

    seconds: float
    fine: Floats
    boxes: set[Box]


class SignatureMaker:
    """Signs the frames of one video stream in the order they are shown."""

    def __init__(self, mode: Mode) -> None:
        self._mode = mode
        self._codes = [
            code
            for code, window in enumerate(WINDOWS)
            if code and (window.on_upload if mode == "upload" else window.on_entry)
        ]
        self._maps: tuple[float, Floats] | None = None
        self._last: NDArray[np.uint8] | None = None
        self._last_seconds = 0.0
        self._steps: Floats | None = None
        self._within: Box = (0, 0, FINE, FINE)
        self._signed = 0
        self._kept: list[_Kept] = []

    def sign(
        self, plane: Plane, white_step: float, block: Floats | None = None, seconds: float = 0.0
    ) -> list[WindowRow]:
        """Return the rows of one frame, none where it shows what the last one showed.

        `plane` is its luma (rows, columns) as shown, `white_step` how far black and white lie apart in it, `block` the
        whole frame's (64, 64) with black and white 255 apart, if the caller has it, `seconds` when it is shown.
        """
        gain = 255.0 / white_step
        if block is None:
            block = reduce_plane(plane, gain=gain)
        whole = np.frombuffer(hash_block(block).pdq, np.uint8)
        if not self._adds(whole, seconds):
            return []
        self._last, self._last_seconds = whole, seconds
        self._signed += 1
        fine = shrink_plane(plane, FINE, gain=gain)
        within = find_borders(fine)
        rows = self._sign_windows(halve_cells(fine), plane.shape[1] / plane.shape[0], seconds)
        rows += self._sign_borders(fine, within, seconds)
        if self._mode == "upload":
            rows += _turn_block(block, seconds, WHOLE_FRAME, WHOLE, _ALL_TURNS[1:])
            rows += self._sign_insets(fine, within, seconds)
        return rows

    def finish(self) -> list[WindowRow]:
        """Return the rows that only all frames together could give. Call it once, after the last frame."""
        rows: list[WindowRow] = []
        if self._signed > 1 and self._steps is not None:
            boxes = find_insets(self._steps, self._signed, INSETS, self._within)
            for kept in self._kept:
                rows += _hash_insets(kept, boxes)
        self._kept.clear()
        return rows

    def _adds(self, whole: NDArray[np.uint8], seconds: float) -> bool:
        """Return whether a frame is far enough from the last one signed, in bits and in time."""
        if self._last is None:
            return True
        if self._mode == "entry" and abs(seconds - self._last_seconds) < THIN_SECONDS * (self._signed // THIN_FRAMES):
            return False
        return bool(np.bitwise_count(whole ^ self._last).sum() > SAME_BITS[self._mode])

    def _sign_windows(self, small: Floats, aspect: float, seconds: float) -> list[WindowRow]:
        if self._maps is None or self._maps[0] != aspect:
            placed = [
                map_window(WINDOWS[code].rect, SMALL, turn_degrees=WINDOWS[code].turn_degrees, aspect=aspect)
                for code in self._codes
            ]
            self._maps = aspect, np.array(placed, np.float32)
        rows: list[WindowRow] = []
        for code, block in zip(self._codes, cut_blocks(small, self._maps[1]), strict=True):
            found = hash_block(block)
            if found.quality >= MIN_QUALITY:
                rows.append((seconds, found.quality, code, 0, _to_rect(WINDOWS[code].rect), found.pdq))
        return rows

    def _sign_borders(self, fine: Floats, within: Box, seconds: float) -> list[WindowRow]:
        rect = to_span(within, FINE)
        if rect == WHOLE:
            return []
        turns = _ALL_TURNS if self._mode == "upload" else (0,)
        return _turn_block(_cut(fine, rect), seconds, CUT_BORDERS, rect, turns)

    def _sign_insets(self, fine: Floats, within: Box, seconds: float) -> list[WindowRow]:
        steps = measure_steps(fine)
        if self._steps is not None:
            steps += self._steps
            within = _join_boxes(within, self._within)
        self._steps, self._within = steps, within
        kept = _Kept(seconds, fine, set())
        rows = _hash_insets(kept, find_insets(steps, self._signed, INSETS, within))
        if len(self._kept) < KEPT_FRAMES:
            self._kept.append(kept)
        return rows


def warm() -> None:
    """Compile everything, for a process that can load nothing later."""
    drawn = (np.arange(96 * 80) % 251).reshape(80, 96)
    for plane in (drawn.astype(np.uint8), drawn.astype(np.uint16), drawn.astype(np.float32)):
        for mode in MODES:
            maker = SignatureMaker(mode)
            maker.sign(plane, 255.0)
            maker.sign(plane.T.copy(), 255.0)
            maker.finish()


def _join_boxes(one: Box, other: Box) -> Box:
    """Return the box around both: a dark frame seems to have wider borders than the file has."""
    return (min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3]))


def _hash_insets(kept: _Kept, boxes: list[Box]) -> list[WindowRow]:
    """Return rows for the rectangles that were not yet hashed of this frame."""
    rows: list[WindowRow] = []
    for box in boxes:
        if box not in kept.boxes:
            kept.boxes.add(box)
            rect = to_span(box, FINE)
            rows += _turn_block(_cut(kept.fine, rect), kept.seconds, INSET, rect, _MIRRORED)
    return rows


def _cut(fine: Floats, rect: Span) -> Floats:
    """Return the 64 x 64 block of a rectangle; from half the cells where it is large, so that no texture aliases."""
    cells = fine if max(rect[2:]) < 0.5 + 0.1 else halve_cells(fine)
    block: Floats = cut_blocks(cells, np.array([map_window(rect, len(cells))], np.float32))[0]
    return block


def _turn_block(block: Floats, seconds: float, window: int, rect: Span, turns: tuple[int, ...]) -> list[WindowRow]:
    """Return rows for these orientations of a block."""
    quality = measure_quality(block)
    if quality < MIN_QUALITY:
        return []
    hashes = hash_orientations(block)
    return [(seconds, quality, window, turn, _to_rect(rect), hashes[turn].tobytes()) for turn in turns]


def _to_rect(span: Span) -> Rect:
    x, y, width, height = (min(255, max(0, round(part * 255))) for part in span)
    return x, y, width, height

"""The extended signature of a file: hashes of windows, orientations, cut borders and insets of its frames. Pure.

Never keeps pictures beyond a few averaged frames, and those only until `finish`.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.hashing.borders import find_borders, to_span
from jacana.detect.media.hashing.frames import CUT_BORDERS, WHOLE_FRAME, Rect, WindowRow
from jacana.detect.media.hashing.pdq import hash_block, hash_orientations, measure_quality
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

SAME_BITS = 6
"""A frame this near to the last one signed adds nothing to the signature."""


class SignatureMaker:
    """Signs the frames of one file in the order they are shown. One maker a video stream."""

    def __init__(self, mode: Mode) -> None:
        self._mode = mode
        self._chosen = [
            (code, window)
            for code, window in enumerate(WINDOWS)
            if code and (window.on_upload if mode == "upload" else window.on_entry)
        ]
        self._last: NDArray[np.uint8] | None = None
        self._maps: dict[float, Floats] = {}

    def sign(
        self, plane: Plane, white_step: float, block: Floats | None = None, seconds: float = 0.0
    ) -> list[WindowRow]:
        """Return the rows of one frame, none where it shows what the last one showed or carries no information.

        `plane` is its luma (rows, columns) as shown, `white_step` how far black and white lie apart in it, `block` the
        whole frame's (64, 64) with black and white 255 apart, if the caller has it, `seconds` when it is shown.
        """
        gain = 255.0 / white_step
        if block is None:
            block = reduce_plane(plane, gain=gain)
        whole = np.frombuffer(hash_block(block).pdq, np.uint8)
        if self._last is not None and np.bitwise_count(whole ^ self._last).sum() <= SAME_BITS:
            return []
        self._last = whole
        fine = shrink_plane(plane, FINE, gain=gain)
        small = halve_cells(fine)
        rows = self._sign_windows(small, plane.shape[1] / plane.shape[0], seconds)
        if self._mode == "upload":
            rows += _turn_rows(block, seconds, WHOLE_FRAME, WHOLE, first=1)
        borders = to_span(find_borders(fine), FINE)
        if borders != WHOLE:
            cut = cut_blocks(small, np.array([map_window(borders, SMALL)], np.float32))[0]
            rows += _turn_rows(cut, seconds, CUT_BORDERS, borders, last=8 if self._mode == "upload" else 1)
        return rows

    def finish(self) -> list[WindowRow]:
        """Return the rows that only all frames together could give. Call it once, after the last frame."""
        return []

    def _sign_windows(self, small: Floats, aspect: float, seconds: float) -> list[WindowRow]:
        maps = self._maps.get(aspect)
        if maps is None:
            maps = self._maps[aspect] = np.array(
                [
                    map_window(window.rect, SMALL, turn_degrees=window.turn_degrees, aspect=aspect)
                    for _, window in self._chosen
                ],
                np.float32,
            )
        rows: list[WindowRow] = []
        for (code, window), block in zip(self._chosen, cut_blocks(small, maps), strict=True):
            found = hash_block(block)
            if found.quality >= MIN_QUALITY:
                rows.append((seconds, found.quality, code, 0, _to_rect(window.rect), found.pdq))
        return rows


def warm() -> None:
    """Compile everything, for a process that can load nothing later."""
    drawn = (np.arange(96 * 80) % 251).reshape(80, 96)
    for plane in (drawn.astype(np.uint8), drawn.astype(np.uint16), drawn.astype(np.float32)):
        for mode in MODES:
            maker = SignatureMaker(mode)
            maker.sign(plane, 255.0)
            maker.finish()


def _turn_rows(
    block: Floats, seconds: float, window: int, rect: Span, *, first: int = 0, last: int = 8
) -> list[WindowRow]:
    """Return rows for the orientations first..last-1 of a block."""
    quality = measure_quality(block)
    if quality < MIN_QUALITY:
        return []
    hashes = hash_orientations(block)
    return [(seconds, quality, window, turn, _to_rect(rect), hashes[turn].tobytes()) for turn in range(first, last)]


def _to_rect(span: Span) -> Rect:
    x, y, width, height = (min(255, max(0, round(part * 255))) for part in span)
    return x, y, width, height

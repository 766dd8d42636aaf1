"""The extended signature of a file: hashes of windows, orientations, cut borders and insets of its frames. Pure.

Keeps a few averaged frames until `finish`, because where an inset lies is surer when many frames have been seen.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jacana.detect.media.hashing.borders import Box, find_borders, to_span
from jacana.detect.media.hashing.frames import CUT_BORDERS, INSET, WHOLE_FRAME, Rect, WindowRow
from jacana.detect.media.hashing.insets import find_insets, measure_steps
from jacana.detect.media.hashing.pdq import (
    ORIENTATIONS,
    FrameHash,
    hash_block,
    hash_orientations,
    measure_quality,
)
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

STEPS = {"upload": 0.5, "entry": 0.25}
"""Of each so many seconds of frames one after the other, the stillest one is signed.

In hand-held video the next frame differs in 20 to 40 bits, and after a tenth of a second little is alike. Of frames of
the shared clips that an upload chooses so, 62 to 85 % lie within 6 bits of one that the known file chose; of frames
chosen by the clock, 24 to 38 %.
"""

THIN_FRAMES = 300
THIN_SECONDS = 0.4
"""After each so many signed frames of a known file, signed frames lie so many seconds farther apart: an hour of it has
2,500, not 14,000."""

INSETS = 4
"""Rectangles hashed of a frame: of an inset, the first is right in eight of ten frames, one of four in nine of ten."""

KEPT_FRAMES = 8
"""Averaged frames (256 KiB each) kept for `finish`."""

PDQ_BITS = 256

_ROUNDING = 1e-6
"""Frame times are fractions of a second: twelve of them may fall short of half a second by a rounding."""

_ALL_TURNS = tuple(range(len(ORIENTATIONS)))
_MIRRORED = (0, ORIENTATIONS.index("mirrored left to right"))


class _Seen(NamedTuple):
    """A frame that may be signed: when it was shown, its hash (32,), block and averaged cells, width / height."""

    seconds: float
    whole: NDArray[np.uint8]
    block: Floats
    fine: Floats
    aspect: float


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
        self._before: NDArray[np.uint8] | None = None
        self._waiting: tuple[int, _Seen] | None = None
        self._since = 0.0
        self._last: NDArray[np.uint8] | None = None
        self._steps: Floats | None = None
        self._within: Box = (0, 0, FINE, FINE)
        self._signed = 0
        self._kept: list[_Kept] = []

    def sign(
        self, plane: Plane, white_step: float, block: Floats | None = None, seconds: float = 0.0
    ) -> list[WindowRow]:
        """Return the rows of one frame, none where it shows what the last one signed showed.

        `plane` is its luma (rows, columns) as shown, `white_step` how far black and white lie apart in it, `block` the
        whole frame's (64, 64) with black and white 255 apart, if the caller has it, `seconds` when it is shown.
        """
        if block is None:
            block = reduce_plane(plane, gain=255.0 / white_step)
        whole = np.frombuffer(hash_block(block).pdq, np.uint8)
        self._before = whole
        return self._sign(_see(plane, white_step, block, whole, seconds))

    def offer(
        self,
        read_plane: Callable[[], Plane],
        white_step: float,
        block: Floats,
        found: FrameHash,
        seconds: float,
        *,
        step: float,
    ) -> list[WindowRow]:
        """Take the next of all frames, to sign of each `step` seconds the one that is most like the frame before it.

        A copy that begins or is sampled elsewhere has the same still moments; between them a moving picture has
        another hash in every frame. A frame that carries information comes before any that does not, still as that
        may be. Returns the rows of an earlier frame, once it is chosen. `found` is the whole frame's hash;
        `read_plane` is called at once or never.
        """
        whole = np.frombuffer(found.pdq, np.uint8)
        motion = PDQ_BITS if self._before is None else _count_bits(whole, self._before)
        motion += PDQ_BITS if found.quality < MIN_QUALITY else 0
        self._before = whole
        rows: list[WindowRow] = []
        if self._waiting is not None and abs(seconds - self._since) >= self._stretch(step) - _ROUNDING:
            rows = self._sign_waiting()
        if not self._adds(whole):
            return rows
        if self._waiting is None:
            self._since = seconds
        if self._waiting is None or motion < self._waiting[0]:
            self._waiting = motion, _see(read_plane(), white_step, block, whole, seconds)
        return rows

    def finish(self) -> list[WindowRow]:
        """Return the rows that only all frames together could give. Call it once, after the last frame."""
        rows = self._sign_waiting()
        if self._signed > 1 and self._steps is not None:
            boxes = find_insets(self._steps, self._signed, INSETS, self._within)
            for kept in self._kept:
                rows += _hash_insets(kept, boxes)
        self._kept.clear()
        return rows

    def _stretch(self, step: float) -> float:
        """Return the step, longer after many signed frames of a known file."""
        return max(step, THIN_SECONDS * (self._signed // THIN_FRAMES)) if self._mode == "entry" else step

    def _adds(self, whole: NDArray[np.uint8]) -> bool:
        """Return whether a frame of this hash shows something else than the last one signed."""
        return self._last is None or _count_bits(whole, self._last) > SAME_BITS[self._mode]

    def _sign_waiting(self) -> list[WindowRow]:
        waiting, self._waiting = self._waiting, None
        return self._sign(waiting[1]) if waiting else []

    def _sign(self, seen: _Seen) -> list[WindowRow]:
        if not self._adds(seen.whole):
            return []
        self._last = seen.whole
        self._signed += 1
        within = find_borders(seen.fine)
        rows = self._sign_windows(seen)
        rows += self._sign_borders(seen, within)
        if self._mode == "upload":
            rows += _turn_block(seen.block, seen.seconds, WHOLE_FRAME, WHOLE, _ALL_TURNS[1:])
            rows += self._sign_insets(seen, within)
        return rows

    def _sign_windows(self, seen: _Seen) -> list[WindowRow]:
        if self._maps is None or self._maps[0] != seen.aspect:
            placed = [
                map_window(WINDOWS[code].rect, SMALL, turn_degrees=WINDOWS[code].turn_degrees, aspect=seen.aspect)
                for code in self._codes
            ]
            self._maps = seen.aspect, np.array(placed, np.float32)
        rows: list[WindowRow] = []
        for code, block in zip(self._codes, cut_blocks(halve_cells(seen.fine), self._maps[1]), strict=True):
            found = hash_block(block)
            if found.quality >= MIN_QUALITY:
                rows.append((seen.seconds, found.quality, code, 0, _to_rect(WINDOWS[code].rect), found.pdq))
        return rows

    def _sign_borders(self, seen: _Seen, within: Box) -> list[WindowRow]:
        """Hash what is left without borders; without those of one direction too: the known file may have the others."""
        left, top, right, bottom = within
        cuts = dict.fromkeys((within, (0, top, FINE, bottom), (left, 0, right, FINE)))
        turns = _ALL_TURNS if self._mode == "upload" else (0,)
        rows: list[WindowRow] = []
        for rect in (to_span(box, FINE) for box in cuts):
            if rect != WHOLE:
                rows += _turn_block(_cut(seen.fine, rect), seen.seconds, CUT_BORDERS, rect, turns)
        return rows

    def _sign_insets(self, seen: _Seen, within: Box) -> list[WindowRow]:
        steps = measure_steps(seen.fine)
        if self._steps is not None:
            steps += self._steps
            within = _join_boxes(within, self._within)
        self._steps, self._within = steps, within
        kept = _Kept(seen.seconds, seen.fine, set())
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


def _see(plane: Plane, white_step: float, block: Floats, whole: NDArray[np.uint8], seconds: float) -> _Seen:
    fine = shrink_plane(plane, FINE, gain=255.0 / white_step)
    return _Seen(seconds, whole, block, fine, plane.shape[1] / plane.shape[0])


def _count_bits(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> int:
    """Return the distance of two hashes (32,)."""
    return (int.from_bytes(left.tobytes()) ^ int.from_bytes(right.tobytes())).bit_count()


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

"""From a decoded frame to the pixels that are hashed: its luma plane where it has one, turned as it is shown.

Runs only in the locked-down child.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from av.sidedata.sidedata import Type as SideDataType
from av.video.format import VideoFormat
from av.video.plane import VideoPlane
from numpy.typing import NDArray

from jacana.detect.media.hashing.pdq import EMPTY, MIN_SIDE, FrameHash, hash_block
from jacana.detect.media.hashing.reduce import LUMINANCE, UPRIGHT, Floats, Turn, reduce_plane, reduce_rgb

_LUMA_LAYOUTS = ("yuv4", "yuvj", "yuva", "gray", "nv12", "nv21")
_FULL_RANGE = 2  # AVCOL_RANGE_JPEG
_BYTES, _WORDS = np.dtype(np.uint8), np.dtype("<u2")


_KEPT: list[Any] = []
"""Side data with metadata, which PyAV frees although it is the frame's: the second time would be the process's end."""


class Shown(NamedTuple):
    """What there is to see of a frame: a plane (rows, columns) or RGB (rows, columns, 3), as stored.

    `white_step` is how far black and white lie apart in it. The pixels are the frame's own: gone when it is gone.
    """

    pixels: NDArray[Any]
    white_step: float
    turn: Turn

    def reduce(self) -> Floats | None:
        """Return the block (64, 64) of the picture as shown, black and white 255 apart; None if it is too small."""
        if min(self.pixels.shape[:2]) < MIN_SIDE:
            return None
        if self.pixels.ndim == 3:
            return reduce_rgb(self.pixels, turn=self.turn)
        return reduce_plane(self.pixels, turn=self.turn, gain=255.0 / self.white_step)

    def turn_luma(self) -> NDArray[Any]:
        """Return luma (rows, columns) turned as it is shown: a view, or for RGB a float32 plane of its own."""
        plane = self.pixels if self.pixels.ndim == 2 else np.dot(self.pixels, LUMINANCE)
        transpose, mirror, flip = self.turn
        plane = plane.swapaxes(0, 1) if transpose else plane
        plane = plane[:, ::-1] if mirror else plane
        return plane[::-1] if flip else plane


def accept_unknown_side_data() -> None:
    """Let PyAV meet side data newer than its own list.

    It raises for it otherwise (EXIF, in every camera's JPEG), and so hides the display matrix that lies beside it.
    """
    SideDataType._missing_ = classmethod(lambda types, _value: types.GOP_TIMECODE)  # type: ignore[method-assign, assignment]


def read_frame(frame: Any, turn: Turn) -> Shown:
    """Return a decoded frame's own luma plane where it has one, else RGB."""
    bits, full_range = _read_layout(frame.format.name)
    plane = VideoPlane(frame, 0) if bits else None
    # A negative step (pictures stored upside down) would lead out of the buffer.
    if plane is None or plane.line_size <= 0:
        return Shown(convert_to_rgb(frame), 255.0, turn)
    kind = _BYTES if bits == 8 else _WORDS
    luma: NDArray[Any] = np.ndarray(
        (plane.height, frame.width), kind, memoryview(plane), 0, (plane.line_size, kind.itemsize)
    )
    white_step = (255 if full_range or frame.color_range == _FULL_RANGE else 219) << bits - 8
    return Shown(luma, float(white_step), turn)


@lru_cache(maxsize=512)
def _read_layout(name: str) -> tuple[int, bool]:
    """Return how many bits the luma plane of a pixel format has, 0 if it has none, and if it is always full range."""
    bits = VideoFormat(name).components[0].bits
    planar = name.startswith(_LUMA_LAYOUTS) and not name.endswith("be") and not name.startswith("grayf")
    return bits if planar and 8 <= bits <= 16 else 0, name.startswith("yuvj")


def hash_frame(frame: Any, turn: Turn) -> FrameHash:
    """Hash a decoded frame as it would be shown."""
    block = read_frame(frame, turn).reduce()
    return EMPTY if block is None else hash_block(block)


def convert_to_rgb(frame: Any) -> NDArray[np.uint8]:
    """Return a decoded frame as RGB (rows, columns, 3); on this thread, because the sandbox starts no other."""
    return np.asarray(frame.to_ndarray(format="rgb24", threads=1), np.uint8)


def read_turn(frame: Any) -> Turn:
    """Return the turn that a frame's display matrix asks for.

    The matrix maps a pixel (x, y) to (a x + c y, b x + d y), y pointing down (FFmpeg libavutil/display.h). Only the
    eight square turns are told apart; any other angle is taken as the nearest of them. Not for every frame:
    reading side data ties a knot in which PyAV keeps the frame in memory until the collector comes.
    """
    sides = frame.side_data
    if any(side.type is SideDataType.ICC_PROFILE for side in sides):
        _KEPT.append(sides)
    for side in sides:
        if side.type is SideDataType.DISPLAYMATRIX:
            a, b, _, c, d = (int(part) for part in np.frombuffer(bytes(side), "<i4")[:5])
            if abs(a) + abs(d) >= abs(b) + abs(c):
                return Turn(False, a < 0, d < 0)
            return Turn(True, c < 0, b < 0)
    return UPRIGHT

"""From a decoded frame to the pixels that are hashed: its luma plane where it has one, turned as it is shown.

Runs only in the locked-down child.
"""

from typing import Any, NamedTuple

import numpy as np
from av.sidedata.sidedata import Type as SideDataType
from numpy.typing import NDArray

from jacana.detect.media.hashing.pdq import FrameHash, hash_luma, hash_rgb

_LUMA_LAYOUTS = ("yuv4", "yuvj", "yuva", "gray", "nv12", "nv21")
_FULL_RANGE = 2  # AVCOL_RANGE_JPEG


class Turn(NamedTuple):
    """How stored pixels become shown pixels: transpose, then mirror left and right, then turn upside down."""

    transpose: bool
    mirror: bool
    flip: bool


def accept_unknown_side_data() -> None:
    """Let PyAV meet side data newer than its own list.

    It raises for it otherwise (EXIF, in every camera's JPEG), and so hides the display matrix that lies beside it.
    """
    SideDataType._missing_ = classmethod(lambda types, _value: types.GOP_TIMECODE)  # type: ignore[method-assign, assignment]


def hash_frame(frame: Any, turn: Turn) -> FrameHash:
    """Hash a decoded frame as it would be shown: from its luma plane where it has one, else from RGB."""
    layout = frame.format
    first = layout.components[0]
    planar = layout.name.startswith(_LUMA_LAYOUTS) and not layout.name.endswith("be")
    if not planar or not 8 <= first.bits <= 16 or layout.name.startswith("grayf"):
        return hash_rgb(_turn_plane(convert_to_rgb(frame), turn))
    plane = frame.planes[0]
    kind = np.dtype(np.uint8 if first.bits == 8 else "<u2")
    rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
    luma = rows[:, : frame.width * kind.itemsize].view(kind)
    full_range = frame.color_range == _FULL_RANGE or layout.name.startswith("yuvj")
    return hash_luma(_turn_plane(luma, turn), white_step=float((255 if full_range else 219) << first.bits - 8))


def convert_to_rgb(frame: Any) -> NDArray[np.uint8]:
    """Return a decoded frame as RGB (rows, columns, 3); on this thread, because the sandbox starts no other."""
    return np.asarray(frame.to_ndarray(format="rgb24", threads=1), np.uint8)


def read_turn(frame: Any) -> Turn:
    """Return the turn that a frame's display matrix asks for.

    The matrix maps a pixel (x, y) to (a x + c y, b x + d y), y pointing down (FFmpeg libavutil/display.h). Only the
    eight square turns are told apart; any other angle is taken as the nearest of them.
    """
    for side in frame.side_data:
        if side.type is SideDataType.DISPLAYMATRIX:
            a, b, _, c, d = (int(part) for part in np.frombuffer(bytes(side), "<i4")[:5])
            if abs(a) + abs(d) >= abs(b) + abs(c):
                return Turn(False, a < 0, d < 0)
            return Turn(True, c < 0, b < 0)
    return Turn(False, False, False)


def _turn_plane(plane: NDArray[Any], turn: Turn) -> NDArray[Any]:
    transpose, mirror, flip = turn
    if transpose:
        plane = plane.swapaxes(0, 1)
    if mirror:
        plane = plane[:, ::-1]
    if flip:
        plane = plane[::-1]
    return np.ascontiguousarray(plane) if any(turn) else plane

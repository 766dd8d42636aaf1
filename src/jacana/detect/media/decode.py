"""Decode a file with PyAV and hash its frames. Runs only in the locked-down child, on one thread.

FFmpeg reads through the one open descriptor: no protocol is allowed, and only containers that hold media themselves
(none that point elsewhere, as playlists do).
"""

import errno
import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import floor
from typing import Any, BinaryIO

import av
import numpy as np
from av.error import FFmpegError
from av.sidedata.sidedata import Type as SideDataType
from numpy.typing import NDArray

from jacana.detect.media import wire
from jacana.detect.media.cut import is_cut
from jacana.detect.media.frames import collect_frames
from jacana.detect.media.pdq import FrameHash, hash_luma, hash_rgb

FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,flv,mpegts,mpeg,mpegvideo,ogg,asf,h264,hevc,ivf,obu,mjpeg,m4v,dv,mxf,nut,"
    "gif,apng,jpeg_pipe,png_pipe,webp,webp_pipe,bmp_pipe,tiff_pipe,jpegxl_pipe,j2k_pipe,mp3,wav,flac,aac"
)
MAX_VIDEO_STREAMS = 8
_CHUNK_FRAMES = 32
_DEPENDENT_TILE = 0x80000  # AV_DISPOSITION_DEPENDENT: a tile of a larger picture
_ATTACHED_PICTURE = 0x400  # AV_DISPOSITION_ATTACHED_PIC: cover art


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which frames are hashed, and what is too much."""

    frames_per_second: float
    """0 means every frame. The first frame and key frames are always hashed."""
    max_pixels: int
    max_frames: int


class DecodingStoppedError(Exception):
    """Decoding cannot go on; `problem` is the code for the parent."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass
class _Progress:
    """What has been seen so far."""

    send: Callable[[bytes], None]
    sampling: Sampling
    waiting: list[tuple[float, int, bytes]] = field(default_factory=list)
    decoded: int = 0
    hashed: int = 0
    bad_packets: int = 0
    packets: int = 0
    ends_at: dict[int, float] = field(default_factory=dict)
    bucket: dict[int, int] = field(default_factory=dict)
    header_sent: bool = False

    def flush(self) -> None:
        if self.waiting:
            self.send(wire.write_record(wire.FRAMES, collect_frames(self.waiting).pack()))
            self.waiting.clear()


def warm_up() -> None:
    """Make every library load what it loads lazily, while files can still be opened."""
    for module in pkgutil.walk_packages(av.__path__, "av."):
        if module.name not in {"av.__main__", "av.datasets"}:
            importlib.import_module(module.name)
    hash_luma(np.arange(64 * 64, dtype=np.uint8).reshape(64, 64))
    hash_rgb(np.zeros((65, 66, 3), np.uint8))
    collect_frames([(0.0, 0, bytes(32))]).pack()
    av.VideoFrame(16, 16, "yuv420p").to_ndarray(format="rgb24")
    # PyAV raises for side data newer than its own list (EXIF, in every camera's JPEG), and so hides the turn beside it.
    SideDataType._missing_ = classmethod(lambda types, _value: types.GOP_TIMECODE)  # type: ignore[method-assign, assignment]


def decode_file(file: BinaryIO, size: int, sampling: Sampling, send: Callable[[bytes], None]) -> None:
    """Send HEADER, FRAMES … and END records of one file. A problem of the file is stated in END, not raised."""
    progress = _Progress(send, sampling)
    problem = None
    try:
        problem = _decode(file, size, progress)
    except DecodingStoppedError as stopped:
        problem = stopped.problem
    except MemoryError:
        problem = "out_of_memory"
    except FFmpegError as error:
        problem = "out_of_memory" if error.errno == errno.ENOMEM else "corrupt"
    progress.flush()
    send(wire.write_json(wire.END, {"problem": problem, "decoded": progress.decoded}))


def _decode(file: BinaryIO, size: int, progress: _Progress) -> str | None:
    if size == 0:
        return "empty"
    cut = is_cut(file, size)
    container = _open(file, cut, progress.sampling)
    streams = _choose_streams(container)
    broken = _walk_packets(container, streams, progress)
    main = streams[0]
    if cut or broken or _ends_early(main, progress.ends_at.get(main.index)):
        return "truncated" if progress.decoded or cut else "corrupt"
    if progress.decoded == 0 or progress.bad_packets * 10 > progress.packets:
        return "corrupt"
    return None


def _open(file: BinaryIO, cut: bool, sampling: Sampling) -> Any:
    options = {
        "format_whitelist": FORMATS,
        "protocol_whitelist": "none",
        "max_pixels": str(sampling.max_pixels),
        "threads": "1",
    }
    try:
        return av.open(file, options=options)
    except FFmpegError as error:
        if error.errno == errno.ENOMEM:
            raise
        raise DecodingStoppedError("truncated" if cut else "not_media") from None


def _choose_streams(container: Any) -> list[Any]:
    """Return the video streams, the one that players show first: a hidden second track is hashed too."""
    streams = sorted(container.streams.video, key=lambda stream: bool(stream.disposition & _ATTACHED_PICTURE))
    if not streams:
        raise DecodingStoppedError("no_video_stream")
    if len(streams) > MAX_VIDEO_STREAMS or any(stream.disposition & _DEPENDENT_TILE for stream in streams):
        raise DecodingStoppedError("unsupported")
    return streams


def _prepare(stream: Any, sampling: Sampling) -> None:
    context = stream.codec_context
    if context is None:
        raise DecodingStoppedError("unsupported")
    _check_size(context.width, context.height, sampling)
    context.thread_count = 1
    context.thread_type = "NONE"
    options = {"max_pixels": str(sampling.max_pixels)}
    if context.name == "mjpeg":
        options["idct"] = "int"  # libjpeg's, with which the reference hashes of pictures were made
    context.options = options


def _walk_packets(container: Any, streams: list[Any], progress: _Progress) -> bool:
    """Decode to the end. Return True if the demuxer met an error before it."""
    for stream in streams:
        _prepare(stream, progress.sampling)
    packets = container.demux(streams)
    while True:
        try:
            packet = next(packets, None)
        except FFmpegError as error:
            if error.errno == errno.ENOMEM:
                raise
            return True
        if packet is None:
            return False
        for frame in _decode_packet(packet, progress):
            _take_frame(frame, packet.stream, container, progress)


def _decode_packet(packet: Any, progress: _Progress) -> Iterable[Any]:
    progress.packets += 1
    try:
        return list(packet.decode())
    except FFmpegError as error:
        if error.errno == errno.ENOMEM:
            raise
        progress.bad_packets += 1
        return ()


def _take_frame(frame: Any, stream: Any, container: Any, progress: _Progress) -> None:
    sampling = progress.sampling
    _check_size(frame.width, frame.height, sampling)
    progress.decoded += 1
    before = progress.ends_at.get(stream.index)
    seconds = _frame_seconds(frame, stream, before)
    length = float(frame.duration * frame.time_base) if frame.duration and frame.time_base else 0.0
    progress.ends_at[stream.index] = max(before or 0.0, seconds + length)
    turn = _read_turn(frame)
    if not progress.header_sent:
        progress.send(wire.write_json(wire.HEADER, _describe(frame, stream, container, turn)))
        progress.header_sent = True
    bucket = floor(seconds * sampling.frames_per_second) if sampling.frames_per_second > 0 else progress.decoded
    if before is not None and not frame.key_frame and bucket == progress.bucket.get(stream.index):
        return
    progress.bucket[stream.index] = bucket
    progress.hashed += 1
    if progress.hashed > sampling.max_frames:
        raise DecodingStoppedError("too_many_frames")
    found = hash_frame(frame, turn)
    progress.waiting.append((seconds, found.quality, found.pdq))
    if len(progress.waiting) >= _CHUNK_FRAMES:
        progress.flush()


def _frame_seconds(frame: Any, stream: Any, before: float | None) -> float:
    """Return the presentation time from the start of the stream; a frame without one follows the last frame."""
    if frame.pts is None or frame.time_base is None:
        return before or 0.0
    return float((frame.pts - (stream.start_time or 0)) * frame.time_base)


def _ends_early(stream: Any, ends_at: float | None) -> bool:
    """Return True if the stream states a length and well over a second, or a twentieth, of it never came."""
    if not stream.duration or ends_at is None:
        return False
    stated = float(stream.duration * stream.time_base)
    return stated - ends_at > max(1.0, stated / 20)


def _describe(frame: Any, stream: Any, container: Any, turn: tuple[bool, bool, bool]) -> dict[str, Any]:
    width, height = (frame.height, frame.width) if turn[0] else (frame.width, frame.height)
    duration = float(stream.duration * stream.time_base) if stream.duration else None
    if duration is None and container.duration:
        duration = container.duration / 1_000_000
    return {
        "container": container.format.name,
        "codec": stream.codec_context.name,
        "width": width,
        "height": height,
        "duration_seconds": duration,
    }


def _check_size(width: int, height: int, sampling: Sampling) -> None:
    if width * height > sampling.max_pixels:
        raise DecodingStoppedError("too_large_frame")


def hash_frame(frame: Any, turn: tuple[bool, bool, bool]) -> FrameHash:
    """Hash a decoded frame as it would be shown: from its luma plane where it has one, else from RGB."""
    layout = frame.format
    first = layout.components[0]
    planar = layout.name.startswith(("yuv4", "yuvj", "yuva", "gray", "nv12", "nv21")) and not layout.name.endswith("be")
    if not planar or not 8 <= first.bits <= 16 or layout.name.startswith("grayf"):
        return hash_rgb(_turn_plane(frame.to_ndarray(format="rgb24"), turn))
    plane = frame.planes[0]
    kind = np.dtype(np.uint8 if first.bits == 8 else "<u2")
    rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
    luma = rows[:, : frame.width * kind.itemsize].view(kind)
    full_range = frame.color_range == 2 or layout.name.startswith("yuvj")
    return hash_luma(_turn_plane(luma, turn), white_step=float((255 if full_range else 219) << first.bits - 8))


def _read_turn(frame: Any) -> tuple[bool, bool, bool]:
    """Return (transpose, then mirror left-right, then upside down) that the frame's display matrix asks for.

    The matrix maps a pixel (x, y) to (a x + c y, b x + d y), y pointing down (FFmpeg libavutil/display.h). Only the
    eight square turns are told apart; any other angle is taken as the nearest of them.
    """
    for side in frame.side_data:
        if side.type is SideDataType.DISPLAYMATRIX:
            a, b, _, c, d = (int(part) for part in np.frombuffer(bytes(side), "<i4")[:5])
            if abs(a) + abs(d) >= abs(b) + abs(c):
                return False, a < 0, d < 0
            return True, c < 0, b < 0
    return False, False, False


def _turn_plane(plane: NDArray[Any], turn: tuple[bool, bool, bool]) -> NDArray[Any]:
    transpose, mirror, flip = turn
    if transpose:
        plane = plane.swapaxes(0, 1)
    if mirror:
        plane = plane[:, ::-1]
    if flip:
        plane = plane[::-1]
    return np.ascontiguousarray(plane) if any(turn) else plane

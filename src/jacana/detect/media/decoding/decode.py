"""Decode a file with PyAV and hash its frames. Runs only in the locked-down child, on one thread.

FFmpeg reads through the one open descriptor: no protocol is allowed, and only containers that hold media themselves
(none that point elsewhere, as playlists do).
"""

import errno
import importlib
import logging
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import floor
from typing import Any, BinaryIO

import av
import numpy as np
from av.error import FFmpegError

from jacana.detect.media.decoding import wire
from jacana.detect.media.decoding.cut import is_cut
from jacana.detect.media.decoding.plan import SamplingPlan
from jacana.detect.media.decoding.plan import SamplingPlan
from jacana.detect.media.decoding.planes import Turn, accept_unknown_side_data, convert_to_rgb, hash_frame, read_turn
from jacana.detect.media.hashing.frames import collect_frames
from jacana.detect.media.hashing.pdq import hash_luma, hash_orientations, hash_rgb
from jacana.detect.media.hashing.reduce import reduce_plane

FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,flv,mpegts,mpeg,mpegvideo,ogg,asf,h264,hevc,ivf,obu,mjpeg,m4v,dv,mxf,nut,"
    "gif,apng,jpeg_pipe,png_pipe,webp,webp_pipe,bmp_pipe,tiff_pipe,jpegxl_pipe,j2k_pipe,mp3,wav,flac,aac"
)
MAX_VIDEO_STREAMS = 8
MAX_SKIPPED_FRAMES = 30
"""However densely or strangely a file stamps its frames, one of this many is hashed."""

_CHUNK_FRAMES = 32
_TOO_LARGE = ("Picture size", "Invalid image size")
"""How FFmpeg begins to say, only in words, that a picture has too many pixels for it or for max_pixels."""

_DEPENDENT_TILE = 0x80000  # AV_DISPOSITION_DEPENDENT: a tile of a larger picture
_ATTACHED_PICTURE = 0x400  # AV_DISPOSITION_ATTACHED_PIC: cover art


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which frames are hashed, and what is too much."""

    plan: SamplingPlan
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
    shown_at: dict[int, float] = field(default_factory=dict)
    ends_at: dict[int, float] = field(default_factory=dict)
    bucket: dict[int, int] = field(default_factory=dict)
    skipped: dict[int, int] = field(default_factory=dict)
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
    plane = np.arange(65 * 66, dtype=np.uint8).reshape(65, 66)
    for kind in (np.uint8, np.uint16, np.float32):  # a kernel that meets a new kind would want its compiler
        hash_luma(plane.astype(kind))
    hash_rgb(np.zeros((65, 66, 3), np.uint8))
    hash_orientations(reduce_plane(plane))
    collect_frames([(0.0, 0, bytes(32))]).pack()
    convert_to_rgb(av.VideoFrame(16, 16, "yuv420p"))
    # FFmpeg's messages reach an error's `log`, and nothing else.
    logging.getLogger("libav").addHandler(logging.NullHandler())
    logging.getLogger("libav").propagate = False
    av.logging.set_level(av.logging.ERROR)
    accept_unknown_side_data()


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
        if any(words in str(error.log) for words in _TOO_LARGE):
            raise DecodingStoppedError("too_large_frame") from None
        progress.bad_packets += 1
        return ()


def _take_frame(frame: Any, stream: Any, container: Any, progress: _Progress) -> None:
    sampling = progress.sampling
    _check_size(frame.width, frame.height, sampling)
    progress.decoded += 1
    before = progress.shown_at.get(stream.index)
    seconds = _frame_seconds(frame, stream, before)
    length = float(frame.duration * frame.time_base) if frame.duration and frame.time_base else 0.0
    progress.shown_at[stream.index], progress.ends_at[stream.index] = seconds, seconds + length
    turn = read_turn(frame)
    if not progress.header_sent:
        progress.send(wire.write_json(wire.HEADER, _describe(frame, stream, container, turn)))
        progress.header_sent = True
    if not _is_wanted(seconds, frame.key_frame or before is None, stream.index, progress):
        return
    progress.hashed += 1
    if progress.hashed > sampling.max_frames:
        raise DecodingStoppedError("too_many_frames")
    found = hash_frame(frame, turn)
    progress.waiting.append((seconds, found.quality, found.pdq))
    if len(progress.waiting) >= _CHUNK_FRAMES:
        progress.flush()


def _is_wanted(seconds: float, key: bool, stream: int, progress: _Progress) -> bool:
    """Return whether to hash this frame: the first, a key frame, the first of its step, or after too many skipped."""
    plan = progress.sampling.plan
    rate = 0.0 if plan.every_frame else plan.frames_per_second
    bucket = floor(seconds * rate)
    skipped = progress.skipped.get(stream, 0) + 1
    wanted = key or rate <= 0 or bucket != progress.bucket.get(stream) or skipped >= MAX_SKIPPED_FRAMES
    progress.bucket[stream] = bucket
    progress.skipped[stream] = 0 if wanted else skipped
    return wanted


def _frame_seconds(frame: Any, stream: Any, before: float | None) -> float:
    """Return the presentation time from the start of the stream.

    Decoders give frames in the order they are shown, so a time that is missing or goes back (AVI keeps none for
    reordered frames) is taken as that of the frame before.
    """
    if frame.pts is None or frame.time_base is None:
        return before or 0.0
    seconds = float((frame.pts - (stream.start_time or 0)) * frame.time_base)
    return seconds if before is None else max(before, seconds)


def _ends_early(stream: Any, ends_at: float | None) -> bool:
    """Return True if the stream states a length and well over a second, or a twentieth, of it never came."""
    if not stream.duration or ends_at is None:
        return False
    stated = float(stream.duration * stream.time_base)
    return stated - ends_at > max(1.0, stated / 20)


def _describe(frame: Any, stream: Any, container: Any, turn: Turn) -> dict[str, Any]:
    width, height = (frame.height, frame.width) if turn.transpose else (frame.width, frame.height)
    duration = float(stream.duration * stream.time_base) if stream.duration else None
    if duration is None and container.duration:
        duration = container.duration / 1_000_000
    return {
        "container": container.format.name,
        "codec": stream.codec_context.codec.canonical_name,
        "width": width,
        "height": height,
        "duration_seconds": duration,
    }


def _check_size(width: int, height: int, sampling: Sampling) -> None:
    if width * height > sampling.max_pixels:
        raise DecodingStoppedError("too_large_frame")

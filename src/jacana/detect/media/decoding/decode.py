"""Decode a file with PyAV and hash its frames. Runs only in the locked-down child, on one thread.

FFmpeg reads through the one open descriptor: no protocol is allowed, and only containers that hold media themselves
(none that point elsewhere, as playlists do).
"""

import errno
import importlib
import logging
import pkgutil
from collections.abc import Callable
from typing import Any, BinaryIO

import av
import numpy as np
from av.error import FFmpegError

from jacana.detect.media.decoding import wire
from jacana.detect.media.decoding.cut import is_cut
from jacana.detect.media.decoding.packets import decode_packet, ends_early, prepare
from jacana.detect.media.decoding.planes import accept_unknown_side_data, convert_to_rgb
from jacana.detect.media.decoding.sink import DecodingStoppedError, FrameSink, Sampling
from jacana.detect.media.decoding.sparse import look_sparsely
from jacana.detect.media.decoding.webp import is_moving_webp
from jacana.detect.media.hashing import signature
from jacana.detect.media.hashing.frames import collect_frames
from jacana.detect.media.hashing.pdq import hash_luma, hash_orientations, hash_rgb
from jacana.detect.media.hashing.reduce import reduce_plane

__all__ = ["DecodingStoppedError", "Sampling", "decode_file", "warm_up"]

FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,flv,mpegts,mpeg,mpegvideo,ogg,asf,h264,hevc,ivf,obu,mjpeg,m4v,dv,mxf,nut,"
    "gif,apng,jpeg_pipe,png_pipe,webp,webp_pipe,bmp_pipe,tiff_pipe,jpegxl_pipe,j2k_pipe,mp3,wav,flac,aac"
)
MAX_VIDEO_STREAMS = 8

_PICTURE_FORMATS = ("gif", "apng", "webp")

_DEPENDENT_TILE = 0x80000  # AV_DISPOSITION_DEPENDENT: a tile of a larger picture
_ATTACHED_PICTURE = 0x400  # AV_DISPOSITION_ATTACHED_PIC: cover art


def warm_up() -> None:
    """Make every library load what it loads lazily, while files can still be opened."""
    for module in pkgutil.walk_packages(av.__path__, "av."):
        if module.name not in {"av.__main__", "av.datasets"}:
            importlib.import_module(module.name)
    plane = np.arange(65 * 66, dtype=np.uint8).reshape(65, 66)
    for kind in (np.uint8, np.uint16, np.float32):  # a kernel that meets a new kind would want its compiler
        hash_luma(plane.astype(kind))  # type: ignore[arg-type]
    hash_rgb(np.zeros((65, 66, 3), np.uint8))
    hash_orientations(reduce_plane(plane))
    signature.warm()
    collect_frames([(0.0, 0, bytes(32))]).pack()
    convert_to_rgb(av.VideoFrame(16, 16, "yuv420p"))
    # FFmpeg's messages reach an error's `log`, and nothing else.
    logging.getLogger("libav").addHandler(logging.NullHandler())
    logging.getLogger("libav").propagate = False
    av.logging.set_level(av.logging.ERROR)
    accept_unknown_side_data()


def decode_file(file: BinaryIO, size: int, sampling: Sampling, send: Callable[[bytes], None]) -> None:
    """Send HEADER, FRAMES, WINDOWS … and END records of one file. A problem of the file is stated in END, not raised.

    Frames come in the order of time within one look at the file; it may take several.
    """
    sink = FrameSink(send, sampling)
    problem = None
    try:
        problem = _decode(file, size, sink)
    except DecodingStoppedError as stopped:
        problem = stopped.problem
    except MemoryError:
        problem = "out_of_memory"
    except FFmpegError as error:
        problem = "out_of_memory" if error.errno == errno.ENOMEM else "corrupt"
    sink.finish()
    send(wire.write_json(wire.END, {"problem": problem, "decoded": sink.decoded}))


def _decode(file: BinaryIO, size: int, sink: FrameSink) -> str | None:
    if size == 0:
        return "empty"
    cut = is_cut(file, size)
    if is_moving_webp(file):
        return "truncated" if cut else "unsupported"

    def open_file() -> tuple[Any, list[Any]]:
        file.seek(0)
        container = _open(file, cut, sink.sampling)
        return container, _choose_streams(container)

    container, streams = open_file()
    plan = sink.sampling.plan
    if not cut and (plan.spans or plan.mode == "adaptive") and not _is_picture(container):
        if look_sparsely(container, streams, open_file, sink) and (sink.decoded or plan.spans):
            return None
        sink.start_over()
        container, streams = open_file()
    broken = _walk_packets(container, streams, sink)
    main = streams[0]
    if cut or broken or ends_early(main, sink.ends_at.get(main.index)):
        return "truncated" if sink.decoded or cut else "corrupt"
    if sink.decoded == 0 or sink.bad_packets * 10 > sink.packets:
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
        return av.open(file, options=options, metadata_errors="replace")  # titles in any encoding, or in none
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


def _is_picture(container: Any) -> bool:
    name = str(container.format.name)
    return name.endswith("_pipe") or name in _PICTURE_FORMATS


def _walk_packets(container: Any, streams: list[Any], sink: FrameSink) -> bool:
    """Decode to the end. Return True if the demuxer met an error before it."""
    for stream in streams:
        prepare(stream, sink.sampling)
    packets = container.demux(streams)
    while True:
        try:
            packet = next(packets, None)
        except FFmpegError as error:
            if error.errno == errno.ENOMEM:
                raise
            return True
        except IndexError:  # PyAV's way of meeting a stream that began after the file was opened
            return True
        if packet is None:
            return False
        for frame in decode_packet(packet, sink):
            sink.take(frame, packet.stream, container)

"""From packets to frames: a codec made ready, a packet decoded, and whether a stream ended before its time.

Runs only in the locked-down child.
"""

import errno
from typing import Any

from av.error import FFmpegError

from jacana.detect.media.decoding.sink import DecodingStoppedError, FrameSink, Sampling, check_size

_TOO_LARGE = ("Picture size", "Invalid image size")
"""How FFmpeg begins to say, only in words, that a picture has too many pixels for it or for max_pixels."""


def prepare(stream: Any, sampling: Sampling) -> None:
    """Set up a stream's decoder. Raises DecodingStoppedError if there is none, or its frames are too large."""
    context = stream.codec_context
    if context is None:
        raise DecodingStoppedError("unsupported")
    check_size(context.width, context.height, sampling)
    context.thread_count = 1
    context.thread_type = "NONE"
    options = {"max_pixels": str(sampling.max_pixels)}
    if context.name == "mjpeg":
        options["idct"] = "int"  # libjpeg's, with which the reference hashes of pictures were made
    context.options = options


def decode_packet(packet: Any, sink: FrameSink, stream: Any = None) -> list[Any]:
    """Return the frames a packet completes; with `stream` and no packet, those that its decoder holds back.

    A damaged packet gives none and is counted. Raises DecodingStoppedError for too large a picture, MemoryError's
    FFmpeg equal for too little memory.
    """
    sink.packets += 1
    try:
        return list(packet.decode() if packet is not None else stream.decode(None))
    except FFmpegError as error:
        if error.errno == errno.ENOMEM:
            raise
        if any(words in str(error.log) for words in _TOO_LARGE):
            raise DecodingStoppedError("too_large_frame") from None
        sink.bad_packets += 1
        return []


def ends_early(stream: Any, ends_at: float | None) -> bool:
    """Return True if the stream states a length and well over a second, or a twentieth, of it never came."""
    if not stream.duration or ends_at is None:
        return False
    stated = float(stream.duration * stream.time_base)
    return stated - ends_at > max(1.0, stated / 20)


def read_length_bytes(stream: Any) -> int:
    """Return how many bytes state the length of each unit in a stream's packets, 0 where packets are not so framed.

    H.264 and H.265 as MP4 and Matroska hold them (ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1).
    """
    context = stream.codec_context
    extra = context.extradata if context is not None else None
    at = {"h264": 4, "hevc": 21}.get(context.name, -1) if extra else -1
    if not extra or at < 0 or len(extra) <= at or extra[0] != 1:
        return 0
    return int(extra[at] & 3) + 1


def is_framed(packet: Any, length_bytes: int) -> bool:
    """Return whether a packet is units that each state their length, to its very end: overwriting it breaks that."""
    data, position = memoryview(packet), 0
    size = len(data)
    while position + length_bytes <= size:
        length = int.from_bytes(data[position : position + length_bytes])
        if length == 0:
            return False
        position += length_bytes + length
    return position == size

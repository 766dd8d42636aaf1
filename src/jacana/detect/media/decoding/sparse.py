"""Decode only chosen frames of a stream, told from an index of its packets. Runs only in the locked-down child.

Whatever looks unhealthy on the way (damage, missing times, key frames that are none) is left to a decode of the whole
file, which judges it: a file is never called sound here that would not be there.
"""

import errno
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from av.error import FFmpegError
from av.stream import Discard

from jacana.detect.media.decoding.packets import decode_packet, ends_early, is_framed, prepare, read_length_bytes
from jacana.detect.media.decoding.sampling import (
    DULL_QUALITY,
    FEED,
    HASH,
    SKIP,
    WHOLE_PACKETS,
    PacketIndex,
    Wanted,
    choose_actions,
    choose_again,
    choose_packets,
    choose_spans,
    is_worth_skipping,
)
from jacana.detect.media.decoding.sink import FrameSink

MAX_INDEXED_PACKETS = 5_000_000
"""Beyond it (a day of 60 frames a second) the file is decoded from end to end, within the limits of time."""

_SKIPS_SAFELY = ("h264",)
"""Codecs whose decoder can leave out frames that no other refers to, on the way to the wanted one."""

_INTRA = 1  # AV_PICTURE_TYPE_I

Open = Callable[[], tuple[Any, list[Any]]]
"""Opens the file anew and returns the container and its video streams."""


@dataclass
class _Listed:
    """The packets of one stream while they are listed, in the order of decoding."""

    pts: "array[int]" = field(default_factory=lambda: array("q"))
    sizes: "array[int]" = field(default_factory=lambda: array("q"))
    flags: bytearray = field(default_factory=bytearray)

    def close(self, stream: Any) -> PacketIndex:
        flags = np.frombuffer(self.flags, np.uint8)
        pts = np.frombuffer(self.pts, np.int64) if self.pts else np.empty(0, np.int64)
        sizes = np.frombuffer(self.sizes, np.int64) if self.sizes else np.empty(0, np.int64)
        # One rounding, as of a frame's own time stamp: the same moment is the same number.
        seconds = (pts - (stream.start_time or 0)) * stream.time_base.numerator / stream.time_base.denominator
        return PacketIndex(seconds, sizes, (flags & 1).astype(np.bool_), (flags & 2).astype(np.bool_))


class _UnhealthyError(Exception):
    """Something is not as the index said: the whole file has to be decoded."""


def look_sparsely(container: Any, streams: list[Any], open_file: Open, sink: FrameSink) -> bool:
    """Decode and take the frames that the plan chooses. Return False if the whole file has to be decoded instead.

    Reads `container` to its end for the index. Frames that were taken before a problem was seen stay taken.
    """
    listed = _list_packets(container, streams)
    if listed is None:
        return False
    indexes = {stream.index: listed[stream.index].close(stream) for stream in streams}
    wanted = _choose(indexes, sink)
    if not any(is_worth_skipping(choose_actions(indexes[at], wanted[at])) for at in indexes):
        return False
    try:
        dull = _decode_chosen(open_file, listed, indexes, wanted, sink)
        if not sink.sampling.plan.spans:
            again = {at: choose_again(index, dull[at], wanted[at]) for at, index in indexes.items()}
            if any(chosen.any() for chosen in again.values()):
                _decode_chosen(open_file, listed, indexes, again, sink)
    except _UnhealthyError:
        return False
    return True


def _list_packets(container: Any, streams: list[Any]) -> dict[int, _Listed] | None:
    """Return every packet by stream; None if anything is damaged, the end is missing or times are left out."""
    for stream in container.streams:
        stream.discard = Discard.default if stream in streams else Discard.all
    listed = {stream.index: _Listed() for stream in streams}
    framing = {stream.index: read_length_bytes(stream) for stream in streams}
    main, ends_at, count = streams[0].index, 0, 0
    try:
        for packet in container.demux(streams):
            if packet.pts is None and packet.size == 0:
                continue  # the end of the stream
            count += 1
            if packet.pts is None or packet.is_corrupt or count > MAX_INDEXED_PACKETS:
                return None
            rows, length_bytes = listed[packet.stream_index], framing[packet.stream_index]
            if length_bytes and not is_framed(packet, length_bytes):
                return None
            rows.pts.append(packet.pts)
            rows.sizes.append(packet.size)
            rows.flags.append(bool(packet.is_keyframe) | (not packet.is_discard) << 1)
            if packet.stream_index == main:
                ends_at = max(ends_at, packet.pts + (packet.duration or 0))
    except FFmpegError as error:
        if error.errno == errno.ENOMEM:
            raise
        return None
    except IndexError:  # PyAV's way of meeting a stream that began after the file was opened
        return None
    seconds = float((ends_at - (streams[0].start_time or 0)) * streams[0].time_base)
    return None if ends_early(streams[0], seconds) else listed


def _choose(indexes: dict[int, PacketIndex], sink: FrameSink) -> dict[int, Wanted]:
    spans = sink.sampling.plan.spans
    if spans:
        return {at: choose_spans(index, spans) for at, index in indexes.items()}
    return {
        at: choose_packets(index) if len(index) >= WHOLE_PACKETS else index.shown.copy()
        for at, index in indexes.items()
    }


def _decode_chosen(
    open_file: Open,
    listed: dict[int, _Listed],
    indexes: dict[int, PacketIndex],
    wanted: dict[int, Wanted],
    sink: FrameSink,
) -> dict[int, list[float]]:
    """Decode what the wanted frames need and take these. Return by stream the times of those without information.

    Raises _UnhealthyError if a packet is damaged or other than listed, or frames that should be there are not.
    """
    container, streams = open_file()
    walks = {}
    for stream in streams:
        prepare(stream, sink.sampling)
        at = stream.index
        walks[at] = _Walk(stream, container, listed[at], indexes[at], choose_actions(indexes[at], wanted[at]), sink)
    for stream in container.streams:
        stream.discard = Discard.default if stream.index in walks else Discard.all
    try:
        for packet in container.demux(streams):
            if packet.stream_index not in walks:  # opened again, the file had other streams
                raise _UnhealthyError
            walks[packet.stream_index].step(packet)
    except FFmpegError as error:
        if error.errno == errno.ENOMEM:
            raise
        raise _UnhealthyError from None
    except IndexError:
        raise _UnhealthyError from None
    for walk in walks.values():
        walk.check()
    return {at: walk.dull for at, walk in walks.items()}


class _Walk:
    """One stream's way through its packets."""

    def __init__(
        self, stream: Any, container: Any, listed: _Listed, index: PacketIndex, actions: Any, sink: FrameSink
    ) -> None:
        self._stream, self._container, self._listed, self._sink = stream, container, listed, sink
        self._actions = actions.tobytes()
        chosen = np.flatnonzero(actions == HASH)
        self._wanted = {listed.pts[at]: bool(index.keys[at]) for at in chosen.tolist()}
        self._skips = stream.codec_context.name in _SKIPS_SAFELY
        self._next = 0
        self._feeding = False
        self.dull: list[float] = []

    def step(self, packet: Any) -> None:
        """Skip, feed or finish with the next packet."""
        if packet.pts is None and packet.size == 0:
            self._drain()
            return
        at, self._next = self._next, self._next + 1
        if at >= len(self._actions) or (packet.pts, packet.size) != (self._listed.pts[at], self._listed.sizes[at]):
            raise _UnhealthyError
        action = self._actions[at]
        if action == SKIP:
            self._drain()
            return
        context = self._stream.codec_context
        context.skip_frame = "NONREF" if action == FEED and self._skips else "DEFAULT"
        self._feeding = True
        self._take(decode_packet(packet, self._sink))

    def check(self) -> None:
        """Raise _UnhealthyError if the file did not give what its index promised."""
        if self._next != len(self._actions) or sum(self._wanted.values()) > 0:
            raise _UnhealthyError

    def _drain(self) -> None:
        """Get the frames that the decoder still holds back for their order, and make it forget the group."""
        if self._feeding:
            self._feeding = False
            self._take(decode_packet(None, self._sink, self._stream))
            self._stream.codec_context.flush_buffers()

    def _take(self, frames: Any) -> None:
        if self._sink.bad_packets:
            raise _UnhealthyError
        for frame in frames:
            key = self._wanted.pop(frame.pts, None)
            if key and not (frame.key_frame or frame.pict_type == _INTRA):
                raise _UnhealthyError
            quality = self._sink.take_chosen(frame, self._stream, self._container, wanted=key is not None)
            if quality is not None and quality < DULL_QUALITY:
                self.dull.append(self._sink.shown_at[self._stream.index])

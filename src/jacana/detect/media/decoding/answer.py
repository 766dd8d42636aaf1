"""From what a decoder child answered, and how it ended, to facts about the file. Pure; believes nothing unchecked.

The child has read a hostile file and may be under its control: an answer that no decoder gives makes the file suspect.
"""

import math
import signal
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from jacana.detect.media.decoding import wire
from jacana.detect.media.hashing.frames import (
    CUT_BORDERS,
    HASHER_VERSION,
    INSET,
    RECORD,
    WINDOW_RECORD,
    FrameHashesDamagedError,
    sort_records,
    unpack_frames,
    unpack_windows,
)
from jacana.model.errors import ServiceUnavailableError
from jacana.model.media import MediaFacts, MediaKind

PROBLEMS = {
    "empty": "The file is empty.",
    "not_media": "The file is not a video or picture in any format that can be read here.",
    "no_video_stream": "The file holds no video and no picture.",
    "unsupported": "The file's video or picture is stored in a way that cannot be read here.",
    "truncated": "The file ends before its video does: part of it is missing.",
    "corrupt": "The file is damaged: its video could not be decoded.",
    "too_large_frame": "A frame of the file has more pixels than may be decoded.",
    "too_many_frames": "The file has more frames than may be analysed.",
    "out_of_memory": "Decoding the file needed more memory than one file may use.",
    "endless": "The file says that it lasts longer than a week, which no upload does.",
    "time_limit": "Decoding the file took longer than one file may take.",
    "cpu_limit": "Decoding the file took more computing time than one file may take.",
    "decoder_crashed": "The decoder crashed on the file, which may have been made to do so.",
    "decoder_misbehaved": "The decoder answered with something it never should, so the file may be an attack.",
}
"""Every problem code, and the sentence a moderator reads."""

MAX_SECONDS = 7 * 86_400.0
"""Longest duration, and latest time of a frame, that is believed."""

_PICTURE_FORMATS = ("gif", "apng", "webp")


class DecoderUnavailableError(ServiceUnavailableError):
    """No decoder could be started: this machine's fault, not the file's."""

    code = "detect.decoder_unavailable"


@dataclass(frozen=True, slots=True)
class ChildAnswer:
    """What a child wrote, and how it ended: an exit status (negative: signal), or the limit that stopped it."""

    output: bytes
    status: int
    stopped_by: str | None = None


@dataclass
class _Heard:
    """What the records of an answer said so far, each checked."""

    ready: bool = False
    header: dict[str, Any] = field(default_factory=dict)
    frames: bytearray = field(default_factory=bytearray)
    windows: bytearray = field(default_factory=bytearray)
    ended: bool = False
    decoded: int = 0
    problem: str | None = None
    latest: float = 0.0

    def take(self, kind: bytes, payload: bytes) -> None:
        """Add one record. Raises ValueError, KeyError, TypeError, OverflowError for what no decoder says."""
        if self.ended or not payload:  # millions of records that say nothing would keep the parent busy
            raise ValueError("nothing, or something after the end")
        if kind == wire.READY:
            self.ready = True
        elif kind == wire.HEADER:
            self.header = _check_header(wire.read_json(payload))
            self.latest = max(self.latest, self.header["duration_seconds"] or 0.0)
        elif kind == wire.FRAMES:
            self.latest = max(self.latest, _check_frames(payload))
            self.frames += payload
        elif kind == wire.WINDOWS:
            self.latest = max(self.latest, _check_windows(payload))
            self.windows += payload
        else:
            end = wire.read_json(payload)
            self.ended, self.decoded, self.problem = True, int(end["decoded"]), _check_problem(end["problem"])


def read_answer(answer: ChildAnswer, sha256: str, now: datetime, sampling: str = "") -> MediaFacts:
    """Turn a child's answer into facts. Raises DecoderUnavailableError if it never got as far as the file."""
    heard, problem = _Heard(), answer.stopped_by
    try:
        for kind, payload in wire.read_records(answer.output):
            heard.take(kind, payload)
        problem = problem or heard.problem
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        problem = "decoder_misbehaved"
    if not heard.ready and problem is None:
        raise DecoderUnavailableError(f"the decoder process did not start (exit status {answer.status})")
    if problem is None and not heard.ended:
        problem = "cpu_limit" if answer.status == -signal.SIGXCPU else "decoder_crashed"
    if problem is None and heard.latest > MAX_SECONDS:
        problem = "endless"
    return MediaFacts(
        sha256=sha256,
        kind=MediaKind.UNREADABLE if problem else _tell_kind(heard),
        hasher_version=HASHER_VERSION,
        analysed_at=now,
        problem=problem,
        problem_detail=PROBLEMS[problem] if problem else None,
        frame_count=len(heard.frames) // RECORD.itemsize,
        frames=sort_records(bytes(heard.frames), RECORD),
        window_count=len(heard.windows) // WINDOW_RECORD.itemsize,
        windows=sort_records(bytes(heard.windows), WINDOW_RECORD),
        sampling=sampling,
        **heard.header,
    )


def _check_header(given: dict[str, Any]) -> dict[str, Any]:
    container, codec = str(given["container"])[:60], str(given["codec"])[:60]
    width, height = int(given["width"]), int(given["height"])
    duration = given["duration_seconds"]
    if not (0 < width < 1 << 20 and 0 < height < 1 << 20 and (container + codec).isprintable()):
        raise ValueError("impossible size or name")
    if duration is not None and not math.isfinite(float(duration)):
        raise ValueError("impossible duration")
    return {
        "container": container,
        "codec": codec,
        "width": width,
        "height": height,
        "duration_seconds": None if duration is None else float(duration),
    }


def _check_frames(payload: bytes) -> float:
    """Return the latest time of the frames. Raises ValueError for what cannot be frames."""
    try:
        frames = unpack_frames(payload)
    except FrameHashesDamagedError:
        raise ValueError("a part of a frame") from None
    if not np.isfinite(frames.seconds).all() or (frames.quality > 100).any():
        raise ValueError("impossible frames")
    return float(np.abs(frames.seconds).max(initial=0.0))


def _check_windows(payload: bytes) -> float:
    """Return the latest time of the windows. Raises ValueError for what cannot be windows."""
    try:
        windows = unpack_windows(payload)
    except FrameHashesDamagedError:
        raise ValueError("a part of a window") from None
    known = windows.window <= max(CUT_BORDERS, INSET)
    if not np.isfinite(windows.seconds).all() or (windows.quality > 100).any() or (windows.orientation > 7).any():
        raise ValueError("impossible windows")
    if not known.all():
        raise ValueError("unknown windows")
    return float(np.abs(windows.seconds).max(initial=0.0))


def _check_problem(given: Any) -> str | None:
    if given is None or given in PROBLEMS:
        return None if given is None else str(given)
    raise ValueError("unknown problem")


def _tell_kind(heard: _Heard) -> MediaKind:
    name = str(heard.header.get("container", ""))
    still = name.endswith("_pipe") or name in _PICTURE_FORMATS
    still = still or (name.startswith("mov,") and heard.header["duration_seconds"] is None)  # HEIF, AVIF: no timeline
    return MediaKind.PICTURE if still and heard.decoded == 1 else MediaKind.VIDEO

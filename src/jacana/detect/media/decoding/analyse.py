"""Analyse one file in a child process and survive whatever the file does to it. The parent parses no media.

The file goes in as an open descriptor, records come out on a pipe. Size of the answer, time, memory and CPU are
bounded; what the child sent before it died still counts.
"""

import json
import math
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from jacana.detect.media.decoding import wire
from jacana.detect.media.hashing.frames import HASHER_VERSION, RECORD, FrameHashesDamagedError, unpack_frames
from jacana.model.errors import ServiceUnavailableError
from jacana.model.media import MediaFacts, MediaKind
from jacana.settings import Settings

MAX_FRAMES = 500_000
"""Most frames hashed of one file: over two days at two a second, or two hours of every frame."""

MAX_ANSWER_BYTES = MAX_FRAMES * RECORD.itemsize + 4 * wire.MAX_RECORD_BYTES

CHILD_COMMAND = (sys.executable, "-I", "-B", "-m", "jacana.detect.media.decoding.child")

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
    "time_limit": "Decoding the file took longer than one file may take.",
    "cpu_limit": "Decoding the file took more computing time than one file may take.",
    "decoder_crashed": "The decoder crashed on the file, which may have been made to do so.",
    "decoder_misbehaved": "The decoder answered with something it never should, so the file may be an attack.",
}
"""Every problem code, and the sentence a moderator reads."""

_PICTURE_FORMATS = ("gif", "apng", "webp")


class DecoderUnavailableError(ServiceUnavailableError):
    """No decoder could be started: this machine's fault, not the file's."""

    code = "detect.decoder_unavailable"


@dataclass(frozen=True, slots=True)
class DecoderLimits:
    """What one decoder child may use and how densely it samples."""

    memory_bytes: int
    cpu_seconds: int
    wall_seconds: float
    max_pixels: int
    frames_per_second: float
    max_frames: int = MAX_FRAMES

    @classmethod
    def from_settings(cls, settings: Settings) -> "DecoderLimits":
        """Return the limits an operator has set."""
        return cls(
            memory_bytes=settings.media_max_memory_bytes,
            cpu_seconds=settings.media_max_cpu_seconds,
            wall_seconds=settings.media_max_wall_seconds,
            max_pixels=settings.media_max_pixels,
            frames_per_second=settings.media_frames_per_second,
        )


@dataclass(frozen=True, slots=True)
class ChildAnswer:
    """What a child wrote, and how it ended: an exit status (negative: signal), or the limit that stopped it."""

    output: bytes
    status: int
    stopped_by: str | None = None


def analyse_file(
    path: Path, sha256: str, limits: DecoderLimits, now: datetime, *, every_frame: bool = False
) -> MediaFacts:
    """Return what a file is and its frame hashes; a bad file is kind `unreadable` with a problem from PROBLEMS.

    Raises FileNotFoundError and DecoderUnavailableError, nothing else.
    """
    arguments = asdict(limits) | ({"frames_per_second": 0.0} if every_frame else {})
    answer = run_child([*CHILD_COMMAND, json.dumps(arguments)], path, limits.wall_seconds)
    return read_answer(answer, sha256, now)


def probe_sandbox(limits: DecoderLimits) -> tuple[str, ...]:
    """Start a child on nothing and return the sandbox layers that hold here. Raises DecoderUnavailableError."""
    answer = run_child([*CHILD_COMMAND, json.dumps(asdict(limits))], Path(os.devnull), limits.wall_seconds)
    for kind, payload in wire.read_records(answer.output):
        if kind == wire.READY:
            return tuple(wire.read_json(payload)["layers"])
    raise DecoderUnavailableError("the decoder process did not start")


def run_child(command: Sequence[str], path: Path, wall_seconds: float) -> ChildAnswer:
    """Run a command with the file as standard input and collect its output within MAX_ANSWER_BYTES and the time given.

    The child is dead when this returns. Raises DecoderUnavailableError if it could not be started.
    """
    with path.open("rb") as file:
        try:
            child = subprocess.Popen(  # noqa: S603 -- our own interpreter and module
                command,
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_child_environment(),
                cwd="/",
                start_new_session=True,
            )
        except OSError as problem:
            raise DecoderUnavailableError(f"no decoder process could be started ({problem.strerror})") from problem
    try:
        output, stopped_by = _collect(child, time.monotonic() + wall_seconds)
    finally:
        child.kill()
        status = child.wait()
        if child.stdout:
            child.stdout.close()
    return ChildAnswer(output, status, stopped_by)


def read_answer(answer: ChildAnswer, sha256: str, now: datetime) -> MediaFacts:
    """Turn a child's answer into facts. Raises DecoderUnavailableError if it never got as far as the file."""
    ready, header, frames, end, problem = False, dict[str, Any](), bytearray(), None, answer.stopped_by
    try:
        for kind, payload in wire.read_records(answer.output):
            if kind == wire.READY:
                ready = True
            elif kind == wire.HEADER:
                header = _check_header(wire.read_json(payload))
            elif kind == wire.FRAMES:
                frames += _check_frames(payload)
            else:
                end = wire.read_json(payload)
                problem = problem or _check_problem(end.get("problem"))
    except (ValueError, KeyError, TypeError):
        problem = "decoder_misbehaved"
    if not ready and problem is None:
        raise DecoderUnavailableError(f"the decoder process did not start (exit status {answer.status})")
    if end is None and problem is None:
        problem = "cpu_limit" if answer.status == -signal.SIGXCPU else "decoder_crashed"
    kind_of_file = MediaKind.UNREADABLE if problem else _tell_kind(header, end or {})
    return MediaFacts(
        sha256=sha256,
        kind=kind_of_file,
        hasher_version=HASHER_VERSION,
        analysed_at=now,
        problem=problem,
        problem_detail=PROBLEMS[problem] if problem else None,
        frame_count=len(frames) // RECORD.itemsize,
        frames=bytes(frames),
        **header,
    )


def _child_environment() -> dict[str, str]:
    """Return the little that the child gets to see: no secrets, one thread."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return {"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", **kept}


def _collect(child: subprocess.Popen[bytes], deadline: float) -> tuple[bytes, str | None]:
    output = bytearray()
    if child.stdout is None:
        return b"", None
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                return bytes(output), "time_limit"
            block = os.read(child.stdout.fileno(), 1 << 16)
            if not block:
                break
            output += block
            if len(output) > MAX_ANSWER_BYTES:
                return b"", "decoder_misbehaved"
    try:
        child.wait(max(0.1, deadline - time.monotonic()))  # it closed its output; let its own status be known
    except subprocess.TimeoutExpired:
        return bytes(output), "time_limit"
    return bytes(output), None


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


def _check_frames(payload: bytes) -> bytes:
    try:
        frames = unpack_frames(payload)
    except FrameHashesDamagedError:
        raise ValueError("a part of a frame") from None
    if not np.isfinite(frames.seconds).all() or (frames.quality > 100).any():
        raise ValueError("impossible frames")
    return payload


def _check_problem(given: Any) -> str | None:
    if given is None or given in PROBLEMS:
        return None if given is None else str(given)
    raise ValueError("unknown problem")


def _tell_kind(header: dict[str, Any], end: dict[str, Any]) -> MediaKind:
    name = str(header.get("container", ""))
    still = name.endswith("_pipe") or name in _PICTURE_FORMATS
    return MediaKind.PICTURE if still and end.get("decoded") == 1 else MediaKind.VIDEO

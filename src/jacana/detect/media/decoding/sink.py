"""What was seen of a file so far: takes decoded frames, hashes and signs them, and sends records of it.

Runs only in the locked-down child.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor, inf
from typing import Any

import numpy as np

from jacana.detect.media.decoding import wire
from jacana.detect.media.decoding.limits import MAX_WINDOWS
from jacana.detect.media.decoding.plan import SamplingPlan
from jacana.detect.media.decoding.planes import Shown, read_frame, read_turn
from jacana.detect.media.decoding.sampling import WHOLE_PACKETS, lie_within
from jacana.detect.media.hashing.frames import WindowRow, collect_frames, collect_windows
from jacana.detect.media.hashing.pdq import EMPTY, FrameHash, hash_block
from jacana.detect.media.hashing.reduce import Floats, Turn
from jacana.detect.media.hashing.signature import STEPS, SignatureMaker

MAX_SKIPPED_FRAMES = 30
"""However densely or strangely a file stamps its frames, one of this many is hashed."""

WHOLE_RATE = 4.0
"""Where adaptive sampling has to decode all of a long stream: frames hashed of each second beside the key frames."""

SPAN_STEP = 0.5
"""Of so many seconds one frame is signed in a second look: what matches by windows alone must do so in each second."""

KEY_STEP = 0.25
"""Seconds after which a key frame is signed again, whatever else is: some files have nothing else."""

_CHUNK_FRAMES = 32
_CHUNK_WINDOWS = 4096


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which frames are hashed, and what is too much."""

    plan: SamplingPlan
    max_pixels: int
    max_frames: int
    max_windows: int = MAX_WINDOWS


class DecodingStoppedError(Exception):
    """Decoding cannot go on; `problem` is the code for the parent."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Clock:
    """A stream's time base and the time stamp of its first frame, as plain numbers: fractions are slow."""

    start: int
    numerator: int
    denominator: int

    @classmethod
    def read(cls, stream: Any) -> "Clock":
        """Return the clock of a stream; one that has none stands still."""
        base = stream.time_base or Fraction(0, 1)
        return cls(stream.start_time or 0, base.numerator, base.denominator)

    def measure(self, ticks: int) -> float:
        """Return ticks in seconds, rounded once."""
        return ticks * self.numerator / self.denominator

    def tell(self, frame: Any, before: float | None) -> float:
        """Return the presentation time from the start of the stream, exact to its time base.

        Decoders give frames in the order they are shown, so a time that is missing or goes back (AVI keeps none for
        reordered frames) is taken as that of the frame before.
        """
        if frame.pts is None:
            return before or 0.0
        seconds = self.measure(frame.pts - self.start)
        return seconds if before is None else max(before, seconds)


@dataclass
class FrameSink:
    """Collects frames of all streams of one file and sends HEADER, FRAMES and WINDOWS records."""

    send: Callable[[bytes], None]
    sampling: Sampling
    decoded: int = 0
    bad_packets: int = 0
    packets: int = 0
    shown_at: dict[int, float] = field(default_factory=dict)
    """By stream: when its last frame was shown."""
    ends_at: dict[int, float] = field(default_factory=dict)
    _hashed: set[tuple[int, int]] = field(default_factory=set)
    _known: set[tuple[int, int]] = field(default_factory=set)
    """Streams and time stamps of what this look hashed, and of what earlier looks at the file did: not hashed twice."""
    _clocks: dict[int, Clock] = field(default_factory=dict)
    _count: int = 0
    _window_count: int = 0
    _frames: list[tuple[float, int, bytes]] = field(default_factory=list)
    _windows: list[WindowRow] = field(default_factory=list)
    _bucket: dict[int, int] = field(default_factory=dict)
    _skipped: dict[int, int] = field(default_factory=dict)
    _taken: dict[int, int] = field(default_factory=dict)
    _turns: dict[tuple[int, int], Turn] = field(default_factory=dict)
    _makers: dict[int, SignatureMaker] = field(default_factory=dict)
    _signed_at: dict[int, float] = field(default_factory=dict)
    _header_sent: bool = False

    def start_over(self) -> None:
        """Forget what was counted, for another look at the same file; what was hashed stays known."""
        self.decoded = self.bad_packets = self.packets = 0
        self._known |= self._hashed
        self._hashed.clear()
        for seen in (self.shown_at, self.ends_at, self._bucket, self._skipped, self._taken):
            seen.clear()

    def take(self, frame: Any, stream: Any, container: Any) -> None:
        """Take the next frame of a stream, and hash it if the plan wants it."""
        before = self.shown_at.get(stream.index)
        seconds = self._admit(frame, stream, container)
        if self._is_wanted(seconds, frame.key_frame or before is None, stream.index):
            self._hash(frame, stream, seconds)

    def take_chosen(self, frame: Any, stream: Any, container: Any, *, wanted: bool) -> int | None:
        """Take a frame that was chosen beforehand, or one decoded only for others. Return its quality if hashed."""
        self.shown_at.pop(stream.index, None)  # frames may be left out: only their own time stamps tell
        seconds = self._admit(frame, stream, container)
        return self._hash(frame, stream, seconds) if wanted else None

    def finish(self) -> None:
        """Send what waits."""
        for maker in self._makers.values():
            self._windows += maker.finish()
        self._makers.clear()
        self._flush()

    def _admit(self, frame: Any, stream: Any, container: Any) -> float:
        """Count a frame and return when it is shown. Raises DecodingStoppedError if it is too large."""
        check_size(frame.width, frame.height, self.sampling)
        self.decoded += 1
        index = stream.index
        clock = self._clocks.get(index) or self._clocks.setdefault(index, Clock.read(stream))
        seconds = clock.tell(frame, self.shown_at.get(index))
        self.shown_at[index], self.ends_at[index] = seconds, seconds + clock.measure(frame.duration or 0)
        if not self._header_sent:
            self.send(wire.write_json(wire.HEADER, _describe(frame, stream, container, self._read_turn(frame, stream))))
            self._header_sent = True
        return seconds

    def _read_turn(self, frame: Any, stream: Any) -> Turn:
        """Return the turn of a frame; frames of one stream that are rotated alike are turned alike."""
        known = (stream.index, frame.rotation)
        if known not in self._turns:
            self._turns[known] = read_turn(frame)
        return self._turns[known]

    def _is_wanted(self, seconds: float, key: bool, stream: int) -> bool:
        """Return whether to hash this frame: a key frame, the first of its step, or after too many skipped."""
        plan = self.sampling.plan
        if plan.spans:
            return bool(lie_within(plan.spans, np.array([seconds]))[0])
        rate = 0.0 if plan.every_frame else WHOLE_RATE if plan.mode == "adaptive" else plan.frames_per_second
        count = self._taken[stream] = self._taken.get(stream, 0) + 1
        bucket, skipped = floor(seconds * rate), self._skipped.get(stream, 0) + 1
        wanted = key or rate <= 0 or bucket != self._bucket.get(stream) or skipped >= MAX_SKIPPED_FRAMES
        wanted = wanted or (plan.mode == "adaptive" and count <= WHOLE_PACKETS)
        self._bucket[stream] = bucket
        self._skipped[stream] = 0 if wanted else skipped
        return wanted

    def _hash(self, frame: Any, stream: Any, seconds: float) -> int:
        """Hash a frame, unless that was done before, and return its quality."""
        shown = read_frame(frame, self._read_turn(frame, stream))
        block = shown.reduce()
        found = EMPTY if block is None else hash_block(block)
        if frame.pts is not None:
            if (stream.index, frame.pts) in self._known:
                return found.quality
            self._hashed.add((stream.index, frame.pts))
        self._count += 1
        if self._count > self.sampling.max_frames:
            raise DecodingStoppedError("too_many_frames")
        self._frames.append((seconds, found.quality, found.pdq))
        if block is not None:
            self._sign(shown, block, found, stream.index, seconds, key=bool(frame.key_frame))
        if len(self._frames) >= _CHUNK_FRAMES or len(self._windows) >= _CHUNK_WINDOWS:
            self._flush()
        return found.quality

    def _sign(self, shown: Shown, block: Floats, found: FrameHash, stream: int, seconds: float, *, key: bool) -> None:
        mode = self.sampling.plan.windows
        if mode == "none":
            return
        maker = self._makers.setdefault(stream, SignatureMaker(mode))
        luma, white_step = shown.turn_luma, shown.white_step
        if key and abs(seconds - self._signed_at.get(stream, inf)) >= KEY_STEP:
            self._signed_at[stream] = seconds
            self._add_windows(maker.sign(luma(), white_step, block, seconds))
        else:
            step = SPAN_STEP if self.sampling.plan.spans else STEPS[mode]
            self._add_windows(maker.offer(luma, white_step, block, found, seconds, step=step))

    def _add_windows(self, rows: list[WindowRow]) -> None:
        self._window_count += len(rows)
        if self._window_count > self.sampling.max_windows:
            raise DecodingStoppedError("too_many_frames")
        self._windows += rows

    def _flush(self) -> None:
        if self._frames:
            self.send(wire.write_record(wire.FRAMES, collect_frames(self._frames).pack()))
            self._frames.clear()
        for start in range(0, len(self._windows), _CHUNK_WINDOWS):
            rows = self._windows[start : start + _CHUNK_WINDOWS]
            self.send(wire.write_record(wire.WINDOWS, collect_windows(rows).pack()))
        self._windows.clear()


def check_size(width: int, height: int, sampling: Sampling) -> None:
    """Raise DecodingStoppedError for more pixels than may be decoded."""
    if width * height > sampling.max_pixels:
        raise DecodingStoppedError("too_large_frame")


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

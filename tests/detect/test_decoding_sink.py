"""What is sent of frames: each once, within its limits, signed as the plan says."""

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jacana.detect.media.decoding import wire
from jacana.detect.media.decoding.plan import SamplingPlan
from jacana.detect.media.decoding.sampling import WHOLE_PACKETS
from jacana.detect.media.decoding.sink import (
    MAX_SKIPPED_FRAMES,
    SPAN_STEP,
    WHOLE_RATE,
    Clock,
    DecodingStoppedError,
    FrameSink,
    Sampling,
)
from jacana.detect.media.hashing.frames import unpack_frames, unpack_windows
from jacana.detect.media.hashing.signature import STEPS
from jacana.simulate.clips import draw_picture

RATE = 25
CODEC = SimpleNamespace(codec=SimpleNamespace(canonical_name="drawn"))
STREAM = SimpleNamespace(index=0, start_time=None, time_base=Fraction(1, RATE), duration=None, codec_context=CODEC)
CONTAINER = SimpleNamespace(format=SimpleNamespace(name="drawn"), duration=None)


class Sent(list[bytes]):
    """Records as they were sent."""

    def read(self, kind: bytes) -> bytes:
        return b"".join(payload for found, payload in wire.read_records(b"".join(self)) if found == kind)

    @property
    def seconds(self) -> list[float]:
        return [float(second) for second in unpack_frames(self.read(wire.FRAMES)).seconds]


def make_sink(plan: SamplingPlan, max_frames: int = 10_000) -> tuple[FrameSink, Sent]:
    sent = Sent()
    return FrameSink(sent.append, Sampling(plan, 1_000_000, max_frames)), sent


def make_frame(number: int, picture: np.ndarray | None = None) -> Any:
    if picture is None:
        picture = np.zeros((32, 48), np.uint8)
    frame = av.VideoFrame.from_ndarray(picture, format="gray" if picture.ndim == 2 else "rgb24")
    frame.pts, frame.time_base = number, Fraction(1, RATE)
    return frame


def test_adaptive_hashes_all_of_the_first_frames_and_then_some() -> None:
    sink, sent = make_sink(SamplingPlan())
    for number in range(WHOLE_PACKETS + 10 * RATE):
        sink.take(make_frame(number), STREAM, CONTAINER)
    sink.finish()
    later = [second for second in sent.seconds if second >= WHOLE_PACKETS / RATE]
    assert len(sent.seconds) - len(later) == WHOLE_PACKETS
    assert len(later) == pytest.approx(10 * WHOLE_RATE, abs=1)


def test_a_rate_takes_the_first_of_each_step_and_never_skips_too_many() -> None:
    sink, sent = make_sink(SamplingPlan("rate", 0.1))
    for number in range(100):
        sink.take(make_frame(number), STREAM, CONTAINER)
    sink.finish()
    assert sent.seconds == [0.0, *(MAX_SKIPPED_FRAMES * step / RATE for step in (1, 2, 3))]


def test_spans_hash_what_lies_in_them() -> None:
    sink, sent = make_sink(SamplingPlan("rate", 1.0, spans=((0.2, 0.4), (1.0, 1.0))))
    for number in range(100):
        sink.take(make_frame(number), STREAM, CONTAINER)
    sink.finish()
    assert sent.seconds == [number / RATE for number in (5, 6, 7, 8, 9, 10, 25)]


def test_another_look_sends_nothing_twice() -> None:
    sink, sent = make_sink(SamplingPlan("thorough"))
    for number in (3, 5):
        assert sink.take_chosen(make_frame(number), STREAM, CONTAINER, wanted=True) == 0
    assert sink.take_chosen(make_frame(4), STREAM, CONTAINER, wanted=False) is None
    sink.start_over()
    for number in range(7):
        sink.take(make_frame(number), STREAM, CONTAINER)
    sink.finish()
    assert sorted(sent.seconds) == [number / RATE for number in range(7)]
    assert sink.decoded == 7


def test_equal_time_stamps_are_different_frames() -> None:
    sink, sent = make_sink(SamplingPlan("thorough"))
    for _ in range(3):
        sink.take(make_frame(2), STREAM, CONTAINER)
    sink.finish()
    assert sent.seconds == [0.08] * 3


def test_frames_have_an_end_and_a_size() -> None:
    sink, _ = make_sink(SamplingPlan("thorough"), max_frames=2)
    sink.take(make_frame(0), STREAM, CONTAINER)
    sink.take(make_frame(1), STREAM, CONTAINER)
    with pytest.raises(DecodingStoppedError, match="too_many_frames"):
        sink.take(make_frame(2), STREAM, CONTAINER)
    with pytest.raises(DecodingStoppedError, match="too_large_frame"):
        sink.take(make_frame(3, np.zeros((1001, 1000), np.uint8)), STREAM, CONTAINER)


SPANS = ((0.0, 10.0),)


@pytest.mark.parametrize(
    ("plan", "step"),
    [
        (SamplingPlan("thorough", windows="upload"), STEPS["upload"]),
        (SamplingPlan("thorough", windows="entry"), STEPS["entry"]),
        (SamplingPlan(windows="upload", spans=SPANS), SPAN_STEP),
    ],
)
def test_frames_are_signed_every_so_often(plan: SamplingPlan, step: float) -> None:
    sink, sent = make_sink(plan)
    for number in range(0, 3 * RATE, 1):
        picture = draw_picture(number, size=(96, 80))  # each unlike the one before
        sink.take(make_frame(number, picture), STREAM, CONTAINER)
    sink.finish()
    signed = np.unique(unpack_windows(sent.read(wire.WINDOWS)).seconds)
    assert len(signed) == pytest.approx(3 / step, rel=0.2, abs=1)  # one of each step, wherever the stillest lies
    assert np.diff(signed).max() < 2 * step
    assert len(sent.seconds) == 3 * RATE


def test_without_windows_none_are_made() -> None:
    sink, sent = make_sink(SamplingPlan("thorough"))
    sink.take(make_frame(0, draw_picture(1, size=(96, 80))), STREAM, CONTAINER)
    sink.finish()
    assert sent.read(wire.WINDOWS) == b""


@pytest.mark.parametrize(
    ("pts", "start", "before", "expected"),
    [
        (30, None, None, 1.2),
        (30, 5, None, 1.0),
        (-5, -10, None, 0.2),
        (None, 0, None, 0.0),
        (None, 0, 3.5, 3.5),
        (30, 0, 3.5, 3.5),
    ],
)
def test_when_a_frame_is_shown(pts: int | None, start: int | None, before: float | None, expected: float) -> None:
    clock = Clock.read(SimpleNamespace(start_time=start, time_base=Fraction(1, RATE)))
    assert clock.tell(SimpleNamespace(pts=pts), before) == expected


@given(st.integers(-(2**52), 2**52), st.fractions(min_value=Fraction(1, 10**7), max_value=100))
def test_a_time_is_the_nearest_number_to_the_exact_one(ticks: int, base: Fraction) -> None:
    assert Clock(0, base.numerator, base.denominator).measure(ticks) == float(ticks * base)


def test_a_stream_without_a_time_base_stands_still() -> None:
    assert Clock.read(SimpleNamespace(start_time=None, time_base=None)).tell(SimpleNamespace(pts=7), None) == 0.0

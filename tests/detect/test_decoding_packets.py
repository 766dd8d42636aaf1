"""A codec made ready within limits, damaged packets counted, and an end that comes too soon."""

from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import av
import pytest

from jacana.detect.media.decoding.packets import decode_packet, ends_early, prepare
from jacana.detect.media.decoding.plan import SamplingPlan
from jacana.detect.media.decoding.sink import DecodingStoppedError, FrameSink, Sampling


def make_sink(max_pixels: int = 1_000_000) -> FrameSink:
    return FrameSink(lambda _record: None, Sampling(SamplingPlan(), max_pixels, 100))


def test_the_frames_held_back_come_at_the_end(clips: dict[str, Path]) -> None:
    sink = make_sink()
    with av.open(str(clips["known"])) as container:
        stream = container.streams.video[0]
        prepare(stream, sink.sampling)
        assert stream.codec_context.thread_count == 1
        packets = [packet for packet in container.demux(stream) if packet.size]
        early = [frame for packet in packets[:10] for frame in decode_packet(packet, sink)]
        late = decode_packet(None, sink, stream)
    assert len(early) + len(late) == 10
    assert len(late) > 0
    assert (sink.packets, sink.bad_packets) == (11, 0)


def test_a_damaged_packet_is_counted(clips: dict[str, Path]) -> None:
    sink = make_sink()
    with av.open(str(clips["known"])) as container:
        stream = container.streams.video[0]
        prepare(stream, sink.sampling)
        damaged = av.Packet(bytes(500))
        damaged.stream = stream
        assert decode_packet(damaged, sink) == []
    assert sink.bad_packets == 1


def test_too_large_a_frame_is_refused_before_decoding(clips: dict[str, Path]) -> None:
    with av.open(str(clips["known"])) as container, pytest.raises(DecodingStoppedError) as stopped:
        prepare(container.streams.video[0], make_sink(480 * 360 - 1).sampling)
    assert stopped.value.problem == "too_large_frame"


def test_a_stream_without_a_decoder_is_unsupported() -> None:
    with pytest.raises(DecodingStoppedError) as stopped:
        prepare(SimpleNamespace(codec_context=None), make_sink().sampling)
    assert stopped.value.problem == "unsupported"


@pytest.mark.parametrize(
    ("stated", "ends_at", "early"),
    [
        (1000, 100.0, False),
        (1000, 95.5, False),
        (1000, 94.5, True),
        (100, 9.1, False),
        (100, 8.9, True),
        (None, 1.0, False),
        (1000, None, False),
    ],
)
def test_a_second_and_a_twentieth_may_be_missing(stated: int | None, ends_at: float | None, early: bool) -> None:
    assert ends_early(SimpleNamespace(duration=stated, time_base=Fraction(1, 10)), ends_at) == early

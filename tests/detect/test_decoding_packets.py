"""A codec made ready within limits, damaged packets counted, and an end that comes too soon."""

from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import av
import pytest

from jacana.detect.media.decoding.packets import (
    decode_packet,
    ends_early,
    is_framed,
    prepare,
    read_length_bytes,
)
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


def test_what_overwrites_a_packet_breaks_its_framing(clips: dict[str, Path]) -> None:
    with av.open(str(clips["known"])) as container:
        stream = container.streams.video[0]
        length_bytes = read_length_bytes(stream)
        assert length_bytes == 4
        packets = [packet for packet in container.demux(stream) if packet.size]
    assert all(is_framed(packet, length_bytes) for packet in packets)
    whole = bytes(packets[5])
    for damaged in (bytes(4096), whole[:-1], whole + b"x", b"\xff" * len(whole), whole[1:]):
        assert not is_framed(av.Packet(damaged), length_bytes)


@pytest.mark.parametrize(
    ("name", "extra", "expected"),
    [
        ("h264", b"\x01\x64\x00\x1f\xff\xe1", 4),
        ("h264", b"\x01\x64\x00\x1f\xfd", 2),
        ("h264", b"\x00\x00\x00\x01\x67\x64", 0),
        ("h264", b"\x01", 0),
        ("hevc", b"\x01" + bytes(20) + b"\x0f", 4),
        ("vp9", b"\x01" + bytes(30), 0),
        ("h264", None, 0),
    ],
)
def test_how_packets_are_framed(name: str, extra: bytes | None, expected: int) -> None:
    assert read_length_bytes(SimpleNamespace(codec_context=SimpleNamespace(name=name, extradata=extra))) == expected

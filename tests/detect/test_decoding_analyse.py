"""A file goes in, facts come out: real clips, real pictures, and files that are not what they seem."""

import resource
import struct
import zlib
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from jacana.detect.media.decoding.analyse import (
    PROBLEMS,
    DecoderLimits,
    DecoderPool,
    SamplingPlan,
    analyse_file,
    probe_sandbox,
)
from jacana.detect.media.decoding.sandbox import LAYERS
from jacana.detect.media.hashing.frames import HASHER_VERSION, unpack_frames
from jacana.model.media import MediaFacts, MediaKind

Analyse = Callable[..., MediaFacts]
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def test_a_whole_clip(clips: dict[str, Path], analyse: Analyse) -> None:
    facts = analyse(clips["known"])
    assert facts.readable
    assert (facts.kind, facts.codec, facts.width, facts.height) == (MediaKind.VIDEO, "h264", 480, 360)
    assert facts.duration_seconds == pytest.approx(4.0)
    assert (facts.problem, facts.problem_detail, facts.hasher_version) == (None, None, HASHER_VERSION)
    assert facts.analysed_at == NOW
    frames = unpack_frames(facts.frames)
    assert len(frames) == facts.frame_count == 8
    assert frames.quality.min() > 80


def test_every_frame_if_asked(clips: dict[str, Path], analyse: Analyse) -> None:
    facts = analyse(clips["known"], SamplingPlan("thorough"))
    assert (facts.frame_count, facts.sampling) == (100, "thorough")


def test_only_the_seconds_of_a_second_look(clips: dict[str, Path], analyse: Analyse) -> None:
    facts = analyse(clips["known"], SamplingPlan("adaptive", spans=((1.0, 2.0),)))
    seconds = unpack_frames(facts.frames).seconds
    assert len(seconds) == 26
    assert (seconds[0], seconds[-1]) == (1.0, 2.0)


@pytest.mark.media
def test_reference_pictures_through_the_child(reference_media: Path, analyse: Analyse) -> None:
    """The decoder's own luma plane of a JPEG gives the reference hash exactly."""
    lines = (reference_media / "pdq" / "expected.csv").read_text().splitlines()[1:]
    for line in lines:
        name, width, height, quality, pdq = line.split(",")[:5]
        facts = analyse(reference_media / "pdq" / name)
        assert (facts.kind, facts.width, facts.height) == (MediaKind.PICTURE, int(width), int(height)), name
        frames = unpack_frames(facts.frames)
        assert (frames.pdq[0].tobytes().hex(), int(frames.quality[0])) == (pdq, int(quality)), name


@pytest.mark.media
def test_reference_clips_through_the_child(
    reference_media: Path, analyse: Analyse, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reference hashed full-size RGB; the luma plane differs a little. The whole distribution is printed."""
    distances: Counter[int] = Counter()
    quality_off: Counter[int] = Counter()
    for clip in sorted((reference_media / "video").glob("*.mp4")):
        rows = [line.split(",") for line in clip.with_suffix(".txt").read_text().split()]
        facts = analyse(clip, SamplingPlan("thorough"))
        frames = unpack_frames(facts.frames)
        assert facts.kind is MediaKind.VIDEO
        assert np.abs(frames.seconds - [float(row[3]) for row in rows]).max() < 0.002
        for (_, quality, expected, _), found, own_quality in zip(rows, frames.pdq, frames.quality, strict=True):
            quality_off[int(own_quality) - int(quality)] += 1
            if int(quality) >= 80:
                distances[(int.from_bytes(found.tobytes()) ^ int(expected, 16)).bit_count()] += 1
    count = distances.total()
    mean = sum(bits * frames for bits, frames in distances.items()) / count
    with capsys.disabled():
        print(  # noqa: T201 -- the distribution is what a reader of the test wants to see
            f"\nluma plane against the reference, {count} frames of quality >= 80: mean {mean:.3f} bits, frames by "
            f"distance {dict(sorted(distances.items()))}, quality off by {dict(sorted(quality_off.items()))}"
        )
    assert count > 1500
    assert mean <= 1
    assert max(distances) <= 10
    assert set(quality_off) <= {-1, 0, 1}


@pytest.mark.parametrize("fraction", [0.02, 0.3, 0.6, 0.95])
def test_a_truncated_clip_is_unreadable_and_keeps_its_frames(
    clips: dict[str, Path], analyse: Analyse, tmp_path: Path, fraction: float
) -> None:
    data = clips["known"].read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: int(len(data) * fraction)])
    facts = analyse(tmp_path / "cut.mp4")
    assert (facts.kind, facts.problem) == (MediaKind.UNREADABLE, "truncated")
    assert facts.problem_detail == "The file ends before its video does: part of it is missing."
    assert (facts.frame_count > 0) == (fraction > 0.2)


def png_of(width: int, height: int, rows: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packed = zlib.compressobj(9)
    pixels = b"".join(packed.compress(bytes(width + 1)) for _ in range(rows)) + packed.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [9000, 60_000])
def test_a_picture_bomb_is_refused_cheaply(analyse: Analyse, tmp_path: Path, side: int) -> None:
    (tmp_path / "bomb.png").write_bytes(png_of(side, side, 400))
    start = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    facts = analyse(tmp_path / "bomb.png")
    assert (facts.kind, facts.problem, facts.frame_count) == (MediaKind.UNREADABLE, "too_large_frame", 0)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < max(start, 600_000)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "empty"),
        (b"not a video at all", "not_media"),
        (bytes(5000), "not_media"),
        (b"PK\x03\x04" + bytes(200), "not_media"),
    ],
)
def test_what_is_not_media(analyse: Analyse, tmp_path: Path, data: bytes, problem: str) -> None:
    (tmp_path / "x.mp4").write_bytes(data)
    facts = analyse(tmp_path / "x.mp4")
    assert (facts.kind, facts.problem) == (MediaKind.UNREADABLE, problem)
    assert facts.problem_detail == PROBLEMS[problem]


def test_damaged_copies_of_a_clip_never_break_the_parent(
    clips: dict[str, Path], analyse: Analyse, tmp_path: Path
) -> None:
    chance = np.random.default_rng(7)
    whole = np.frombuffer(clips["known"].read_bytes(), np.uint8)
    for number in range(0, 12, 2):
        damaged = whole.copy()
        damaged[chance.integers(0, len(whole), 1 << number)] = chance.integers(0, 256)
        (tmp_path / "x.mp4").write_bytes(damaged.tobytes())
        facts = analyse(tmp_path / "x.mp4")
        assert facts.readable == (facts.problem is None)
        assert facts.frame_count * 41 == len(facts.frames)


def test_real_memory_exhaustion_in_the_child(analyse: Analyse, tmp_path: Path) -> None:
    """A legal but huge frame: read where memory allows, else refused as the file's own problem, not as an outage.

    The limit is what the file may add: a gray picture of 12000 by 12000 takes 144 MB, whatever the libraries take.
    """
    (tmp_path / "huge.png").write_bytes(png_of(12_000, 12_000, 1200))
    facts = analyse(tmp_path / "huge.png", memory_bytes=120_000_000, max_pixels=1 << 30)
    assert (facts.kind, facts.problem) == (MediaKind.UNREADABLE, "out_of_memory")
    assert analyse(tmp_path / "huge.png", memory_bytes=600_000_000, max_pixels=1 << 30).kind is MediaKind.PICTURE


def test_a_missing_file_raises(limits: DecoderLimits, pool: DecoderPool, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        analyse_file(tmp_path / "none", "0" * 64, limits, NOW, SamplingPlan(), pool)


def test_sandbox_layers_can_be_asked_for(limits: DecoderLimits) -> None:
    layers = probe_sandbox(limits)
    assert {"limits", "no_new_files"} <= set(layers) <= set(LAYERS)

"""The parent survives anything a file or a child does, says why in one sentence, and keeps what was read."""

import json
import os
import resource
import signal
import struct
import subprocess
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from jacana.detect.media.decoding import analyse as module
from jacana.detect.media.decoding import wire
from jacana.detect.media.decoding.analyse import (
    PROBLEMS,
    ChildAnswer,
    DecoderLimits,
    DecoderUnavailableError,
    analyse_file,
    probe_sandbox,
    read_answer,
    run_child,
)
from jacana.detect.media.decoding.sandbox import LAYERS
from jacana.detect.media.hashing.frames import HASHER_VERSION, collect_frames, unpack_frames
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


def test_every_frame_for_banks(clips: dict[str, Path], limits: DecoderLimits) -> None:
    assert analyse_file(clips["known"], "0" * 64, limits, NOW, every_frame=True).frame_count == 100


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
    reference_media: Path, limits: DecoderLimits, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reference hashed full-size RGB; the luma plane differs a little. The whole distribution is printed."""
    distances: Counter[int] = Counter()
    quality_off: Counter[int] = Counter()
    for clip in sorted((reference_media / "video").glob("*.mp4")):
        rows = [line.split(",") for line in clip.with_suffix(".txt").read_text().split()]
        facts = analyse_file(clip, "0" * 64, limits, NOW, every_frame=True)
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


def fake_child(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Replace the child by a script of ours: what it does is what a decoder taken over by a file could do."""
    prelude = "import os, sys, time, signal, resource\nfrom jacana.detect.media.decoding import wire\n"
    prelude += "from jacana.detect.media.hashing import frames\n"
    prelude += "out = lambda data: os.write(1, data)\nout(wire.write_json(wire.READY, {'layers': []}))\n"
    prelude += "header = dict(container='mp4', codec='h264', width=4, height=4, duration_seconds=1.0)\n"
    prelude += "one = frames.collect_frames([(1.5, 99, bytes(range(32)))]).pack()\n"
    monkeypatch.setattr(module, "CHILD_COMMAND", (sys.executable, "-I", "-B", "-c", prelude + code))


SEND = "out(wire.write_json(wire.HEADER, header)); out(wire.write_record(wire.FRAMES, one))\n"


@pytest.mark.parametrize(
    ("code", "problem", "frame_count"),
    [
        (SEND + "os.kill(os.getpid(), signal.SIGSEGV)", "decoder_crashed", 1),
        (SEND + "os.kill(os.getpid(), signal.SIGKILL)", "decoder_crashed", 1),
        (SEND + "sys.exit(3)", "decoder_crashed", 1),
        (SEND + "resource.setrlimit(resource.RLIMIT_CPU, (1, 2))\nwhile True: pass", "cpu_limit", 1),
        (SEND + "time.sleep(60)", "time_limit", 1),
        (SEND + "os.close(1); time.sleep(60)", "time_limit", 1),
        (SEND + "out(b'garbage that is no record')", "decoder_misbehaved", 1),
        (SEND + "out(wire.write_record(wire.FRAMES, b'x'))", "decoder_misbehaved", 1),
        (SEND + "out(wire.write_json(wire.END, {'problem': 'made_up'}))", "decoder_misbehaved", 1),
        (SEND + "out(wire.write_record(wire.END, b'[]'))", "decoder_misbehaved", 1),
        ("header['width'] = -1\n" + SEND, "decoder_misbehaved", 0),
        ("del header['codec']\n" + SEND, "decoder_misbehaved", 0),
        ("header['duration_seconds'] = float('nan')\n" + SEND, "decoder_misbehaved", 0),
        ("header['codec'] = 'a\\0b'\n" + SEND, "decoder_misbehaved", 0),
        (SEND + "out(wire.write_record(wire.FRAMES, b'\\xff' * 41))", "decoder_misbehaved", 1),
        (SEND + "while True: out(one * 10000)", "decoder_misbehaved", 0),
        (SEND + "out(wire.write_json(wire.END, {'problem': 'out_of_memory'}))", "out_of_memory", 1),
    ],
)
def test_whatever_the_child_does(
    monkeypatch: pytest.MonkeyPatch, clips: dict[str, Path], analyse: Analyse, code: str, problem: str, frame_count: int
) -> None:
    fake_child(monkeypatch, code)
    monkeypatch.setattr(module, "MAX_ANSWER_BYTES", 1 << 22)
    start = time.monotonic()
    facts = analyse(clips["known"], wall_seconds=4.0)
    assert time.monotonic() - start < 10
    assert (facts.kind, facts.problem, facts.frame_count) == (MediaKind.UNREADABLE, problem, frame_count)
    assert facts.problem_detail == PROBLEMS[problem]


def test_real_memory_exhaustion_in_the_child(limits: DecoderLimits, tmp_path: Path) -> None:
    """A legal but huge frame: read where memory allows, else refused as the file's own problem, not as an outage."""
    (tmp_path / "huge.png").write_bytes(png_of(12_000, 12_000, 1200))
    small = replace(limits, memory_bytes=450_000_000, max_pixels=1 << 30)
    facts = analyse_file(tmp_path / "huge.png", "0" * 64, small, NOW)
    assert (facts.kind, facts.problem) == (MediaKind.UNREADABLE, "out_of_memory")
    large = replace(small, memory_bytes=2_000_000_000)
    assert analyse_file(tmp_path / "huge.png", "0" * 64, large, NOW).kind is MediaKind.PICTURE


def test_a_child_that_cannot_start_is_not_the_files_fault(
    monkeypatch: pytest.MonkeyPatch, clips: dict[str, Path], analyse: Analyse
) -> None:
    monkeypatch.setattr(module, "CHILD_COMMAND", (sys.executable, "-c", "raise SystemExit(1)"))
    with pytest.raises(DecoderUnavailableError, match="did not start"):
        analyse(clips["known"])
    monkeypatch.setattr(module, "CHILD_COMMAND", ("/nonexistent/python",))
    with pytest.raises(DecoderUnavailableError, match="could be started"):
        analyse(clips["known"])


def test_a_missing_file_raises(limits: DecoderLimits, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        analyse_file(tmp_path / "none", "0" * 64, limits, NOW)


def test_the_child_sees_no_secret(monkeypatch: pytest.MonkeyPatch, clips: dict[str, Path]) -> None:
    monkeypatch.setenv("JACANA_VAULT_KEY", "secret")
    code = "import json, os; print(json.dumps(dict(os.environ)))"
    answer = run_child([sys.executable, "-I", "-c", code], clips["known"], 30)
    assert set(json.loads(answer.output)) <= {"LC_ALL", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "LD_LIBRARY_PATH"}
    assert answer.status == 0


def test_no_child_outlives_the_call(clips: dict[str, Path]) -> None:
    code = "import os, sys; os.write(1, str(os.getpid()).encode()); os.close(1); import time; time.sleep(60)"
    answer = run_child([sys.executable, "-I", "-c", code], clips["known"], 1.0)
    assert answer.stopped_by == "time_limit"
    with pytest.raises(ProcessLookupError):
        os.kill(int(answer.output), 0)


def test_a_killed_parent_takes_its_child_along(clips: dict[str, Path], tmp_path: Path) -> None:
    """The child dies with its parent (PR_SET_PDEATHSIG): a crash leaves no decoder running."""
    if sys.platform != "linux":
        pytest.skip("Linux only")
    grandchild = (
        "from jacana.detect.media.decoding.sandbox import *; import os, time;"
        "enter_sandbox(SandboxLimits(1 << 30, 60));"
        "os.write(1, b'%d\\n' % os.getpid()); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grandchild!r}])"],
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    with parent.stdout:
        pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    for _ in range(100):
        stat = Path(f"/proc/{pid}/stat")
        if not stat.exists() or stat.read_text().split()[2] == "Z":
            return
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    pytest.fail("the child outlived its parent")


def test_sandbox_layers_can_be_asked_for(limits: DecoderLimits) -> None:
    layers = probe_sandbox(limits)
    assert {"limits", "no_new_files"} <= set(layers) <= set(LAYERS)


def test_answers_are_read_without_a_process() -> None:
    header = {"container": "png_pipe", "codec": "png", "width": 9, "height": 8, "duration_seconds": None}
    output = b"".join(
        (
            wire.write_json(wire.READY, {"layers": []}),
            wire.write_json(wire.HEADER, header),
            wire.write_record(wire.FRAMES, collect_frames([(0.0, 90, bytes(32))]).pack()),
            wire.write_json(wire.END, {"problem": None, "decoded": 1}),
        )
    )
    facts = read_answer(ChildAnswer(output, 0), "0" * 64, NOW)
    assert (facts.kind, facts.width, facts.frame_count) == (MediaKind.PICTURE, 9, 1)
    with pytest.raises(DecoderUnavailableError):
        read_answer(ChildAnswer(b"", 1), "0" * 64, NOW)

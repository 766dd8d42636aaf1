"""The real child on real files: its answer, its layers, and what it does with a request it cannot follow."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from jacana.detect.media.decoding import wire
from jacana.detect.media.decoding.child import HostileFile
from jacana.detect.media.decoding.limits import DecoderLimits
from jacana.detect.media.decoding.plan import SamplingPlan
from jacana.detect.media.decoding.pool import DecoderPool
from jacana.detect.media.hashing.frames import unpack_frames
from jacana.detect.media.hashing.pdq import hash_rgb
from jacana.simulate.clips import draw_picture

Records = list[tuple[bytes, bytes]]
Run = Callable[..., Records]


@pytest.fixture
def run(pool: DecoderPool, limits: DecoderLimits) -> Run:
    def run_child(path: Path, plan: SamplingPlan | None = None, **changes: object) -> Records:
        answer = pool.run(path, plan or SamplingPlan("rate"), replace(limits, **changes))
        assert (answer.status, answer.stopped_by) == (0, None)
        return list(wire.read_records(answer.output))

    return run_child


def test_answer_of_a_whole_file(clips: dict[str, Path], run: Run) -> None:
    records = run(clips["known"])
    assert [kind for kind, _ in records] == [wire.READY, wire.HEADER, wire.FRAMES, wire.END]
    assert "no_new_files" in wire.read_json(records[0][1])["layers"]
    header = wire.read_json(records[1][1])
    assert (header["codec"], header["width"], header["height"]) == ("h264", 480, 360)
    assert header["duration_seconds"] == pytest.approx(4.0)
    assert unpack_frames(records[2][1]).seconds.tolist()[0] == 0.0
    assert wire.read_json(records[3][1]) == {"problem": None, "decoded": 100}


def test_frames_are_sent_while_decoding_goes_on(clips: dict[str, Path], run: Run) -> None:
    records = run(clips["known"], SamplingPlan("thorough"))
    assert [kind for kind, _ in records].count(wire.FRAMES) > 2


def test_two_runs_answer_the_same_bytes(clips: dict[str, Path], run: Run) -> None:
    for plan in (SamplingPlan("thorough"), SamplingPlan("adaptive", windows="upload")):
        assert run(clips["disguised"], plan) == run(clips["disguised"], plan)


def test_too_many_frames_are_refused_and_the_first_are_kept(clips: dict[str, Path], run: Run) -> None:
    records = run(clips["known"], SamplingPlan("thorough"), max_frames=40)
    assert wire.read_json(records[-1][1])["problem"] == "too_many_frames"
    assert sum(len(payload) // 41 for kind, payload in records if kind == wire.FRAMES) == 40


def test_a_seek_before_the_start_is_an_error_of_the_file(clips: dict[str, Path]) -> None:
    with clips["known"].open("rb") as opened, HostileFile(opened.fileno(), closefd=False) as file:
        assert (file.seek(-1), file.seek(5), file.seek(-9, 1), file.tell()) == (-1, 5, -1, 5)


def test_frames_are_let_go_at_once(tmp_path: Path, run: Run) -> None:
    """A hundred frames of 4 MB pass through 150 MB."""
    size = (2000, 2000)
    with av.open(str(tmp_path / "long.apng"), "w", format="apng") as container:
        stream = container.add_stream("apng", rate=10)
        stream.width, stream.height, stream.pix_fmt = *size, "gray"
        frame = av.VideoFrame.from_ndarray(np.zeros(size, np.uint8), format="gray")
        for number in range(100):
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    records = run(tmp_path / "long.apng", SamplingPlan("thorough"), memory_bytes=150_000_000)
    assert wire.read_json(records[-1][1]) == {"problem": None, "decoded": 100}


@pytest.mark.parametrize("layout", ["rgba", "bgr24"])
def test_pixels_are_converted_inside_the_sandbox(tmp_path: Path, run: Run, layout: str) -> None:
    """Conversion must start no thread: the sandbox lets none be started."""
    codec, name = {"rgba": ("png", "a.png"), "bgr24": ("bmp", "a.bmp")}[layout]
    with av.open(str(tmp_path / name), "w", format="image2") as container:
        stream = container.add_stream(codec, rate=1)
        stream.width, stream.height, stream.pix_fmt = 640, 480, layout
        picture = av.VideoFrame.from_ndarray(draw_picture(1, size=(640, 480)), format="rgb24")
        container.mux(stream.encode(picture.reformat(format=layout)))
        container.mux(stream.encode(None))
    records = dict(run(tmp_path / name))
    assert wire.read_json(records[wire.END]) == {"problem": None, "decoded": 1}
    assert unpack_frames(records[wire.FRAMES]).pdq[0].tobytes() == hash_rgb(draw_picture(1, size=(640, 480))).pdq

"""The real child process on real files: its answer, its layers, its silence on disk."""

import json
import subprocess
from dataclasses import asdict
from pathlib import Path

import av
import pytest

from jacana.detect.media.decoding import wire
from jacana.detect.media.decoding.analyse import CHILD_COMMAND, DecoderLimits
from jacana.detect.media.hashing.frames import unpack_frames
from jacana.detect.media.hashing.pdq import hash_rgb
from jacana.simulate.clips import draw_picture


def run_child(path: Path, limits: DecoderLimits, **changes: object) -> subprocess.CompletedProcess[bytes]:
    with path.open("rb") as file:
        return subprocess.run(
            [*CHILD_COMMAND, json.dumps(asdict(limits) | changes)],
            stdin=file,
            capture_output=True,
            cwd="/",
            timeout=60,
            check=False,
        )


def test_answer_of_a_whole_file(clips: dict[str, Path], limits: DecoderLimits) -> None:
    result = run_child(clips["known"], limits)
    assert result.returncode == 0, result.stderr
    records = list(wire.read_records(result.stdout))
    assert [kind for kind, _ in records] == [wire.READY, wire.HEADER, wire.FRAMES, wire.END]
    assert "no_new_files" in wire.read_json(records[0][1])["layers"]
    header = wire.read_json(records[1][1])
    assert (header["codec"], header["width"], header["height"]) == ("h264", 480, 360)
    assert header["duration_seconds"] == pytest.approx(4.0)
    assert unpack_frames(records[2][1]).seconds.tolist()[0] == 0.0
    assert wire.read_json(records[3][1]) == {"problem": None, "decoded": 100}


def test_frames_are_sent_while_decoding_goes_on(clips: dict[str, Path], limits: DecoderLimits) -> None:
    records = list(wire.read_records(run_child(clips["known"], limits, frames_per_second=0.0).stdout))
    assert [kind for kind, _ in records].count(wire.FRAMES) > 2


def test_two_runs_answer_the_same_bytes(clips: dict[str, Path], limits: DecoderLimits) -> None:
    assert run_child(clips["disguised"], limits).stdout == run_child(clips["disguised"], limits).stdout


def test_bad_arguments_end_it_before_the_file_is_read(clips: dict[str, Path], limits: DecoderLimits) -> None:
    with clips["known"].open("rb") as file:
        result = subprocess.run([*CHILD_COMMAND, "{}"], stdin=file, capture_output=True, timeout=60, check=False)
    assert result.returncode != 0
    assert result.stdout == b""


@pytest.mark.parametrize("layout", ["rgba", "bgr24"])
def test_pixels_are_converted_inside_the_sandbox(tmp_path: Path, limits: DecoderLimits, layout: str) -> None:
    """Conversion must start no thread: the sandbox lets none be started."""
    codec, name = {"rgba": ("png", "a.png"), "bgr24": ("bmp", "a.bmp")}[layout]
    with av.open(str(tmp_path / name), "w", format="image2") as container:
        stream = container.add_stream(codec, rate=1)
        stream.width, stream.height, stream.pix_fmt = 640, 480, layout
        picture = av.VideoFrame.from_ndarray(draw_picture(1, size=(640, 480)), format="rgb24")
        container.mux(stream.encode(picture.reformat(format=layout)))
        container.mux(stream.encode(None))
    records = dict(wire.read_records(run_child(tmp_path / name, limits).stdout))
    assert wire.read_json(records[wire.END]) == {"problem": None, "decoded": 1}
    assert unpack_frames(records[wire.FRAMES]).pdq[0].tobytes() == hash_rgb(draw_picture(1, size=(640, 480))).pdq

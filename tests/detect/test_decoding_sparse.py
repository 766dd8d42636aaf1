"""A look at chosen frames: the same hashes as decoding all gives, fewer frames decoded, and no damage overlooked."""

import io
import struct
from collections.abc import Callable
from typing import Any

import av
import numpy as np
import pytest

from jacana.detect.media.decoding import decode, sparse, wire
from jacana.detect.media.decoding.plan import SamplingPlan
from jacana.detect.media.hashing.frames import FrameHashes, WindowHashes, unpack_frames, unpack_windows
from jacana.simulate.clips import draw_picture

RATE, COUNT = 25, 400
SIZE = (192, 144)
ADAPTIVE, THOROUGH = SamplingPlan(), SamplingPlan("thorough")

Write = Callable[..., bytes]


@pytest.fixture(scope="module", autouse=True)
def libraries_loaded() -> None:
    decode.warm_up()


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    """16 s with hard cuts after 5 s, 9 s and 13.2 s."""
    scenes = [(11, 0), (12, 125), (13, 225), (14, 330)]
    return [
        draw_picture(next(seed for seed, start in reversed(scenes) if start <= at), size=SIZE, at_seconds=at / RATE)
        for at in range(COUNT)
    ]


@pytest.fixture(scope="module")
def write(tmp_path_factory: pytest.TempPathFactory, pictures: list[np.ndarray]) -> Write:
    """Write the pictures, or others, once for each way of encoding them."""
    made: dict[str, bytes] = {}

    def run(
        codec: str = "libx264",
        form: str = "mp4",
        name: str = "",
        others: list[np.ndarray] | None = None,
        **options: str,
    ) -> bytes:
        key = repr((codec, form, name, options))
        if key not in made:
            path = tmp_path_factory.mktemp("sparse") / f"a.{form}"
            defaults = {"preset": "veryfast", "threads": "1"} if codec == "libx264" else {}
            with av.open(str(path), "w", format=form) as container:
                stream = container.add_stream(codec, rate=RATE, options=defaults | options)
                stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
                for number, picture in enumerate(others or pictures):
                    frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
                    frame.pts = number
                    container.mux(stream.encode(frame))
                container.mux(stream.encode(None))
            made[key] = path.read_bytes()
        return made[key]

    return run


def look(data: bytes, plan: SamplingPlan = ADAPTIVE) -> tuple[FrameHashes, WindowHashes, dict[str, object]]:
    sent: list[bytes] = []
    decode.decode_file(io.BytesIO(data), len(data), decode.Sampling(plan, 10_000_000, 100_000), sent.append)
    frames, windows, end = b"", b"", {}
    for kind, payload in wire.read_records(b"".join(sent)):
        if kind == wire.FRAMES:
            frames += payload
        elif kind == wire.WINDOWS:
            windows += payload
        elif kind == wire.END:
            end = wire.read_json(payload)
    return unpack_frames(frames), unpack_windows(windows), end


def assert_part_of(frames: FrameHashes, whole: FrameHashes) -> None:
    known = {(seconds, pdq.tobytes()) for seconds, pdq in zip(whole.seconds, whole.pdq, strict=True)}
    assert {(seconds, pdq.tobytes()) for seconds, pdq in zip(frames.seconds, frames.pdq, strict=True)} <= known


KEYED = {"g": "100", "keyint_min": "100", "sc_threshold": "0"}


def test_only_key_frames_are_decoded_and_hashed_as_ever(write: Write, pictures: list[np.ndarray]) -> None:
    steady = [draw_picture(11, size=SIZE, at_seconds=at / RATE) for at in range(COUNT)]
    data = write(name="steady", others=steady, **KEYED)
    frames, _, end = look(data)
    whole, _, _ = look(data, THOROUGH)
    assert frames.seconds == pytest.approx([0, 4, 8, 12])
    assert end == {"problem": None, "decoded": 4}
    assert len(whole) == COUNT
    assert_part_of(frames, whole)


FIXED = {"g": "250", "keyint_min": "250", "sc_threshold": "0"}


@pytest.mark.parametrize(
    ("codec", "form", "options"),
    [
        ("libx264", "mp4", FIXED | {"bf": "3"}),
        ("libx264", "mp4", FIXED | {"bf": "0"}),
        ("libx264", "matroska", FIXED),
        ("libx264", "mpegts", FIXED),
        ("libx265", "mp4", {"preset": "ultrafast", "x265-params": "scenecut=0:keyint=250:log-level=none:pools=none"}),
    ],
)
def test_most_changes_of_scene_without_a_key_frame_are_found(
    write: Write, codec: str, form: str, options: dict[str, str]
) -> None:
    data = write(codec, form, **options)
    frames, _, end = look(data)
    whole, _, _ = look(data, THOROUGH)
    assert end["problem"] is None
    assert len(frames) < 20
    assert_part_of(frames, whole)
    scenes = ((5, 9), (9, 13.2), (13.2, 16))
    seen = [((frames.seconds >= start - 1e-6) & (frames.seconds < stop)).any() for start, stop in scenes]
    assert sum(seen) >= 2, frames.seconds


@pytest.mark.parametrize(
    ("codec", "form"),
    [("libx264", "mp4"), ("libx264", "mpegts"), ("libx265", "mp4"), ("mpeg4", "mp4"), ("libvpx-vp9", "webm")],
)
def test_a_second_look_hashes_every_frame_of_its_spans_and_no_other(write: Write, codec: str, form: str) -> None:
    options = {"libx265": {"preset": "ultrafast", "x265-params": "log-level=none:pools=none"}}.get(codec, {})
    options = {"cpu-used": "8", "deadline": "realtime"} if codec == "libvpx-vp9" else options
    data = write(codec, form, **options)
    spans = ((4.5, 5.3), (12.0, 12.2), (15.8, 99.0))
    frames, _, end = look(data, SamplingPlan(spans=spans))
    whole, _, _ = look(data, THOROUGH)
    inside = np.zeros(len(whole), np.bool_)
    for start, stop in spans:
        inside |= (whole.seconds >= start) & (whole.seconds <= stop)
    assert end["problem"] is None
    assert end["decoded"] < COUNT
    assert (np.sort(frames.seconds) == whole.seconds[inside]).all()
    assert_part_of(frames, whole)


@pytest.mark.parametrize("options", [{}, {"bf": "0"}])
def test_where_packets_say_no_time_all_is_decoded(write: Write, options: dict[str, str]) -> None:
    frames, _, end = look(write("libx264", "h264", **options))
    assert end == {"problem": None, "decoded": COUNT}
    assert len(frames) >= 250


def test_of_a_file_of_key_frames_alone_four_a_second_are_decoded(write: Write) -> None:
    data = write("mpeg4", "avi", g="1")
    frames, _, end = look(data)
    assert end == {"problem": None, "decoded": 64}
    assert_part_of(frames, look(data, THOROUGH)[0])


def test_a_short_file_is_decoded_whole(write: Write, pictures: list[np.ndarray]) -> None:
    frames, _, end = look(write(name="short", others=pictures[:200]))
    assert (len(frames), end["decoded"]) == (200, 200)


def test_a_frame_faded_in_from_black_is_asked_for_again(write: Write, pictures: list[np.ndarray]) -> None:
    faded = [(picture * min(1.0, at / 20)).astype(np.uint8) for at, picture in enumerate(pictures)]
    frames, _, _ = look(write(name="faded", others=faded))
    assert frames.quality[frames.seconds == 0].tolist() == [0]
    assert {1.0, 3.0} <= set(frames.seconds.tolist())
    assert frames.quality[frames.seconds == 1.0] > 80


def test_key_frames_that_are_none_are_not_believed(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """FFmpeg reads H.264's own slices and not only the container; where it does not, a file may name any packet."""
    data = write(**FIXED)
    list_packets = sparse._list_packets

    def lie(container: Any, streams: list[Any]) -> Any:
        listed = list_packets(container, streams)
        assert listed is not None
        at = streams[0].index
        assert listed[at].flags[200] & 1 == 0
        listed[at].flags[200] |= 1
        return listed

    monkeypatch.setattr(sparse, "_list_packets", lie)
    frames, _, end = look(data)
    assert end == {"problem": None, "decoded": COUNT}
    whole, _, _ = look(data, THOROUGH)
    assert_part_of(frames, whole)
    assert len(frames) == len(np.unique(frames.seconds))


@pytest.mark.parametrize("form", ["mp4", "matroska", "mpegts"])
@pytest.mark.parametrize("damage", ["cut", "zeros", "noise"])
def test_damage_is_stated_as_when_all_is_decoded(write: Write, form: str, damage: str) -> None:
    data = bytearray(write(form=form))
    start, end = len(data) * 4 // 10, len(data) * 9 // 10
    if damage == "cut":
        del data[start:]
    elif damage == "zeros":
        data[start:end] = bytes(end - start)
    else:
        data[start:end] = np.random.default_rng(0).integers(0, 256, end - start, np.uint8).tobytes()
    _, _, found = look(bytes(data))
    _, _, whole = look(bytes(data), THOROUGH)
    assert found["problem"] == whole["problem"]
    if form == "mp4":
        assert found["problem"] is not None


def test_a_stream_that_ends_before_its_stated_length_is_cut(write: Write) -> None:
    """The header claims a second half that is not there."""
    data = write("mpeg4", "avi", g="100")
    at = data.index(b"strh") + 8 + 32
    assert struct.unpack("<I", data[at : at + 4]) == (COUNT,)
    assert look(data)[2]["problem"] is None
    frames, _, end = look(data[:at] + struct.pack("<I", 2 * COUNT) + data[at + 4 :])
    assert end["problem"] == "truncated"
    assert len(frames) > 0


def test_damage_is_seen_in_packets_that_are_not_decoded(write: Write) -> None:
    """A third of the pictures overwritten, and no key frame among them."""
    data = bytearray(write(**KEYED))
    with av.open(io.BytesIO(bytes(data))) as container:
        places = [(packet.pos, packet.size, packet.is_keyframe) for packet in container.demux(video=0) if packet.size]
    for at, size, key in places:
        if not key and len(data) * 2 // 10 < at < len(data) * 8 // 10:
            data[at : at + size] = bytes(size)
    assert look(bytes(data))[2]["problem"] == look(bytes(data), THOROUGH)[2]["problem"] == "corrupt"


def test_windows_are_made_of_what_a_first_look_hashes(write: Write) -> None:
    frames, windows, _ = look(write(), SamplingPlan(windows="upload"))
    assert set(windows.seconds.tolist()) <= set(frames.seconds.tolist())
    assert len(np.unique(windows.seconds)) >= 3
    assert set(windows.orientation.tolist()) > {0}
    assert len(look(write(), SamplingPlan("thorough", windows="entry"))[1]) > 0

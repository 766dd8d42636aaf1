"""Decoding in this process: turns, pixel formats, ranges, times, sampling and what is stated of bad files."""

import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from jacana.detect.media.decoding import decode, wire
from jacana.detect.media.decoding.plan import SamplingPlan
from jacana.detect.media.hashing.frames import FrameHashes, unpack_frames
from jacana.detect.media.hashing.pdq import hash_luma, hash_rgb
from jacana.simulate.clips import draw_picture

COLORSPACES = {"bt709": 1, "bt601": 6, "bt2020": 9}
LUMA_WEIGHTS = {"bt709": (0.2126, 0.7152, 0.0722), "bt601": (0.299, 0.587, 0.114), "bt2020": (0.2627, 0.678, 0.0593)}

SAMPLING = decode.Sampling(SamplingPlan("thorough"), 10_000_000, 1000)


def distance(left: bytes, right: bytes) -> int:
    return (int.from_bytes(left) ^ int.from_bytes(right)).bit_count()


def decode_bytes(
    data: bytes, sampling: decode.Sampling = SAMPLING
) -> tuple[dict[str, Any], FrameHashes, dict[str, Any]]:
    sent: list[bytes] = []
    decode.decode_file(io.BytesIO(data), len(data), sampling, sent.append)
    header, frames, end = {}, b"", {}
    for kind, payload in wire.read_records(b"".join(sent)):
        if kind == wire.FRAMES:
            frames += payload
        elif kind == wire.HEADER:
            header = wire.read_json(payload)
        else:
            end = wire.read_json(payload)
    return header, unpack_frames(frames), end


def write_clip(
    path: Path,
    *,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    form: str = "mp4",
    count: int = 12,
    options: dict[str, str] | None = None,
    pts: Callable[[int], int] = lambda number: number,
    size: tuple[int, int] = (320, 240),
    color_range: int = 1,
    colorspace: int = 2,
) -> bytes:
    with av.open(str(path), "w", format=form) as container:
        stream = container.add_stream(codec, rate=10, options=options or {})
        stream.width, stream.height, stream.pix_fmt = *size, pixels
        stream.codec_context.color_range, stream.codec_context.colorspace = color_range, colorspace
        for number in range(count):
            picture = av.VideoFrame.from_ndarray(draw_picture(4, size=size, at_seconds=number / 10), format="rgb24")
            matrix = {} if colorspace == 2 else {"dst_colorspace": colorspace}
            frame = picture.reformat(format=pixels, dst_color_range=color_range, **matrix)
            frame.color_range = color_range
            frame.colorspace = colorspace
            frame.pts = pts(number)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path.read_bytes()


@pytest.fixture(scope="module", autouse=True)
def libraries_loaded() -> None:
    decode.warm_up()


def turned(data: bytes, a: int, b: int, c: int, d: int) -> bytes:
    """Set the matrix of the first track header: (x, y) is shown at (a x + c y, b x + d y)."""
    at = data.index(b"tkhd") + 4 + 40
    one = 1 << 16
    return data[:at] + struct.pack(">9i", a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30) + data[at + 36 :]


@pytest.mark.parametrize(
    ("matrix", "shown"),
    [
        ((1, 0, 0, 1), lambda p: p),
        ((0, 1, -1, 0), lambda p: np.rot90(p, -1)),
        ((-1, 0, 0, -1), lambda p: np.rot90(p, 2)),
        ((0, -1, 1, 0), lambda p: np.rot90(p, 1)),
        ((-1, 0, 0, 1), lambda p: p[:, ::-1]),
        ((1, 0, 0, -1), lambda p: p[::-1]),
        ((0, 1, 1, 0), lambda p: p.swapaxes(0, 1)),
        ((0, -1, -1, 0), lambda p: np.rot90(p, 2).swapaxes(0, 1)),
    ],
)
def test_frames_are_hashed_as_they_are_shown(tmp_path: Path, matrix: tuple[int, ...], shown: Callable) -> None:
    header, frames, end = decode_bytes(turned(write_clip(tmp_path / "a.mp4", count=3), *matrix))
    picture = shown(draw_picture(4, size=(320, 240)))
    assert end == {"problem": None, "decoded": 3}
    assert (header["width"], header["height"]) == (picture.shape[1], picture.shape[0])
    assert distance(frames.pdq[0].tobytes(), hash_rgb(np.ascontiguousarray(picture)).pdq) <= 16


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_cameras_jpeg_is_hashed_as_it_is_shown(tmp_path: Path, orientation: int) -> None:
    """EXIF orientation, in the eight values of the EXIF specification (tag 0x0112)."""
    upright = draw_picture(6, size=(320, 240))
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: np.rot90(upright, 2),
        4: upright[::-1],
        5: upright.swapaxes(0, 1),
        6: np.rot90(upright, 1),
        7: np.rot90(upright, 2).swapaxes(0, 1),
        8: np.rot90(upright, -1),
    }[orientation]
    path = tmp_path / "a.jpg"
    with av.open(str(path), "w", format="image2") as container:
        stream = container.add_stream("mjpeg", rate=1, options={"qmin": "2", "qmax": "2"})
        stream.height, stream.width = stored.shape[:2]
        stream.pix_fmt = "yuvj444p"
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(stored), format="rgb24").reformat(format="yuvj444p")
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    tiff = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    exif = b"Exif\0\0" + tiff
    plain = path.read_bytes()
    data = plain[:2] + struct.pack(">BBH", 0xFF, 0xE1, len(exif) + 2) + exif + plain[2:]
    header, frames, end = decode_bytes(data)
    assert end["problem"] is None
    assert (header["width"], header["height"]) == (320, 240)
    assert distance(frames.pdq[0].tobytes(), hash_rgb(upright).pdq) <= 10


@pytest.mark.parametrize(
    ("codec", "pixels", "form", "color_range"),
    [
        ("libx264", "yuv420p", "mp4", 1),
        ("libx264", "yuvj420p", "mp4", 2),
        ("libx264", "yuv420p10le", "mp4", 1),
        ("libx264", "yuv444p", "matroska", 1),
        ("libx264", "nv12", "mp4", 1),
        ("libx264", "gray", "mp4", 1),
        ("mjpeg", "yuvj422p", "avi", 2),
        ("png", "rgb24", "avi", 2),
        ("png", "rgba", "avi", 2),
        ("libx264rgb", "rgb24", "mp4", 2),
        ("ffv1", "yuv420p16le", "matroska", 1),
        ("rawvideo", "yuyv422", "avi", 1),
    ],
)
def test_pixel_formats(tmp_path: Path, codec: str, pixels: str, form: str, color_range: int) -> None:
    data = write_clip(tmp_path / "a", codec=codec, pixels=pixels, form=form, count=2, color_range=color_range)
    _, frames, end = decode_bytes(data)
    picture = hash_rgb(draw_picture(4, size=(320, 240)))
    assert end["problem"] is None
    assert distance(frames.pdq[0].tobytes(), picture.pdq) <= 16
    assert abs(int(frames.quality[0]) - picture.quality) <= 1


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv420p10le"])
@pytest.mark.parametrize("color_range", [1, 2])
@pytest.mark.parametrize("matrix", sorted(LUMA_WEIGHTS))
def test_ranges_depths_and_colour_matrices(tmp_path: Path, pixels: str, color_range: int, matrix: str) -> None:
    """The plane is hashed as it is, so a colour matrix with other weights than the reference's (BT.601) moves bits.

    Measured: camera pictures and clips 0 to 6, mean below 2; pictures of random saturated colours, as here, up to 24.
    """
    data = write_clip(
        tmp_path / "a.mkv",
        form="matroska",
        pixels=pixels,
        count=2,
        color_range=color_range,
        colorspace=COLORSPACES[matrix],
        options={"crf": "8"},
    )
    with av.open(io.BytesIO(data)) as container:
        frame = next(container.decode(video=0))
        assert (int(frame.color_range), int(frame.colorspace)) == (color_range, COLORSPACES[matrix])
        assert frame.format.name in {pixels, pixels.replace("yuv4", "yuvj4")}
    _, frames, end = decode_bytes(data)
    rgb = draw_picture(4, size=(320, 240))
    expected = hash_luma((rgb @ np.array(LUMA_WEIGHTS[matrix], np.float32)).astype(np.float32))
    assert end["problem"] is None
    assert distance(frames.pdq[0].tobytes(), expected.pdq) <= 4
    assert abs(int(frames.quality[0]) - expected.quality) <= 1
    assert distance(frames.pdq[0].tobytes(), hash_rgb(rgb).pdq) <= 16


@pytest.mark.parametrize(("form", "start"), [("mp4", 13), ("matroska", 13), ("matroska", -7), ("mpegts", -7)])
def test_times_count_from_the_first_frame_wherever_the_stream_starts(tmp_path: Path, form: str, start: int) -> None:
    """An MP4 keeps such a start in an edit list, others in their time stamps."""
    data = write_clip(tmp_path / "a", form=form, count=6, pts=lambda n: n + start, options={"bf": "2"})
    for plan in (SAMPLING.plan, SamplingPlan()):
        _, frames, end = decode_bytes(data, decode.Sampling(plan, 10_000_000, 1000))
        assert end["problem"] is None
        assert frames.seconds.tolist() == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4, 0.5], abs=1e-9)


def test_what_an_edit_list_leaves_out_is_not_shown_and_not_hashed(tmp_path: Path) -> None:
    """The list is made to begin at the fourth frame, in the middle of a group."""
    data = write_clip(tmp_path / "a.mp4", count=12, options={"bf": "0", "g": "100"})
    at = data.index(b"elst") + 8
    _, length, begin, _ = struct.unpack(">IIiI", data[at : at + 16])
    scale = struct.unpack(">I", data[data.index(b"mdhd") + 16 : data.index(b"mdhd") + 20])[0]
    edited = struct.pack(">IIi", 1, length * 9 // 12, begin + 3 * scale // 10)
    data = data[:at] + edited + data[at + 12 :]
    for plan in (SAMPLING.plan, SamplingPlan(), SamplingPlan(spans=((0.0, 0.5),))):
        _, frames, end = decode_bytes(data, decode.Sampling(plan, 10_000_000, 1000))
        assert end["problem"] is None
        assert len(frames) == (6 if plan.spans else 9)
        assert frames.seconds.tolist() == pytest.approx([number / 10 for number in range(len(frames))], abs=1e-9)
        assert distance(frames.pdq[0].tobytes(), hash_rgb(draw_picture(4, size=(320, 240), at_seconds=0.3)).pdq) <= 16


def test_times_are_presentation_times_at_full_precision(tmp_path: Path) -> None:
    """Uneven frames: 1/10 s steps, then a pause of 2 s; the reference would count frames instead."""
    data = write_clip(tmp_path / "a.mp4", count=6, pts=lambda n: n if n < 3 else n + 20, options={"bf": "2"})
    _, frames, _ = decode_bytes(data)
    assert frames.seconds.tolist() == pytest.approx([0.0, 0.1, 0.2, 2.3, 2.4, 2.5], abs=1e-9)


def test_sampling_takes_the_first_frame_each_step_and_key_frames(tmp_path: Path) -> None:
    data = write_clip(tmp_path / "a.mp4", count=30, options={"g": "13", "keyint_min": "13", "sc_threshold": "0"})
    _, frames, end = decode_bytes(data, decode.Sampling(SamplingPlan("rate", 2.0), 10_000_000, 1000))
    assert end["decoded"] == 30
    assert frames.seconds.tolist() == pytest.approx([0.0, 0.5, 1.0, 1.3, 1.5, 2.0, 2.5, 2.6])
    _, frames, _ = decode_bytes(data)
    assert len(frames) == 30


def test_strange_times_hide_no_frame(tmp_path: Path) -> None:
    """Frames stamped microseconds apart after one far jump: a rate of two a second alone would hash next to none."""
    data = write_clip(
        tmp_path / "a.mkv",
        form="matroska",
        count=100,
        pts=lambda n: n if n < 2 else 9000 + n // 50,
        options={"g": "500"},
    )
    _, frames, end = decode_bytes(data, decode.Sampling(SamplingPlan("rate", 2.0), 10_000_000, 1000))
    assert end["decoded"] >= 90
    assert len(frames) >= 4


def test_too_many_pixels_is_said_before_decoding(tmp_path: Path) -> None:
    data = write_clip(tmp_path / "a.mp4", count=2)
    _, frames, end = decode_bytes(data, decode.Sampling(SamplingPlan("thorough"), 320 * 240 - 1, 1000))
    assert end == {"problem": "too_large_frame", "decoded": 0}
    assert len(frames) == 0


def test_too_many_frames_keeps_the_first_ones(tmp_path: Path) -> None:
    _, frames, end = decode_bytes(
        write_clip(tmp_path / "a.mp4"), decode.Sampling(SamplingPlan("thorough"), 10_000_000, 5)
    )
    assert end["problem"] == "too_many_frames"
    assert len(frames) == 5


def test_a_tiny_video_is_read_and_carries_no_information(tmp_path: Path) -> None:
    _, frames, end = decode_bytes(write_clip(tmp_path / "a.mp4", size=(4, 4), count=3))
    assert end == {"problem": None, "decoded": 3}
    assert frames.quality.tolist() == [0, 0, 0]


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with av.open(str(path), "w", format="wav") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert decode_bytes(path.read_bytes())[2]["problem"] == "no_video_stream"


def test_a_second_video_track_is_hashed_too(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w", format="matroska") as container:
        streams = [container.add_stream("libx264", rate=10) for _ in range(2)]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for seed, stream in zip((4, 9), streams, strict=True):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(draw_picture(seed, size=(320, 240)), "rgb24")))
            container.mux(stream.encode(None))
    _, frames, end = decode_bytes(path.read_bytes())
    assert end["decoded"] == 2
    hidden = hash_rgb(draw_picture(9, size=(320, 240))).pdq
    assert min(distance(pdq.tobytes(), hidden) for pdq in frames.pdq) <= 16


@pytest.mark.parametrize(
    "data",
    [
        b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'></MPD>",
        b"hello, this is text\n" * 100,
        bytes(1000),
    ],
)
def test_playlists_and_text_are_not_media(data: bytes) -> None:
    assert decode_bytes(data)[2] == {"problem": "not_media", "decoded": 0}


def test_a_middle_overwritten_with_noise_is_never_called_whole_and_empty(tmp_path: Path) -> None:
    data = bytearray(write_clip(tmp_path / "a.mp4", form="matroska", count=20))
    noise = np.random.default_rng(0).integers(0, 256, len(data), dtype=np.uint8).tobytes()
    data[len(data) // 20 :] = noise[len(data) // 20 :]
    assert decode_bytes(bytes(data))[2]["problem"] is not None


def test_frames_before_the_cut_are_kept(clips: dict[str, Path]) -> None:
    _, frames, end = decode_bytes(clips["cut"].read_bytes())
    assert end["problem"] == "truncated"
    assert 10 < len(frames) < 100

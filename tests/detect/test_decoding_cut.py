"""A whole file is never called cut; a file cut anywhere in its last part always is."""

import io
import struct
from pathlib import Path

import av
import numpy as np
import pytest

from hostile.drawn import draw
from jacana.detect.media.decoding.cut import is_cut
from jacana.simulate.clips import draw_picture


def write_picture(folder: Path, name: str, codec: str, pixels: str) -> bytes:
    with av.open(str(folder / name), "w", format="image2") as container:
        stream = container.add_stream(codec, rate=1)
        stream.width, stream.height, stream.pix_fmt = 160, 120, pixels
        frame = av.VideoFrame.from_ndarray(draw_picture(1, size=(160, 120)), format="rgb24").reformat(format=pixels)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return (folder / name).read_bytes()


def write_video(folder: Path, name: str, form: str, codec: str) -> bytes:
    with av.open(str(folder / name), "w", format=form) as container:
        stream = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for number in range(10):
            frame = av.VideoFrame.from_ndarray(draw_picture(2, size=(160, 120), at_seconds=number), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return (folder / name).read_bytes()


def whole_files(folder: Path) -> dict[str, bytes]:
    return {
        "jpeg": write_picture(folder, "a.jpg", "mjpeg", "yuvj420p"),
        "png": write_picture(folder, "a.png", "png", "rgb24"),
        "webp": write_picture(folder, "a.webp", "libwebp", "yuv420p"),
        "mp4": write_video(folder, "a.mp4", "mp4", "libx264"),
        "matroska": write_video(folder, "a.mkv", "matroska", "libx264"),
        "avi": write_video(folder, "a.avi", "avi", "libx264"),
        "gif": draw("gif"),
        "flv": draw("flv_sorenson"),
        "ogg": draw("ogg_vp8"),
    }


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return whole_files(tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "mp4", "matroska", "avi", "gif", "flv", "ogg"])
def test_whole_and_cut(files: dict[str, bytes], name: str) -> None:
    data = files[name]
    assert not is_cut(io.BytesIO(data), len(data))
    for kept in np.linspace(len(data) * 0.5, len(data) - 2, 25).astype(int):
        assert is_cut(io.BytesIO(data[:kept]), int(kept)), kept


def test_trailing_bytes_are_not_a_cut(files: dict[str, bytes]) -> None:
    for name in ("jpeg", "png", "webp"):
        data = files[name] + b"\xff\xda trailing"
        assert not is_cut(io.BytesIO(data), len(data)), name
    data = files["mp4"] + bytes(9)
    assert not is_cut(io.BytesIO(data), len(data))


def test_other_formats_and_open_lengths_are_never_called_cut(files: dict[str, bytes]) -> None:
    for data in (b"", b"hello", b"GIF89a" + bytes(30), b"FLV\x01\1\0\0\0\x09" + bytes(30), b"OggS" + bytes(40)):
        assert not is_cut(io.BytesIO(data), len(data))
    ftyp = struct.pack(">I4s8x", 16, b"ftyp")
    open_end = ftyp + struct.pack(">I4s", 8, b"moov") + struct.pack(">I4s", 0, b"mdat") + bytes(100)
    assert not is_cut(io.BytesIO(open_end), len(open_end))


def test_an_mp4_without_its_index_is_cut() -> None:
    data = struct.pack(">I4s8x", 16, b"ftyp") + struct.pack(">I4s92x", 100, b"mdat")
    assert is_cut(io.BytesIO(data), len(data))
    large = struct.pack(">I4s8x", 16, b"ftyp") + struct.pack(">I4sQ", 1, b"mdat", 1 << 40)
    assert is_cut(io.BytesIO(large), len(large))


def test_long_palettes_and_extensions_of_a_gif() -> None:
    head = b"GIF89a\1\0\1\0\xf7\0\0" + bytes(768)
    words = b"\x21\xfe" + (b"\xff" + b"w" * 255) * 300 + b"\0"
    picture = b"\x2c" + bytes(8) + b"\x80" + bytes(6) + b"\x02\x02\x44\x01\0"
    whole = head + words + picture + b"\x3b"
    assert not is_cut(io.BytesIO(whole), len(whole))
    for kept in (len(whole) - 1, len(head) + 1000, len(head), 12, len(head) + len(words)):
        assert is_cut(io.BytesIO(whole[:kept]), kept), kept

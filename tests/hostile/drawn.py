"""Small innocent files of every accepted kind, drawn by code: what mutations start from, and what is built on."""

import os
import struct
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import av

from jacana.simulate.clips import draw_picture

os.environ.setdefault("SVT_LOG", "1")  # the AV1 encoder talks otherwise

SIZE = (96, 64)


def encode(
    form: str,
    codec: str,
    layout: str,
    *,
    frames: int = 8,
    rate: int = 5,
    size: tuple[int, int] = SIZE,
    options: dict[str, str] | None = None,
    muxing: dict[str, str] | None = None,
) -> bytes:
    """Return a drawn clip of so many frames in a container."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "drawn"
        still = {"update": "1"} if form == "image2" else {}
        with av.open(str(path), "w", format=form, options=still | (muxing or {})) as container:
            stream = container.add_stream(codec, rate=rate, options={"threads": "1", **(options or {})})
            stream.width, stream.height, stream.pix_fmt = *size, layout
            for number in range(frames):
                picture = draw_picture(7, size=size, at_seconds=number / rate)
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=layout)
                frame.pts = number
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path.read_bytes()


def draw_heic(tiles: int = 1) -> bytes:
    """Return a HEIC picture: one HEVC item, or a grid of so many (as telephones write them)."""
    parts = [encode("mp4", "libx265", "yuv420p", frames=1, options={"x265-params": "pools=1:log-level=0"})] * tiles
    setup, sample = find_box(parts[0], b"hvcC"), find_box(parts[0], b"mdat")
    width, height = SIZE
    shown = (width * tiles, height)
    ids = list(range(1, tiles + 1))
    grid = tiles + 1
    head = box(b"ftyp", b"heic\0\0\0\0mif1heic")
    infos = [full_box(b"infe", 2, struct.pack(">HH4sx", item, 0, b"hvc1")) for item in ids]
    links = b""
    if tiles > 1:
        infos.append(full_box(b"infe", 2, struct.pack(">HH4sx", grid, 0, b"grid")))
        reference = box(b"dimg", struct.pack(">HH", grid, tiles) + struct.pack(f">{tiles}H", *ids))
        links = full_box(b"iref", 0, reference)
    properties = box(b"ipco", box(b"hvcC", setup) + full_box(b"ispe", 0, struct.pack(">II", width, height))
                     + full_box(b"ispe", 0, struct.pack(">II", *shown)))  # fmt: skip
    associations = [struct.pack(">HBBB", item, 2, 0x81, 2) for item in ids]
    if tiles > 1:
        associations.append(struct.pack(">HBB", grid, 1, 3))
    mapping = full_box(b"ipma", 0, struct.pack(">I", len(associations)) + b"".join(associations))
    grid_data = struct.pack(">BBBBHH", 0, 0, 0, tiles - 1, *shown)

    def write_meta(start: int) -> bytes:
        places = [(item, start + len(sample) * (item - 1), len(sample)) for item in ids]
        if tiles > 1:
            places.append((grid, start + len(sample) * tiles, len(grid_data)))
        extents = b"".join(struct.pack(">HHHII", item, 0, 1, at, length) for item, at, length in places)
        return full_box(
            b"meta",
            0,
            full_box(b"hdlr", 0, struct.pack(">I4s12xx", 0, b"pict"))
            + full_box(b"pitm", 0, struct.pack(">H", grid if tiles > 1 else 1))
            + full_box(b"iloc", 0, struct.pack(">BBH", 0x44, 0, len(places)) + extents)
            + full_box(b"iinf", 0, struct.pack(">H", len(infos)) + b"".join(infos))
            + links
            + box(b"iprp", properties + mapping),
        )

    meta = write_meta(0)
    meta = write_meta(len(head) + len(meta) + 8)
    return head + meta + box(b"mdat", sample * tiles + (grid_data if tiles > 1 else b""))


def box(kind: bytes, content: bytes) -> bytes:
    """Return an ISO base media box."""
    return struct.pack(">I4s", len(content) + 8, kind) + content


def full_box(kind: bytes, version: int, content: bytes) -> bytes:
    """Return a box with version and no flags."""
    return box(kind, struct.pack(">I", version << 24) + content)


def find_box(data: bytes, kind: bytes) -> bytes:
    """Return the content of the first box of this kind, however deep."""
    at = data.index(kind)
    (length,) = struct.unpack_from(">I", data, at - 4)
    return data[at + 4 : at - 4 + length]


SEEDS: dict[str, Callable[[], bytes]] = {
    "mp4_h264": lambda: encode("mp4", "libx264", "yuv420p"),
    "mp4_fragmented": lambda: encode("mp4", "libx264", "yuv420p", muxing={"movflags": "frag_keyframe+empty_moov"}),
    "mp4_hevc": lambda: encode("mp4", "libx265", "yuv420p", options={"x265-params": "pools=1:log-level=0"}),
    "mp4_av1": lambda: encode("mp4", "libsvtav1", "yuv420p", frames=3, options={"preset": "12"}),
    "mov_prores": lambda: encode("mov", "prores", "yuv422p10le", frames=3),
    "webm_vp9": lambda: encode("webm", "libvpx-vp9", "yuv420p", options={"deadline": "realtime"}),
    "webm_vp8": lambda: encode("webm", "libvpx", "yuv420p", options={"deadline": "realtime"}),
    "mkv_h264": lambda: encode("matroska", "libx264", "yuv420p"),
    "mkv_ffv1": lambda: encode("matroska", "ffv1", "yuv420p", frames=3),
    "avi_mjpeg": lambda: encode("avi", "mjpeg", "yuvj420p", frames=4),
    "avi_mpeg4": lambda: encode("avi", "mpeg4", "yuv420p"),
    "mpegts_mpeg2": lambda: encode("mpegts", "mpeg2video", "yuv420p", rate=25),
    "mpegps_mpeg2": lambda: encode("mpeg", "mpeg2video", "yuv420p", rate=25),
    "flv_sorenson": lambda: encode("flv", "flv", "yuv420p"),
    "ogg_vp8": lambda: encode("ogg", "libvpx", "yuv420p", options={"deadline": "realtime"}),
    "asf_wmv2": lambda: encode("asf", "wmv2", "yuv420p"),
    "raw_h264": lambda: encode("h264", "libx264", "yuv420p"),
    "gif": lambda: encode("gif", "gif", "rgb8"),
    "apng": lambda: encode("apng", "apng", "rgb24", frames=3),
    "webp_moving": lambda: encode("webp", "libwebp_anim", "yuv420p", frames=3),
    "png": lambda: encode("image2", "png", "rgb24", frames=1),
    "jpeg": lambda: encode("image2", "mjpeg", "yuvj420p", frames=1),
    "webp": lambda: encode("image2", "libwebp", "yuv420p", frames=1),
    "tiff": lambda: encode("image2", "tiff", "rgb24", frames=1),
    "bmp": lambda: encode("image2", "bmp", "bgr24", frames=1),
    "avif": lambda: encode("avif", "libsvtav1", "yuv420p", frames=1, options={"preset": "12"}),
    "heic": draw_heic,
    "jpeg2000": lambda: encode("image2", "jpeg2000", "rgb24", frames=1),
}  # fmt: skip
"""By name: how the file is drawn."""


@cache
def draw(name: str) -> bytes:
    """Return the seed of this name."""
    return SEEDS[name]()

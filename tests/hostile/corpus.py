"""Hostile files, drawn by code: each tries one thing against whoever reads it. None holds anything but shapes.

`list_hostile` gives name, bytes, and whether it has to be held; `make_corpus` writes them into a folder.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hostile import pointers
from hostile.built import (
    drawn_moov,
    edit,
    element,
    gif,
    matroska,
    mp4_with_moov,
    number,
    pack_zeros,
    png_chunk,
    png_header,
    riff,
    track,
)
from hostile.drawn import SEEDS, box, draw, encode, full_box

MANY = 5000
"""Streams, boxes and the like of files that have too many."""

ENDS_ANYWHERE = ("mp4_fragmented", "mpegts_mpeg2", "mpegps_mpeg2", "asf_wmv2", "raw_h264", "webp_moving")
"""Kinds that may end anywhere; the structure of all others tells when the end is missing."""


@dataclass(frozen=True, slots=True)
class HostileFile:
    """One file of the corpus. `held`: must become unreadable with a problem; else it may also be read."""

    name: str
    data: bytes
    held: bool = True


def list_hostile(canary: Path, port: int) -> Iterator[HostileFile]:
    """Yield the corpus; files that point elsewhere point at `canary` and at this port of the loopback address."""
    yield from list_cut()
    yield from list_corrupt()
    yield from list_enormous()
    yield from list_endless()
    yield from list_bombs()
    yield from list_crowded()
    yield from list_disguised()
    for name, data, held in pointers.list_pointers(canary, port):
        yield HostileFile(name, data, held)


def make_corpus(folder: Path, canary: Path, port: int) -> list[Path]:
    """Write the corpus into a folder and return the paths."""
    paths = []
    for hostile in list_hostile(canary, port):
        paths.append(folder / hostile.name)
        paths[-1].write_bytes(hostile.data)
    return paths


def list_cut() -> Iterator[HostileFile]:
    """Yield every kind, cut at several points."""
    for name in SEEDS:
        data = draw(name)
        for share in (0.02, 0.25, 0.5, 0.75, 0.95):
            yield HostileFile(f"cut_{name}_{share}", data[: int(len(data) * share)], held=name not in ENDS_ANYWHERE)
    yield HostileFile("empty.mp4", b"")


def list_corrupt() -> Iterator[HostileFile]:
    """Yield every kind with its content, all but the first tenth and the index, overwritten."""
    for name in SEEDS:
        data = bytearray(draw(name))
        start, end = len(data) // 10, len(data) * 9 // 10
        for at in range(start, end):
            data[at] = (at * 2654435761 >> 7) & 0xFF
        yield HostileFile(f"corrupt_{name}", bytes(data), held=False)
    yield HostileFile("zeroed.mp4", b"\0\0\0\x20ftypisom" + bytes(60_000))
    yield HostileFile("noise.mp4", bytes((at * 2654435761 >> 9) & 0xFF for at in range(50_000)))


def list_enormous() -> Iterator[HostileFile]:
    """Yield headers that claim enormous pictures."""
    for side in (65_535, 2**31 - 1, 2**32 - 1):
        yield HostileFile(f"enormous_{side}.png", png_header(side, side) + _png_end(pack_zeros(1 << 20)))
    yield HostileFile("enormous.gif", gif(65_535, 65_535, 1))
    yield HostileFile("enormous_frame.gif", gif(65_535, 65_535, 2, (2000, 2000)))
    jpeg = draw("jpeg")
    yield HostileFile("enormous.jpg", edit(jpeg, b"\xff\xc0", 3, struct.pack(">HH", 65_535, 65_535)))
    yield HostileFile("enormous.webp", riff(b"WEBP", (b"VP8X", bytes(4) + b"\xff" * 6), *_webp_chunks()))
    yield HostileFile("enormous_vp8.webp", edit(draw("webp"), b"\x9d\x01\x2a", 0, b"\xff\x3f\xff\x3f"))
    tiff = draw("tiff")
    for tag in (256, 257):
        tiff = _edit_tiff(tiff, tag, 65_535)
    yield HostileFile("enormous.tiff", tiff)
    bmp = draw("bmp")
    yield HostileFile("enormous.bmp", bmp[:18] + struct.pack("<ii", 2**31 - 1, 65_535) + bmp[26:])
    for name in ("avif", "heic"):
        wide = edit(draw(name), b"ispe", 4, struct.pack(">II", 65_535, 65_535))
        yield HostileFile(f"enormous.{name}", wide, held=False)  # the picture inside says what it is
    mp4 = draw("mp4_h264")
    for kind in (b"avc1", b"tkhd"):
        offset = 24 if kind == b"avc1" else 76
        size = struct.pack(">HH", 65_535, 65_535) if kind == b"avc1" else struct.pack(">II", 65_535 << 16, 65_535 << 16)
        # The pictures inside say what they are.
        yield HostileFile(f"enormous_{kind.decode()}.mp4", edit(mp4, kind, offset, size), held=False)
    yield HostileFile("enormous.mkv", matroska(track(1, codec=b"V_UNCOMPRESSED", size=(65_535, 65_535)), [bytes(999)]))
    yield HostileFile("enormous_jpeg.mkv", matroska(track(1), [_enormous_jpeg()] * 3))
    avi = draw("avi_mpeg4")
    yield HostileFile("enormous.avi", edit(avi, b"strf", 8, struct.pack("<II", 65_535, 65_535)), held=False)
    jp2 = edit(draw("jpeg2000"), b"\xff\x51", 4, struct.pack(">II", 2**31 - 1, 2**31 - 1))
    yield HostileFile("enormous.jp2", edit(jp2, b"ihdr", 0, struct.pack(">II", 2**31 - 1, 2**31 - 1)))


def list_endless() -> Iterator[HostileFile]:
    """Yield files without end: times of centuries, frames by the hundred thousand, the same again and again."""
    mp4 = edit(draw("mp4_h264").replace(b"elst", b"skip"), b"stts", 12, struct.pack(">I", 0x7FFFFFFF))
    yield HostileFile("centuries.mp4", edit(mp4, b"mdhd", 12, struct.pack(">I", 1)))
    yield HostileFile("days.mp4", mp4)
    yield HostileFile("stated.mp4", edit(draw("mp4_h264"), b"mdhd", 16, struct.pack(">I", 0xFFFFFFF0)), held=False)
    jpeg = draw("jpeg")
    yield HostileFile("centuries.mkv", matroska(track(1), [jpeg] * 3, scale=10**18, step=3))
    yield HostileFile("centuries.avi", edit(draw("avi_mpeg4"), b"vids", 16, struct.pack("<II", 2**31 - 1, 1)))
    yield HostileFile("frames.gif", gif(16, 16, 30_000))
    yield HostileFile("frames.mjpeg", _tiny_jpeg() * 8000, held=False)
    yield HostileFile("loop.ts", draw("mpegts_mpeg2") * 60, held=False)
    yield HostileFile("loop.m4v", draw("raw_h264") * 60, held=False)
    yield HostileFile("empty_frames.mkv", matroska(track(1), [b""] * 20_000))
    yield HostileFile("boxes.mp4", draw("mp4_h264") + box(b"free", b"") * 120_000, held=False)


def list_bombs() -> Iterator[HostileFile]:
    """Yield small files that unpack to enormous ones."""
    yield HostileFile("bomb.png", png_header(40_000, 40_000) + _png_end(pack_zeros(1 << 28)))
    yield HostileFile("bomb_large_enough.png", png_header(8000, 8000, 6) + _png_end(pack_zeros(1 << 28)), held=False)
    profile = png_chunk(b"iCCP", b"x\0\0" + pack_zeros(1 << 27))
    yield HostileFile("bomb_profile.png", png_header(8, 8) + profile + _png_end(zlib.compress(bytes(72))), held=False)
    text = png_chunk(b"zTXt", b"x\0\0" + pack_zeros(1 << 27))
    yield HostileFile("bomb_text.png", png_header(8, 8) + text + _png_end(zlib.compress(bytes(72))), held=False)
    yield HostileFile("bomb.apng", _apng_bomb(6000, 400))
    yield HostileFile("bomb.gif", gif(6000, 6000, 400, (3000, 3000)))
    squeezed = element(
        0x6D80, element(0x6240, number(0x5031, 0) + number(0x5033, 0) + element(0x5034, number(0x4254, 0)))
    )
    yield HostileFile("bomb.mkv", matroska(track(1, extra=squeezed), [pack_zeros(1 << 28)] * 8))
    private = element(0x6D80, element(0x6240, number(0x5032, 2) + element(0x5034, number(0x4254, 0))))
    yield HostileFile(
        "bomb_private.mkv", matroska(track(1, extra=private + element(0x63A2, pack_zeros(1 << 28))), [draw("jpeg")]),
        held=False,
    )  # fmt: skip
    packed = pack_zeros(1 << 28)
    moov = box(b"cmov", box(b"dcom", b"zlib") + box(b"cmvd", struct.pack(">I", 2**31 - 1) + packed))
    yield HostileFile("bomb.mov", mp4_with_moov(box(b"moov", moov)))
    yield HostileFile("bomb_tiff.tiff", _deflated_tiff(30_000))
    yield HostileFile("bomb.zip", _zip(b"\0" * (1 << 24)))


def list_crowded() -> Iterator[HostileFile]:
    """Yield files of thousands of streams, boxes within boxes, and tables that claim millions of rows."""
    moov = drawn_moov()
    start = moov.index(b"trak") - 4
    (length,) = struct.unpack_from(">I", moov, start)
    trak = moov[start : start + length]
    copies = (edit(trak, b"tkhd", 12, struct.pack(">I", at)) for at in range(1, MANY + 1))
    crowded = moov[8:start] + b"".join(copies) + moov[start + length :]
    yield HostileFile("crowd.mp4", mp4_with_moov(box(b"moov", crowded)))
    yield HostileFile("ten_tracks.mp4", mp4_with_moov(box(b"moov", moov[8:start] + trak * 10 + moov[start + length :])))
    yield HostileFile("crowd.mkv", matroska(b"".join(map(track, range(1, MANY + 1))), [draw("jpeg")]))
    deep = b""
    for _ in range(3000):
        deep = box(b"moov", deep)
    late = encode(
        "mpegts",
        "mpeg2video",
        "yuv420p",
        rate=25,
        muxing={"mpegts_start_pid": "0x300", "mpegts_pmt_start_pid": "0x1100", "mpegts_service_id": "2"},
    )
    yield HostileFile("late_stream.ts", draw("mpegts_mpeg2") * 400 + late)
    yield HostileFile("deep.mp4", box(b"ftyp", b"isom\0\0\0\0") + deep)
    nested = b""
    for _ in range(3000):
        nested = element(0x3FB6, nested)  # a ChapterAtom inside a ChapterAtom
    yield HostileFile("deep.mkv", matroska(track(1), [draw("jpeg")], more=element(0x1043A770, nested)), held=False)
    for table in (b"stts", b"stsz", b"stsc", b"stco"):
        offset = 8 if table == b"stsz" else 4
        rows = edit(draw("mp4_h264"), table, offset, struct.pack(">I", 0x0FFFFFFF))
        yield HostileFile(f"rows_{table.decode()}.mp4", rows, held=table != b"stco")
    yield HostileFile("elst.mp4", _many_edits(), held=False)
    attachments = element(0x1941A469, element(0x61A7, element(0x466E, b"a.ttf") + element(0x465C, bytes(99))) * MANY)
    yield HostileFile("attachments.mkv", matroska(track(1), [draw("jpeg")], more=attachments), held=False)


def list_disguised() -> Iterator[HostileFile]:
    """Yield what is not what its name says."""
    page = b"<!DOCTYPE html><html><body><script>location='//example.org'</script></body></html>" * 20
    yield HostileFile("page.mp4", page)
    yield HostileFile(
        "picture.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
    )
    yield HostileFile("paper.mp4", b"%PDF-1.7\n" + page)
    yield HostileFile("program.mp4", b"\x7fELF\x02\x01\x01" + bytes(5000))
    yield HostileFile("script.mp4", b"#!/bin/sh\nrm -rf /\n")
    yield HostileFile("archive.mp4", _zip(b"hello"))
    yield HostileFile("sound.mp4", _wave())
    yield HostileFile("video.jpg", draw("mp4_h264"), held=False)
    yield HostileFile("picture.mp4", draw("jpeg"), held=False)
    yield HostileFile("clip.txt", draw("webm_vp9"), held=False)
    yield HostileFile("both.jpg", draw("jpeg") + _zip(b"hidden") + page, held=False)
    yield HostileFile("page_first.mp4", page + draw("mp4_h264"))


def _png_end(pixels: bytes) -> bytes:
    return png_chunk(b"IDAT", pixels) + png_chunk(b"IEND", b"")


def _webp_chunks() -> list[tuple[bytes, bytes]]:
    data = draw("webp")
    return [(data[12:16], data[20:])]


def _edit_tiff(data: bytes, tag: int, value: int) -> bytes:
    (at,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, at)
    for row in range(count):
        start = at + 2 + row * 12
        if struct.unpack_from("<H", data, start)[0] == tag:
            return data[: start + 2] + struct.pack("<HII", 4, 1, value) + data[start + 12 :]
    raise ValueError(f"no tag {tag}")


def _deflated_tiff(side: int) -> bytes:
    packed = pack_zeros(1 << 28)
    rows = {256: side, 257: side, 258: 8, 259: 8, 262: 1, 273: 200, 277: 1, 278: side, 279: len(packed)}
    table = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in rows.items())
    return (b"II*\0" + struct.pack("<IH", 8, len(rows)) + table + bytes(4)).ljust(200, b"\0") + packed


def _enormous_jpeg() -> bytes:
    return edit(draw("jpeg"), b"\xff\xc0", 3, struct.pack(">HH", 65_535, 65_535))


def _tiny_jpeg() -> bytes:
    return encode("image2", "mjpeg", "yuvj420p", frames=1, size=(16, 16))


def _apng_bomb(side: int, frames: int) -> bytes:
    rows = zlib.compress(bytes((side + 1) * side), 9)
    parts = [png_header(side, side), png_chunk(b"acTL", struct.pack(">II", frames, 0))]
    sequence = 0
    for at in range(frames):
        control = struct.pack(">IIIIIHHBB", sequence, side, side, 0, 0, 1, 25, 0, 0)
        parts.append(png_chunk(b"fcTL", control))
        sequence += 1
        if at == 0:
            parts.append(png_chunk(b"IDAT", rows))
        else:
            parts.append(png_chunk(b"fdAT", struct.pack(">I", sequence) + rows))
            sequence += 1
    return b"".join(parts) + png_chunk(b"IEND", b"")


def _many_edits() -> bytes:
    """Return the drawn MP4 with an edit list of 200,000 rows that all show the same second."""
    rows = struct.pack(">IiI", 1000, 0, 1 << 16) * 200_000
    edits = box(b"edts", full_box(b"elst", 0, struct.pack(">I", 200_000) + rows))
    moov = drawn_moov()
    at = moov.index(b"trak") - 4
    (length,) = struct.unpack_from(">I", moov, at)
    old = moov.index(b"edts") - 4
    (gone,) = struct.unpack_from(">I", moov, old)
    trak = moov[at + 8 : old] + edits + moov[old + gone : at + length]
    return mp4_with_moov(box(b"moov", moov[8:at] + box(b"trak", trak) + moov[at + length :]))


def _wave() -> bytes:
    form = struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)
    return riff(b"WAVE", (b"fmt ", form), (b"data", bytes(8000)))


def _zip(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("inside.mp4"), content)
    return file.getvalue()

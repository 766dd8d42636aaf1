"""Builders of the containers that hostile files abuse: PNG chunks, GIF blocks, Matroska elements, RIFF, MP4 edits."""

import struct
import zlib
from collections.abc import Iterable
from functools import lru_cache

from hostile.drawn import box, draw, find_box

PNG_HEAD = b"\x89PNG\r\n\x1a\n"


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """Return a PNG chunk with its checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_header(width: int, height: int, colour: int = 0) -> bytes:
    """Return the signature and IHDR of 8 bits a sample."""
    return PNG_HEAD + png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0))


@lru_cache(maxsize=4)
def pack_zeros(count: int) -> bytes:
    """Return so many zero bytes, deflated about a thousandfold."""
    packed = zlib.compressobj(9)
    block = bytes(1 << 20)
    parts = [packed.compress(block) for _ in range(count >> 20)] + [packed.compress(bytes(count & 0xFFFFF))]
    return b"".join(parts) + packed.flush()


def gif(width: int, height: int, frames: int, frame_size: tuple[int, int] = (1, 1)) -> bytes:
    """Return a GIF of so many frames; a frame over 1 x 1 pixels is one long LZW run of one colour."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    control = b"\x21\xf9\x04\0\0\0\0\0"
    picture = b"\x2c" + struct.pack("<HHHHB", 0, 0, *frame_size, 0) + b"\x02" + _lzw(frame_size[0] * frame_size[1])
    return head + (control + picture) * frames + b"\x3b"


def _lzw(pixels: int) -> bytes:
    """Return LZW data of so many pixels of one colour: each code is one pixel longer than the one before."""
    codes, width, following, run, left = [(4, 3)], 3, 6, 1, pixels
    while left > 0:
        if run == 1:
            codes.append((0, width))
        else:
            codes.append((following - 1 if run > 1 else 0, width))
        left -= run
        run += 1
        if following == 1 << width and width < 12:
            width += 1
        following += 1
        if following >= 4096 and left > 0:
            codes.append((4, width))
            width, following, run = 3, 6, 1
    codes.append((5, width))
    bits = sum(size for _, size in codes)
    number, at = 0, 0
    for code, size in codes:
        number |= code << at
        at += size
    data = number.to_bytes((bits + 7) // 8, "little")
    blocks = [data[start : start + 255] for start in range(0, len(data), 255)]
    return b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def element(kind: int, content: bytes) -> bytes:
    """Return a Matroska element, its length in eight bytes."""
    name = kind.to_bytes((kind.bit_length() + 7) // 8)
    return name + (1 << 56 | len(content)).to_bytes(8) + content


def number(kind: int, value: int) -> bytes:
    """Return a Matroska element that holds an unsigned number."""
    return element(kind, value.to_bytes(max(1, (value.bit_length() + 7) // 8)))


def track(at: int, *, codec: bytes = b"V_MJPEG", extra: bytes = b"", size: tuple[int, int] = (96, 64)) -> bytes:
    """Return a Matroska video track."""
    video = element(0xE0, number(0xB0, size[0]) + number(0xBA, size[1]))
    return element(0xAE, number(0xD7, at) + number(0x73C5, at) + number(0x83, 1) + element(0x86, codec) + video + extra)


def matroska(
    tracks: bytes, blocks: Iterable[bytes], *, scale: int = 1_000_000, step: int = 1, more: bytes = b""
) -> bytes:
    """Return a Matroska file with one cluster a block of track 1; `more` stands before the clusters."""
    head = element(0x1A45DFA3, number(0x4286, 1) + element(0x4282, b"matroska") + number(0x4287, 4) + number(0x4285, 2))
    clusters = b"".join(
        element(0x1F43B675, number(0xE7, at * step) + element(0xA3, b"\x81\0\0\x80" + block))
        for at, block in enumerate(blocks)
    )
    info = element(0x1549A966, number(0x2AD7B1, scale) + element(0x4D80, b"drawn") + element(0x5741, b"drawn"))
    return head + element(0x18538067, info + element(0x1654AE6B, tracks) + more + clusters)


def riff(kind: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """Return a RIFF file."""
    content = b"".join(name + struct.pack("<I", len(data)) + data + bytes(len(data) & 1) for name, data in chunks)
    return b"RIFF" + struct.pack("<I", len(content) + 4) + kind + content


def edit(data: bytes, after: bytes, offset: int, new: bytes) -> bytes:
    """Return the data with `new` written `offset` bytes after the end of the first `after`."""
    at = data.index(after) + len(after) + offset
    return data[:at] + new + data[at + len(new) :]


def mp4_with_moov(moov: bytes) -> bytes:
    """Return the drawn MP4 with another index."""
    data = draw("mp4_h264")
    at = data.index(b"moov") - 4
    return data[:at] + moov


def drawn_moov() -> bytes:
    """Return the drawn MP4's index, its box header included."""
    data = draw("mp4_h264")
    return box(b"moov", find_box(data, b"moov"))

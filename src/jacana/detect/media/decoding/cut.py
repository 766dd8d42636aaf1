"""Tell from a file's own structure whether its end is missing. Runs in the decoder child; reads headers only.

Only what the format makes certain counts: a box, chunk or segment that claims more bytes than there are, or an end
marker that is not there. A file of another format, or one that leaves its length open, is never called cut.
"""

import struct
from typing import BinaryIO

_MP4_BOXES = {b"moov", b"mdat", b"moof", b"meta"}
_MAX_STEPS = 100_000


def is_cut(file: BinaryIO, size: int) -> bool:
    """Return True if the file certainly ends before its format says it does. Leaves the file at its start."""
    file.seek(0)
    head = file.read(16)
    try:
        for matches, walk in (
            (head[4:8] == b"ftyp", _mp4_is_cut),
            (head[:8] == b"\x89PNG\r\n\x1a\n", _png_is_cut),
            (head[:3] == b"\xff\xd8\xff", _jpeg_is_cut),
            (head[:4] == b"RIFF" and head[8:12] in {b"WEBP", b"AVI "}, _riff_is_cut),
            (head[:4] == b"\x1aE\xdf\xa3", _matroska_is_cut),
            (head[:6] in {b"GIF87a", b"GIF89a"}, _gif_is_cut),
            (head[:4] == b"FLV\x01", _flv_is_cut),
            (head[:4] == b"OggS", _ogg_is_cut),
        ):
            if matches:
                file.seek(0)
                return walk(file, size)
        return False
    except struct.error:  # a header that is itself cut short
        return True
    finally:
        file.seek(0)


def _mp4_is_cut(file: BinaryIO, size: int) -> bool:
    """Walk the top-level boxes (ISO/IEC 14496-12, 4.2)."""
    position, seen = 0, set()
    for _ in range(_MAX_STEPS):
        if size - position < 8:
            break
        file.seek(position)
        length, kind = struct.unpack(">I4s", file.read(8))
        if length == 1:
            (length,) = struct.unpack(">Q", file.read(8))
        elif length == 0:  # open: reaches to the end of the file
            length = size - position
        seen.add(kind)
        if length < 8:
            return False  # not a box: trailing garbage, nobody's business
        if position + length > size:
            return kind in _MP4_BOXES
        position += length
    return b"moov" not in seen and b"meta" not in seen


def _png_is_cut(file: BinaryIO, size: int) -> bool:
    """Walk the chunks to IEND (PNG specification, 5.3)."""
    position = 8
    for _ in range(_MAX_STEPS):
        file.seek(position)
        length, kind = struct.unpack(">I4s", file.read(8))
        position += 12 + length
        if position > size:
            return True
        if kind == b"IEND":
            return False
    return False


def _jpeg_is_cut(file: BinaryIO, size: int) -> bool:
    """Walk the marker segments to the first scan, then look for the end marker (ITU-T T.81, annex B)."""
    position = 2
    for _ in range(_MAX_STEPS):
        file.seek(position)
        lead, marker, length = struct.unpack(">BBH", file.read(4))
        if lead != 0xFF:
            return False
        position += 2 + length
        if position > size:
            return True
        if marker == 0xDA:
            break
    file.seek(position)
    tail = b""
    while block := file.read(1 << 20):
        # Inside a scan 0xFF is always followed by 0x00 or a restart marker, so this pair is the real end.
        if b"\xff\xd9" in tail + block:
            return False
        tail = block[-1:]
    return True


def _riff_is_cut(file: BinaryIO, size: int) -> bool:
    """Compare the length the first chunk claims. An AVI over 2 GiB claims only its first part, which is then there."""
    (claimed,) = struct.unpack("<4xI", file.read(8))
    return bool(claimed + 8 > size + 1)


def _matroska_is_cut(file: BinaryIO, size: int) -> bool:
    """Compare the length of the segment, if it states one (RFC 8794, RFC 9559)."""
    file.seek(4)
    header = _read_length(file)
    file.seek(file.tell() + (header or 0))
    if file.read(4) != b"\x18\x53\x80\x67":
        return False
    length = _read_length(file)
    return length is not None and file.tell() + length > size


def _gif_is_cut(file: BinaryIO, _size: int) -> bool:
    """Walk the blocks to the trailer (GIF89a, appendix A)."""
    file.seek(10)
    flags, _, _ = struct.unpack("<BBB", file.read(3))
    position = 13 + _palette_bytes(flags)
    for _ in range(_MAX_STEPS):
        file.seek(position)
        (kind,) = struct.unpack("<B", file.read(1))
        if kind == 0x3B:
            return False
        if kind == 0x2C:
            (flags,) = struct.unpack("<8xB", file.read(9))
            position += 11 + _palette_bytes(flags)
        elif kind == 0x21:
            position += 2
        else:
            return False  # not a block: a player shows what came before it
        position = _skip_blocks(file, position)
    return False


def _palette_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _skip_blocks(file: BinaryIO, position: int) -> int:
    """Return where the sub-blocks that begin here end."""
    file.seek(position)
    window = file.read(1 << 14)
    at = 0
    while True:
        if at >= len(window):
            position, at = position + at, 0
            file.seek(position)
            window = file.read(1 << 14)
        if not window:
            raise struct.error("cut")
        length = window[at]
        at += 1 + length
        if length == 0:
            return position + at


def _flv_is_cut(file: BinaryIO, size: int) -> bool:
    """Walk the tags (FLV specification 10.1, annex E)."""
    file.seek(5)
    (header,) = struct.unpack(">I", file.read(4))
    position = header + 4
    for _ in range(_MAX_STEPS):
        if position >= size:
            return bool(position > size)
        file.seek(position)
        kind, high, low = struct.unpack(">BBH", file.read(4))
        if kind & 0x1F not in {8, 9, 18}:
            return False  # not a tag
        position += 11 + (high << 16 | low) + 4
    return False


def _ogg_is_cut(file: BinaryIO, size: int) -> bool:
    """Walk the pages (RFC 3533, section 6)."""
    position = 0
    for _ in range(_MAX_STEPS):
        if position >= size:
            return position > size
        file.seek(position)
        head = file.read(27)
        if not head.startswith(b"OggS"):
            return False  # not a page
        (segments,) = struct.unpack("<26xB", head)
        lengths = file.read(segments)
        position += 27 + segments + sum(lengths)
    return False


def _read_length(file: BinaryIO) -> int | None:
    """Read an EBML length; None means open."""
    (first,) = struct.unpack(">B", file.read(1))
    if first == 0:
        return None
    extra = 8 - first.bit_length()
    rest = file.read(extra)
    if len(rest) < extra:
        raise struct.error("cut")
    bits = 7 * (extra + 1)
    value = (first << 8 * extra | int.from_bytes(rest)) & (1 << bits) - 1
    return None if value == (1 << bits) - 1 else value

"""Tell a WebP that moves from a still one, which is all that can be decoded here. Runs in the decoder child."""

from typing import BinaryIO

_ANIMATION = 0x02


def is_moving_webp(file: BinaryIO) -> bool:
    """Return True for a WebP with its animation flag set (RFC 9649, section 2.7.1). Leaves the file at its start."""
    file.seek(0)
    head = file.read(21)
    file.seek(0)
    return head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X" and len(head) == 21 and bool(head[20] & _ANIMATION)

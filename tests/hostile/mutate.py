"""Seeded damage: what a fuzzer does to a drawn file. Pure; the same seed makes the same bytes."""

import random
import struct
from collections.abc import Callable

Chance = random.Random

_LENGTHS = (0, 1, 7, 8, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_MARKS = (
    *(b"moov", b"trak", b"stsz", b"stco", b"stts", b"avcC", b"mdat", b"\xff\xd8", b"\xff\xda", b"IHDR", b"IDAT"),
    *(b"RIFF", b"VP8 ", b"\x1aE\xdf\xa3", b"\x1f\x43\xb6\x75", b"\xa3", b"OggS", b"\x47", b"\0\0\1", b"#EXTM3U\n"),
)


def mutate(data: bytes, other: bytes, seed: int) -> bytes:
    """Return the data, changed one to six times; `other` is what it may be spliced with."""
    chance = Chance(seed)
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        chance.choice(MUTATIONS)(changed, other, chance)
    return bytes(changed)


def flip_bits(data: bytearray, _other: bytes, chance: Chance) -> None:
    """Flip one to a hundred bits."""
    for _ in range(chance.choice((1, 4, 20, 100))):
        if data:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def flip_early_bits(data: bytearray, _other: bytes, chance: Chance) -> None:
    """Flip bits where headers are."""
    for _ in range(chance.choice((1, 4, 16))):
        if data:
            data[chance.randrange(min(len(data), 400))] ^= 1 << chance.randrange(8)


def delete_chunk(data: bytearray, _other: bytes, chance: Chance) -> None:
    """Leave a stretch out."""
    start, end = _choose_stretch(data, chance)
    del data[start:end]


def repeat_chunk(data: bytearray, _other: bytes, chance: Chance) -> None:
    """Repeat a stretch up to thirty times."""
    start, end = _choose_stretch(data, chance)
    data[start:start] = data[start:end] * chance.choice((1, 2, 30))


def swap_chunks(data: bytearray, _other: bytes, chance: Chance) -> None:
    """Let two stretches change places."""
    start, end = _choose_stretch(data, chance)
    taken = bytes(data[start:end])
    del data[start:end]
    at = chance.randrange(len(data) + 1)
    data[at:at] = taken


def edit_length(data: bytearray, _other: bytes, chance: Chance) -> None:
    """Write a length that lies where a number of two or four bytes stands."""
    if len(data) < 4:
        return
    at = chance.randrange(len(data) - 3)
    form = chance.choice((">I", "<I", ">H", "<H"))
    mask = 0xFFFF if form[1] == "H" else 0xFFFFFFFF
    struct.pack_into(form, data, at, chance.choice(_LENGTHS) & mask)


def edit_small_length(data: bytearray, _other: bytes, chance: Chance) -> None:
    """Change a number that looks like a length (three leading zero bytes) a little."""
    zeros = [at for at in range(min(len(data) - 4, 4000)) if data[at : at + 2] == b"\0\0"]
    if zeros:
        at = chance.choice(zeros)
        (value,) = struct.unpack_from(">I", data, at)
        struct.pack_into(">I", data, at, (value + chance.choice((-9, -1, 1, 8, 4096))) & 0xFFFFFFFF)


def splice(data: bytearray, other: bytes, chance: Chance) -> None:
    """Go on with another file from somewhere in the middle."""
    at, there = chance.randrange(len(data) + 1), chance.randrange(len(other) + 1)
    data[at:] = other[there:]


def insert_piece(data: bytearray, other: bytes, chance: Chance) -> None:
    """Insert a stretch of another file."""
    start, end = _choose_stretch(other, chance)
    at = chance.randrange(len(data) + 1)
    data[at:at] = other[start:end]


def insert_mark(data: bytearray, _other: bytes, chance: Chance) -> None:
    """Write a word that parsers look for."""
    mark = chance.choice(_MARKS)
    at = chance.randrange(len(data) + 1)
    data[at : at + len(mark)] = mark


def fill(data: bytearray, _other: bytes, chance: Chance) -> None:
    """Overwrite a stretch with one byte, or with noise."""
    start, end = _choose_stretch(data, chance)
    data[start:end] = chance.choice((bytes(end - start), b"\xff" * (end - start), chance.randbytes(end - start)))


def cut_end(data: bytearray, _other: bytes, chance: Chance) -> None:
    """End the file early."""
    del data[chance.randrange(len(data) + 1) :]


def _choose_stretch(data: bytes | bytearray, chance: Chance) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    return start, min(len(data), start + chance.choice((1, 4, 64, 500, 4000)))


MUTATIONS: tuple[Callable[[bytearray, bytes, Chance], None], ...] = (
    flip_bits,
    flip_early_bits,
    delete_chunk,
    repeat_chunk,
    swap_chunks,
    edit_length,
    edit_small_length,
    splice,
    insert_piece,
    insert_mark,
    fill,
    cut_end,
)

"""How a chunk that looks evasive may be read: with and without its edges, its signs and what separates it."""

import re
from collections.abc import Iterator

from jacana.detect.text.folding.leet import EDGES, SIGNS, read_sign

STAR = "*"
MASKS = frozenset("*#?•█✱∗")
"""Signs that may stand for any letter."""
MASKED = re.compile(r"\*|\w[#?•█✱∗]\w")
PIECES = re.compile(r"[^\s.,;:/\\_~·•=\"'“”«»‘’…?-]+")
"""What a chunk falls apart into at separators that stand for no letter."""
SIGNED = re.compile("[" + re.escape(STAR + "".join(sign for sign in SIGNS if not sign.isalnum())) + "]")
LEAST_PIECE = 4


def list_readings(chunk: str) -> Iterator[tuple[int, int]]:
    """Yield the parts of a chunk that may be one word: without its edges, with them, and its pieces."""
    start, end = trim(chunk, 0, len(chunk))
    yield start, end
    if end - start < len(chunk) and SIGNED.search(chunk[:start] + chunk[end:]):
        left, right = extend(chunk, start, end)
        yield from {(left, end), (start, right), (left, right), (0, len(chunk))} - {(start, end)}
    if chunk.isalnum():
        return
    pieces = [match.span() for match in PIECES.finditer(chunk)]
    if len(pieces) > 1:
        for first, last in pieces:
            if last - first >= LEAST_PIECE and not chunk[first:last].isalpha():
                yield from {trim(chunk, first, last), (first, last)}


def list_bare(piece: str) -> tuple[str, ...]:
    """Return a piece as it is and, if it holds signs that may be letters or may be separators, without them."""
    return (piece, SIGNED.sub(" ", piece)) if SIGNED.search(piece) else (piece,)


def is_masked(piece: str) -> bool:
    """Tell whether a piece may hide letters behind stars."""
    return MASKED.search(piece) is not None


def extend(chunk: str, start: int, end: int) -> tuple[int, int]:
    """Return a part of a chunk with one sign more on each side, or all stars there, where they may be letters."""
    stars = len(chunk) - end - len(chunk[end:].lstrip(STAR))
    right = end + max(stars, end < len(chunk) and is_readable(chunk[end]))
    stars = start - len(chunk[:start].rstrip(STAR))
    return start - max(stars, start > 0 and is_readable(chunk[start - 1])), right


def is_readable(character: str) -> bool:
    """Tell whether a sign at the edge of a word may be a letter of it."""
    return character == STAR or bool(read_sign(character))


def trim(chunk: str, start: int, end: int) -> tuple[int, int]:
    """Return a part of a chunk without what may stand at the edge of a word."""
    kept = chunk[start:end]
    left = len(kept) - len(kept.lstrip(EDGES))
    return start + left, start + max(left, len(kept.rstrip(EDGES)))

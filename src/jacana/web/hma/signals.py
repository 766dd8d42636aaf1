"""The kinds of hash the API knows, and how one is read and compared. Pure.

A hash is taken in either case and in no other form: one that slips through malformed would never match.
"""

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from jacana.web.hma.route import HmaInvalidError

PDQ = "pdq"
PDQ_THRESHOLD = 31
"""Bits of 256 up to which two PDQ hashes are called a match."""
MIN_QUALITY = 50
"""Pictures below have no PDQ hash that says anything; their hash is the empty text."""

ContentType = Literal["photo", "video"]
Digest = Literal["md5", "sha1", "sha256"]


@dataclass(frozen=True, slots=True)
class Signal:
    """One kind of hash. `digest` names the digest of the whole file it is; None is PDQ."""

    name: str
    digits: int
    contents: tuple[ContentType, ...]
    usual: tuple[ContentType, ...]
    """Content types it is made for when the caller names no types."""
    digest: Digest | None = None


SIGNALS: dict[str, Signal] = {
    signal.name: signal
    for signal in (
        Signal(PDQ, 64, ("photo",), ("photo",)),
        Signal("video_md5", 32, ("video",), ("video",), "md5"),
        Signal("video_sha256", 64, ("video",), (), "sha256"),
        Signal("md5", 32, ("photo", "video"), (), "md5"),
        Signal("sha1", 40, ("photo", "video"), (), "sha1"),
        Signal("sha256", 64, ("photo", "video"), (), "sha256"),
    )
}
"""The first two are Hasher-Matcher-Actioner's own; the others are made only where `types` names them."""


def find_signal(name: str, field: str = "signal_type") -> Signal:
    """Return the kind of hash. Raises HmaInvalidError."""
    signal = SIGNALS.get(name)
    if signal is None:
        raise HmaInvalidError("there is no such signal type", field=field, remedy=f"use one of {', '.join(SIGNALS)}")
    return signal


def read_hash(signal: Signal, value: object, field: str = "signal") -> str:
    """Return the hash in small letters. Raises HmaInvalidError unless it is exactly hexadecimal digits."""
    if not isinstance(value, str) or not re.fullmatch(rf"[0-9A-Fa-f]{{{signal.digits}}}", value):
        raise HmaInvalidError(
            f"this is not a {signal.name} hash",
            field=field,
            remedy=f"send exactly {signal.digits} hexadecimal digits, with nothing before or after them",
        )
    return value.lower()


def choose_signals(content: ContentType, types: str | None) -> list[Signal]:
    """Return the kinds of hash to make of such a file: `types`, else the usual ones. Raises HmaInvalidError."""
    if types is None:
        return [signal for signal in SIGNALS.values() if content in signal.usual]
    chosen = [find_signal(name.strip(), "types") for name in types.split(",") if name.strip()]
    if not chosen:
        raise HmaInvalidError("no type is named", field="types", remedy="leave types out, or name one")
    for signal in chosen:
        if content not in signal.contents:
            raise HmaInvalidError(f"there is no {signal.name} of a {content}", field="types", remedy="leave it out")
    return chosen


def to_rows(hashes: list[str]) -> NDArray[np.uint8]:
    """Return PDQ hashes as (n, 32) bytes, in the order in which the hexadecimal text names them."""
    return np.frombuffer(bytes.fromhex("".join(hashes)), np.uint8).reshape(-1, 32)


def measure_distance(left: str, right: str) -> int:
    """Return the number of bits in which two PDQ hashes differ."""
    return (int(left, 16) ^ int(right, 16)).bit_count()

"""Prefixed, time-ordered identifiers (`case_01jd…`). Services and adapters make them; pure code takes them."""

import secrets
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32: no i, l, o, u to misread


def new_id(prefix: str) -> str:
    """Return `prefix_` and 26 characters: 48 bits of milliseconds, 80 random bits (the ULID layout)."""
    number = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    text = "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
    return f"{prefix}_{text}"

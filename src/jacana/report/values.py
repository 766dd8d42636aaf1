"""What a usable address, e-mail, URL and time is for a CyberTipline document. Pure."""

import ipaddress
import re
from datetime import datetime
from urllib.parse import urlsplit

_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f.]+(\.[^@\s\x00-\x1f.]+)+")
_UNUSABLE_IN_URL = re.compile(r"[\s\x00-\x1f\x7f]")


def is_absolute_url(text: str) -> bool:
    """Return whether `text` has a scheme and a host, and no white space or control characters (4100 was seen)."""
    if _UNUSABLE_IN_URL.search(text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.scheme and parts.netloc)


def is_email(text: str) -> bool:
    """Return whether `text` is a well-formed address with a local part of at most 64 characters."""
    return len(text) <= 255 and _EMAIL.fullmatch(text) is not None


def is_ip_address(text: str) -> bool:
    """Return whether `text` is an IPv4, IPv6 or IPv4-mapped IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def parse_timestamp(text: str) -> datetime | None:
    """Return an xs:dateTime that carries a zone, or None if it has none or cannot be read."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None

"""What can be a user name or a password, and what only stands where one would. Pure; keeps nothing."""

import re

from jacana.detect.text.handover.labels import NO_VALUES

LONGEST_VALUE = 200
_AROUND = " \t\"'`´“”„‘’«»<>()[]{}*_"
_TAIL = ".,;:!?…" + _AROUND
_VALUE = re.compile(rf"\S{{1,{LONGEST_VALUE}}}")
_ADDRESS = re.compile(r"(?:https?:|www\.)|//", re.IGNORECASE)
_TIME_OR_PRICE = re.compile(
    r"[€$£¥₽₺]|^\d{1,2}[:.h]\d{2}$|^\d{1,2}(?:am|pm|h|uhr)$|^\d+(?:[.,]\d+)?(?:%|eur|usd|zl|k)$", re.I
)
_DATE = re.compile(r"^\d{1,4}[-./]\d{1,2}(?:[-./]\d{1,4})?$")
_CODE = re.compile(r"^[-/|&<\\]|[<>()]|&#|&\w+;|::|\.\w{1,4}$")
"""Options, paths, markup and calls: what stands after such words where software is explained."""
_HANDLE = re.compile(r"@?[^\W_][\w.\-+]{1,63}(?:@[\w-]+(?:\.[\w-]+)+)?")


def take_value(text: str, start: int) -> tuple[int, int] | None:
    """Return (start, end) of the run of non-space that begins at or just after `start`; None if there is none there."""
    while start < len(text) and text[start] in _AROUND:
        start += 1
    found = _VALUE.match(text, start)
    return found.span() if found else None


def trim_value(text: str) -> str:
    """Return a value without quotes, brackets and the punctuation of the sentence around it."""
    return text.lstrip(_AROUND).rstrip(_TAIL)


def can_be_user(value: str) -> bool:
    """Return whether a value can be a user name or an address to log in with."""
    return (
        2 <= len(value) <= 100
        and value.casefold().lstrip("@") not in NO_VALUES
        and not _ADDRESS.search(value)
        and bool(_HANDLE.fullmatch(value))
    )


def can_be_password(value: str) -> bool:
    """Return whether a value can be a password where a label says that one comes: a word will do."""
    return (
        3 <= len(value) <= LONGEST_VALUE
        and value.casefold() not in NO_VALUES
        and len(set(value.casefold()) - set("•*·.-_x")) >= 2
        and not value.startswith(("#", "@"))
        and not _ADDRESS.search(value)
        and not _TIME_OR_PRICE.search(value)
        and not _DATE.match(value)
    )


def looks_secret(value: str) -> bool:
    """Return whether a value looks like a password by itself: letters with digits, marks or capitals among them."""
    if not can_be_password(value) or len(value) < 5 or _CODE.search(value):
        return False
    letters = any(letter.isalpha() for letter in value)
    digits = any(letter.isdigit() for letter in value)
    marks = any(not letter.isalnum() and letter not in "'’-./" for letter in value[:-1])
    inner_capital = any(letter.isupper() for letter in value[1:]) and any(letter.islower() for letter in value)
    return letters and (digits or marks or inner_capital)


def is_number(value: str) -> bool:
    """Return whether a value is digits only: a code more often than a password."""
    return value.isdigit()

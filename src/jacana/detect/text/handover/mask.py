"""Hides what looks like a password wherever a text is kept or shown. Pure; the text keeps its length, so that offsets
of other findings stay true.
"""

from jacana.detect.text.handover.patterns import find_handovers

MARK = "•"


def find_secrets(text: str) -> list[tuple[int, int]]:
    """Return (start, end) in code points of everything in a text that looks like a password, in order."""
    return [(one.secret_start, one.secret_end) for one in find_handovers(text)]


def mask_passwords(text: str) -> str:
    """Return the text with a dot for every character of what looks like a password; most texts as they are."""
    spans = find_secrets(text)
    if not spans:
        return text
    parts, done = [], 0
    for start, end in spans:
        parts += [text[done:start], MARK * (end - start)]
        done = end
    return "".join([*parts, text[done:]])

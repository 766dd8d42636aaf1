"""The lines of a file that may be larger than memory, and may hold anything."""

from collections.abc import Iterator
from pathlib import Path

from jacana.simulate.datasets.logins import LoginFileUnreadableError

LINE_MAX_BYTES = 2**18


def read_lines(path: Path) -> Iterator[tuple[int, str | None]]:
    """Yield (number from 1, text) of each line that is not empty; None for one that is too long or no UTF-8.

    Raises LoginFileUnreadableError.
    """
    try:
        file = path.open("rb")
    except OSError as problem:
        raise LoginFileUnreadableError(
            f"{path} cannot be read ({problem.strerror})", field="FILE", remedy="check the path"
        ) from None
    with file:
        number = 0
        while raw := file.readline(LINE_MAX_BYTES + 1):
            number += 1
            text: str | None = None
            if len(raw) > LINE_MAX_BYTES:
                while raw and not raw.endswith(b"\n"):
                    raw = file.readline(LINE_MAX_BYTES)
            else:
                text = _decode(raw)
            if text is None or text:
                yield number, text


def _decode(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError:
        return None

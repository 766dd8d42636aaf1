"""A file of events, one JSON object a line: read in batches, and what was refused written beside it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from jacana.ingest.json_text import load_json
from jacana.ingest.validation import FieldProblem
from jacana.model.errors import InputInvalidError

BATCH_LINES = 1_000
LINE_MAX_BYTES = 2**20


class EventFileUnreadableError(InputInvalidError):
    """The file is not there, or may not be read."""

    code = "ingest.file_unreadable"


@dataclass(frozen=True, slots=True)
class EventLine:
    """One line: its number from 1, its text, and either the JSON it holds or what is wrong with it."""

    number: int
    text: str
    value: Any = None
    problem: FieldProblem | None = None


@dataclass(frozen=True, slots=True)
class EventBatch:
    """Up to BATCH_LINES lines that are not empty, and how many bytes of the file have been read with them."""

    lines: tuple[EventLine, ...]
    bytes_read: int


def read_batches(path: Path) -> Iterator[EventBatch]:
    """Yield the file's lines in batches; memory stays bounded whatever the file holds.

    Raises EventFileUnreadableError.
    """
    try:
        file = path.open("rb")
    except OSError as problem:
        raise EventFileUnreadableError(
            f"{path} cannot be read ({problem.strerror})", field="FILE", remedy="give a file of one JSON object a line"
        ) from None
    with file:
        lines: list[EventLine] = []
        number = 0
        while raw := file.readline(LINE_MAX_BYTES + 1):
            number += 1
            if len(raw) > LINE_MAX_BYTES:
                _skip_rest_of_line(file, raw)
                lines.append(_read_long_line(number))
            elif raw.strip():
                lines.append(_read_line(number, raw.strip()))
            if len(lines) == BATCH_LINES:
                yield EventBatch(tuple(lines), file.tell())
                lines = []
        if lines:
            yield EventBatch(tuple(lines), file.tell())


class RejectedFile:
    """`FILE.rejected.jsonl`: line number, problems and the line as it was, readable by the owner only.

    It is made with the first refused line; one that an earlier run left behind is removed.
    """

    def __init__(self, source: Path) -> None:
        self.path = source.with_name(source.name.removesuffix(".jsonl") + ".rejected.jsonl")
        self.path.unlink(missing_ok=True)
        self.count = 0
        self._file: BinaryIO | None = None

    def add(self, line: EventLine, problems: Sequence[FieldProblem]) -> None:
        """Write one refused line."""
        if self._file is None:
            self.path.touch(mode=0o600)
            self._file = self.path.open("wb")
        row = {"line": line.number, "errors": [asdict(problem) for problem in problems], "text": line.text}
        self._file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
        self.count += 1

    def __enter__(self) -> "RejectedFile":
        """Return the file itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file, if any line was refused."""
        if self._file is not None:
            self._file.close()


def _read_line(number: int, raw: bytes) -> EventLine:
    text = raw.decode("utf-8", "replace")
    try:
        return EventLine(number, text, load_json(raw))
    except ValueError as problem:
        remedy = "write one JSON object a line, in UTF-8"
        return EventLine(number, text, problem=FieldProblem("input.json_invalid", f"not JSON: {problem}", None, remedy))


def _read_long_line(number: int) -> EventLine:
    remedy = "write one event a line"
    problem = FieldProblem("input.line_too_long", f"the line is longer than {LINE_MAX_BYTES} bytes", None, remedy)
    return EventLine(number, "", problem=problem)


def _skip_rest_of_line(file: BinaryIO, raw: bytes) -> None:
    while raw and not raw.endswith(b"\n"):
        raw = file.readline(LINE_MAX_BYTES)

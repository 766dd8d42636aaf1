"""Read the rows and cells of bank files, whatever their format. Pure: takes text, opens nothing.

A cell is a value or a RowRefusedError naming field and remedy; a hash that is not exactly its digits is refused.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from jacana.model.bank import BankEntry, RowProblem
from jacana.model.errors import InputInvalidError

HASH_DIGITS = {"md5": 32, "sha1": 40, "sha256": 64, "pdq": 64}
DIGESTS = ("md5", "sha1", "sha256")
LABEL_LENGTH = 255

_BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
_T = TypeVar("_T")


class BankFileInvalidError(InputInvalidError):
    """A bank file cannot be read at all."""

    code = "bank.file_invalid"


class RowRefusedError(Exception):
    """One row cannot be taken."""

    def __init__(self, field: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.field, self.message, self.remedy = field, message, remedy


@dataclass(frozen=True, slots=True)
class BankFile:
    """What a file gave: entries in order of appearance, the rows that were refused, and what else a person should know.

    `by_source_id`: the list names its entries itself, so a row replaces the entry of the same `source_id`; otherwise
    that of the same label.
    """

    entries: tuple[BankEntry, ...]
    problems: tuple[RowProblem, ...]
    notes: tuple[str, ...] = ()
    by_source_id: bool = False


def split_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield (line number, text) of lines that are not blank; a byte order mark is dropped."""
    for number, line in enumerate(text.removeprefix(_BYTE_ORDER_MARK).splitlines(), 1):
        if line.strip():
            yield number, line.strip()


def split_table(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, stripped cells) of CSV rows that are not blank. Raises BankFileInvalidError."""
    reader = csv.reader(io.StringIO(text.removeprefix(_BYTE_ORDER_MARK), newline=""))
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as problem:
        raise BankFileInvalidError(
            f"line {reader.line_num} is not CSV: {problem}",
            field=f"line {reader.line_num}",
            remedy="save the file as comma-separated text in UTF-8",
        ) from None


def read_rows(rows: Iterator[tuple[int, _T]], read: Callable[[_T], None]) -> tuple[RowProblem, ...]:
    """Give every row to `read` and return those it refused."""
    problems = []
    for line, row in rows:
        try:
            read(row)
        except RowRefusedError as refused:
            problems.append(RowProblem(line, refused.field, refused.message, refused.remedy))
    return tuple(problems)


def check_width(cells: Sequence[str], columns: Sequence[object]) -> None:
    """Refuse a row with more cells than there are columns: nobody can say which belongs where."""
    if len(cells) > len(columns):
        raise RowRefusedError(
            "row", f"{len(cells)} cells under {len(columns)} columns", "quote cells that contain a comma"
        )


def read_label(text: str, field: str = "label") -> str:
    """Return a label or a source's id."""
    if not text or len(text) > LABEL_LENGTH or not text.isprintable():
        raise RowRefusedError(
            field, f"a {field} is 1 to {LABEL_LENGTH} printable characters", "name the known file, for example its id"
        )
    return text


def read_source_id(text: str) -> str | None:
    """Return what the source calls the entry, None for an empty cell."""
    if len(text) > 200:
        raise RowRefusedError("source_id", "a source_id has at most 200 characters", "shorten it")
    return read_label(text, "source_id") if text else None


def read_hex(name: str, text: str) -> str:
    """Return a hash in lower case: exactly its hexadecimal digits and nothing else, not even a line end."""
    if not re.fullmatch(rf"[0-9a-fA-F]{{{HASH_DIGITS[name]}}}", text):
        raise RowRefusedError(
            name,
            f"{name} is {HASH_DIGITS[name]} hexadecimal digits, this is {len(text)} characters",
            "copy it again in full",
        )
    return text.lower()


def read_quality(text: str) -> int:
    """Return a PDQ quality; 100 for an empty cell: a source that states none vouches for the frame itself."""
    if not text:
        return 100
    if not re.fullmatch(r"[0-9]{1,3}", text) or int(text) > 100:
        raise RowRefusedError("quality", "quality is a whole number from 0 to 100", "leave it empty if unknown")
    return int(text)


def read_seconds(text: str) -> float:
    """Return where in the file a frame lies; 0 for an empty cell."""
    if not text:
        return 0.0
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,12})?", text):
        raise RowRefusedError("seconds", "seconds is a decimal number from 0", "write for example 12.48")
    return float(text)


def read_count(name: str, text: str) -> int:
    """Return a number of votes; 0 for an empty cell."""
    if not text:
        return 0
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise RowRefusedError(name, f"{name} is a whole number from 0", "leave it empty if unknown")
    return int(text)


def read_choice(name: str, text: str, choices: tuple[str, ...]) -> str | None:
    """Return one of a few words, None for an empty cell."""
    if not text:
        return None
    found = next((choice for choice in choices if choice.lower() == text.lower()), None)
    if found is None:
        raise RowRefusedError(name, f"{name} is one of {', '.join(choices)}", "leave it empty if none fits")
    return found


def read_moment(name: str, text: str) -> datetime | None:
    """Return an ISO 8601 time in UTC, None for an empty cell; without a zone it could be any hour and is refused."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError(text)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise RowRefusedError(
            name, f"{name} is a date and time with its zone", "write for example 2027-01-31T00:00:00Z"
        ) from None

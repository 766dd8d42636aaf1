"""Term lists as files: CSV and JSON lines, read row by row and written back. Pure.

A row that is wrong is refused by its line, field and remedy and stops nothing; what it holds is never repeated.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from jacana.detect.text.lexicon.rules import SEPARATOR, TermInvalidError, check_term, primary_language
from jacana.model.bank import RowProblem
from jacana.model.clock import format_time
from jacana.model.errors import InputInvalidError
from jacana.model.term import MatchMode, Term, TermState

COLUMNS = (
    "term", "match_mode", "severity", "languages", "fields", "requires", "unless", "source", "licence", "expires_at",
    "state",
)  # fmt: skip
LISTS = frozenset({"languages", "fields", "requires", "unless"})

_BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
_ENDED = frozenset({TermState.EXPIRED, TermState.RETIRED})


class TermFormat(StrEnum):
    """How a list is written."""

    CSV = "csv"
    JSONL = "jsonl"


class TermFileInvalidError(InputInvalidError):
    """A list of terms cannot be read at all."""

    code = "lexicon.file_invalid"


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for rows that do not say it themselves; None: each row must."""

    source: str | None = None
    licence: str | None = None
    match_mode: MatchMode | None = None
    severity: int | None = None
    state: TermState = TermState.CANDIDATE


@dataclass(frozen=True, slots=True)
class TermFile:
    """What a file gave: terms that may enter, in order, and the rows that were refused."""

    terms: tuple[Term, ...]
    problems: tuple[RowProblem, ...]


_Cells = Mapping[str, Any]


def read_terms(
    text: str,
    format: TermFormat,
    defaults: Defaults,
    now: datetime,
    report: Callable[[int], None] | None = None,
) -> TermFile:
    """Return the terms of a list. `report(rows read)` is called for each row. Raises TermFileInvalidError."""
    rows = _read_csv(text) if format is TermFormat.CSV else _read_jsonl(text)
    terms: list[Term] = []
    problems: list[RowProblem] = []
    for number, (line, row) in enumerate(rows, 1):
        if isinstance(row, RowProblem):
            problems.append(row)
        else:
            try:
                term = read_row(row, defaults)
                check_term(term, now)
                terms.append(term)
            except TermInvalidError as refused:
                remedy = refused.remedy or "correct the row"
                problems.append(RowProblem(line, refused.field or "row", refused.message, remedy))
        if report is not None:
            report(number)
    return TermFile(tuple(terms), tuple(problems))


def read_row(row: _Cells, defaults: Defaults) -> Term:
    """Return the term of a row's cells, not yet checked. Raises TermInvalidError, naming the field."""
    return Term(
        id="",
        text=" ".join(_read_text(row, "term").split()),
        match_mode=_read_choice(row, "match_mode", MatchMode, defaults.match_mode),
        severity=_read_severity(row, defaults.severity),
        state=_read_state(row, defaults.state),
        languages=tuple(sorted({primary_language(tag) for tag in _read_list(row, "languages")})),
        fields=_read_list(row, "fields"),
        requires=_read_list(row, "requires"),
        unless=_read_list(row, "unless"),
        source=_read_text(row, "source") or defaults.source or "",
        licence=_read_text(row, "licence") or defaults.licence or "",
        expires_at=_read_moment(row),
    )


def write_terms(terms: Iterable[Term], format: TermFormat) -> Iterator[str]:
    """Yield the lines of a list that `read_terms` reads back."""
    if format is TermFormat.CSV:
        yield _join(COLUMNS)
    for term in terms:
        cells = _write_row(term)
        if format is TermFormat.CSV:
            yield _join(SEPARATOR.join(cell) if isinstance(cell, list) else str(cell) for cell in cells.values())
        else:
            yield json.dumps({name: cell for name, cell in cells.items() if cell != ""}, ensure_ascii=False) + "\n"


def _write_row(term: Term) -> dict[str, Any]:
    return {
        "term": term.text,
        "match_mode": term.match_mode.value,
        "severity": term.severity,
        "languages": list(term.languages),
        "fields": list(term.fields),
        "requires": list(term.requires),
        "unless": list(term.unless),
        "source": term.source,
        "licence": term.licence,
        "expires_at": format_time(term.expires_at) if term.expires_at else "",
        "state": term.state.value,
    }


def _join(cells: Iterable[str]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


def _read_csv(text: str) -> Iterator[tuple[int, _Cells | RowProblem]]:
    reader = csv.reader(io.StringIO(text.removeprefix(_BYTE_ORDER_MARK), newline=""))
    columns: list[str] | None = None
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield line, _refuse_lines(line, reader.line_num)
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if columns is None:
            columns = _read_header(cells)
        elif reader.line_num > line:
            yield line, _refuse_lines(line, reader.line_num)
        elif len(cells) > len(columns):
            message = f"{len(cells)} cells under {len(columns)} columns"
            yield line, RowProblem(line, "row", message, "quote cells that contain a comma")
        else:
            yield line, dict(zip(columns, cells, strict=False))


def _refuse_lines(first: int, last: int) -> RowProblem:
    """Refuse a row over several lines: a quote that nobody closed has taken in the rows after it."""
    return RowProblem(first, "row", f"the row is not CSV, or goes on to line {last}", "close the quotes")


def _read_header(cells: list[str]) -> list[str]:
    columns = [cell.strip().lower() for cell in cells]
    for number, column in enumerate(columns, 1):
        if column not in COLUMNS:  # not repeated: in a list without a header it is a term
            near = get_close_matches(column, COLUMNS, n=1)
            remedy = f"did you mean {near[0]}?" if near else f"the first line names columns: {', '.join(COLUMNS)}"
            raise TermFileInvalidError(f"column {number} of the first line is unknown", field="line 1", remedy=remedy)
    if len(set(columns)) < len(columns) or "term" not in columns:
        raise TermFileInvalidError(
            "the first line has no column term, or one twice", field="line 1", remedy="for example: term,severity"
        )
    return columns


def _read_jsonl(text: str) -> Iterator[tuple[int, _Cells | RowProblem]]:
    for line, row in enumerate(text.removeprefix(_BYTE_ORDER_MARK).split("\n"), 1):
        if not row.strip():
            continue
        try:
            cells = json.loads(row)
        except (ValueError, RecursionError):
            cells = None
        if not isinstance(cells, dict):
            yield line, RowProblem(line, "row", "the line is no JSON object", "write one object a line")
        elif not set(cells) <= set(COLUMNS):
            yield line, RowProblem(line, "row", "a name is unknown", f"use only {', '.join(COLUMNS)}")
        else:
            yield line, cells


def _read_text(row: _Cells, name: str) -> str:
    value = row.get(name)
    if value is not None and not isinstance(value, str):
        raise TermInvalidError(f"{name} is no text", field=name, remedy="put it in quotes")
    return (value or "").strip()


def _read_list(row: _Cells, name: str) -> tuple[str, ...]:
    value = row.get(name)
    parts = value if isinstance(value, list) else (value or "").split(SEPARATOR) if _is_text(value) else None
    if parts is None or not all(isinstance(part, str) for part in parts):
        raise TermInvalidError(f"{name} is no list of texts", field=name, remedy=f"separate them by {SEPARATOR}")
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _is_text(value: object) -> bool:
    return value is None or isinstance(value, str)


def _read_choice(row: _Cells, name: str, choices: type[MatchMode], default: MatchMode | None) -> MatchMode:
    text = _read_text(row, name).lower()
    if not text and default is not None:
        return default
    if text not in set(choices):
        raise TermInvalidError(f"{name} is missing or unknown", field=name, remedy=f"one of {', '.join(choices)}")
    return choices(text)


def _read_severity(row: _Cells, default: int | None) -> int:
    value = row.get("severity")
    text = str(value).strip() if value is not None and not isinstance(value, bool | float) else ""
    if not text and value in (None, "") and default is not None:
        return default
    if text not in {"1", "2", "3", "4", "5"}:
        raise TermInvalidError("severity is a whole number from 1 to 5", field="severity", remedy="or give --severity")
    return int(text)


def _read_state(row: _Cells, default: TermState) -> TermState:
    text = _read_text(row, "state").lower()
    if not text:
        return default
    if text not in set(TermState) or TermState(text) in _ENDED:
        raise TermInvalidError("a term arrives as candidate or shadow", field="state", remedy="leave it out")
    return TermState.CANDIDATE if text == TermState.CANDIDATE else TermState.SHADOW


def _read_moment(row: _Cells) -> datetime | None:
    text = _read_text(row, "expires_at")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError(text)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise TermInvalidError(
            "expires_at is a date and time with its zone", field="expires_at", remedy="for example 2027-01-31T00:00:00Z"
        ) from None

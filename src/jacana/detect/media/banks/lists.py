"""Read bank files: CSV and vPDQ text. A bad row is reported with its line, field and remedy; the good rows are kept.

Pure: takes text, returns entries. Hashes are lower-cased; nothing malformed ever reaches a bank.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches

from jacana.detect.media.hashing.frames import collect_frames
from jacana.model.bank import BankEntry, RowProblem
from jacana.model.errors import InputInvalidError

COLUMNS = ("label", "md5", "sha1", "sha256", "pdq", "quality", "seconds")
"""Columns of a bank CSV, in any order: `label` and at least one hash. Rows of one label are frames of one entry."""

_HEX = {"md5": 32, "sha1": 40, "sha256": 64, "pdq": 64}
_DIGESTS = ("md5", "sha1", "sha256")
_MAX_LABEL = 255
_BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


class BankFileInvalidError(InputInvalidError):
    """A bank file cannot be read at all."""

    code = "bank.file_invalid"


@dataclass(frozen=True, slots=True)
class BankFile:
    """What a file gave: entries in order of appearance, and the rows that were refused."""

    entries: tuple[BankEntry, ...]
    problems: tuple[RowProblem, ...]


@dataclass
class _Draft:
    """An entry while its rows are collected."""

    label: str
    digests: dict[str, str] = field(default_factory=dict)
    frames: list[tuple[float, int, bytes]] = field(default_factory=list)

    def finish(self) -> BankEntry:
        return BankEntry(
            label=self.label,
            md5=self.digests.get("md5"),
            sha1=self.digests.get("sha1"),
            sha256=self.digests.get("sha256"),
            frame_count=len(self.frames),
            frames=collect_frames(sorted(self.frames, key=lambda frame: frame[0])).pack(),
        )


class _RowRefusedError(Exception):
    """One row cannot be taken."""

    def __init__(self, field: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.field, self.message, self.remedy = field, message, remedy


def read_csv(text: str) -> BankFile:
    """Read a bank CSV (see COLUMNS). Raises BankFileInvalidError if its header cannot be used."""
    rows = _numbered_rows(text)
    columns = _read_header(next(rows, (1, []))[1])
    drafts: dict[str, _Draft] = {}
    problems = []
    for line, cells in rows:
        try:
            if len(cells) > len(columns):
                raise _RowRefusedError(
                    "row", f"{len(cells)} cells under {len(columns)} columns", "quote cells that contain a comma"
                )
            _add_row(drafts, dict(zip(columns, cells, strict=False)))
        except _RowRefusedError as refused:
            problems.append(RowProblem(line, refused.field, refused.message, refused.remedy))
    return BankFile(tuple(draft.finish() for draft in drafts.values()), tuple(problems))


def read_vpdq(text: str, label: str) -> BankFile:
    """Read vPDQ text, one `frame,quality,pdq,seconds` a line and no header, as one entry of this label."""
    frames: list[tuple[float, int, bytes]] = []
    problems = []
    for line, row in enumerate(text.removeprefix(_BYTE_ORDER_MARK).splitlines(), 1):
        if not row.strip():
            continue
        try:
            frames.append(_read_vpdq_row([cell.strip() for cell in row.split(",")]))
        except _RowRefusedError as refused:
            problems.append(RowProblem(line, refused.field, refused.message, refused.remedy))
    entries = (_Draft(label[:_MAX_LABEL], frames=frames).finish(),) if frames else ()
    return BankFile(entries, tuple(problems))


def _numbered_rows(text: str) -> Iterator[tuple[int, list[str]]]:
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


def _read_header(cells: list[str]) -> list[str]:
    columns = [cell.lower() for cell in cells]
    for column in columns:
        if column not in COLUMNS:
            near = get_close_matches(column, COLUMNS, n=1)
            raise BankFileInvalidError(
                f"line 1: unknown column “{column[:40]}”",
                field="line 1",
                remedy=f"did you mean {near[0]}?" if near else f"the first line names columns: {', '.join(COLUMNS)}",
            )
    if len(set(columns)) < len(columns):
        raise BankFileInvalidError("line 1: a column appears twice", field="line 1", remedy="keep one of them")
    if "label" not in columns or not set(columns) & set(_HEX):
        raise BankFileInvalidError(
            "line 1: columns label and one of md5, sha1, sha256, pdq are needed",
            field="line 1",
            remedy="write for example: label,sha256,pdq",
        )
    return columns


def _add_row(drafts: dict[str, _Draft], row: dict[str, str]) -> None:
    label = _read_label(row.get("label", ""))
    hashes = {name: _read_hex(name, row[name]) for name in _HEX if row.get(name)}
    if not hashes:
        raise _RowRefusedError("row", "the row has no hash", "give md5, sha1, sha256 or pdq")
    quality, seconds = _read_quality(row.get("quality", "")), _read_seconds(row.get("seconds", ""))
    draft = drafts.get(label, _Draft(label))
    for name in _DIGESTS:
        if name in hashes and draft.digests.get(name, hashes[name]) != hashes[name]:
            raise _RowRefusedError(name, f"the label already has another {name}", "give each file a label of its own")
    drafts[label] = draft
    draft.digests |= {name: hashes[name] for name in _DIGESTS if name in hashes}
    if "pdq" in hashes:
        draft.frames.append((seconds, quality, bytes.fromhex(hashes["pdq"])))


def _read_vpdq_row(cells: list[str]) -> tuple[float, int, bytes]:
    if len(cells) != 4:
        raise _RowRefusedError("row", f"{len(cells)} values instead of 4", "write frame,quality,pdq,seconds")
    return _read_seconds(cells[3]), _read_quality(cells[1]), bytes.fromhex(_read_hex("pdq", cells[2]))


def _read_label(text: str) -> str:
    if not text or len(text) > _MAX_LABEL or not text.isprintable():
        raise _RowRefusedError(
            "label", f"a label is 1 to {_MAX_LABEL} printable characters", "name the known file, for example its id"
        )
    return text


def _read_hex(name: str, text: str) -> str:
    if not re.fullmatch(rf"[0-9a-fA-F]{{{_HEX[name]}}}", text):
        raise _RowRefusedError(
            name, f"{name} is {_HEX[name]} hexadecimal digits, this is {len(text)} characters", "copy it again in full"
        )
    return text.lower()


def _read_quality(text: str) -> int:
    if not text:
        return 100  # a source that states none vouches for the frame itself
    if not re.fullmatch(r"[0-9]{1,3}", text) or int(text) > 100:
        raise _RowRefusedError("quality", "quality is a whole number from 0 to 100", "leave it empty if unknown")
    return int(text)


def _read_seconds(text: str) -> float:
    if not text:
        return 0.0
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,12})?", text):
        raise _RowRefusedError("seconds", "seconds is a decimal number from 0", "write for example 12.48")
    return float(text)

"""Read hash lists in the manner of the Internet Watch Foundation: digests with a UK category and an age band. Pure.

The list's own format is for members; this reads a CSV of the facts it is known to carry, whatever names they have.
"""

import hashlib
import re

from jacana.detect.media.banks.cells import (
    DIGESTS,
    BankFile,
    BankFileInvalidError,
    RowRefusedError,
    check_width,
    read_hex,
    read_rows,
    read_source_id,
    split_table,
)
from jacana.model.bank import BankEntry

_NAMES = {
    "md5": ("md5", "md5hash"),
    "sha1": ("sha1", "sha1hash"),
    "sha256": ("sha256", "sha256hash"),
    "category": ("category", "ukcategory", "severity", "grade"),
    "age": ("age", "ageband", "agerange"),
    "id": ("id", "hashid", "imageid", "uniqueid", "reference"),
}
"""What a column may be called, in letters and digits only."""

_AGE_BANDS = {"0-2": "A", "3-6": "A", "7-10": "A", "11-13": None, "14-15": "B", "16-17": "B"}
"""Age band -> letter of the industry classification; 11-13 lies on both sides of its line."""


def read_iwf(text: str) -> BankFile:
    """Read an IWF-style CSV: at least one digest column; id, category and age band where they are given.

    Entries go by `source_id`, so that the next edition replaces what changed. Category and age band stand in the label
    for the person who looks. `classification` is set only where both scales must agree: category A, and an age band
    wholly on one side of that scale's line; the other categories are cut differently and give none. Columns that are
    not used are named in the notes. Raises BankFileInvalidError if no column can be used.
    """
    rows = split_table(text)
    header = next(rows, (1, []))[1]
    columns = [_name_column(cell) for cell in header]
    _check_header(columns)
    entries: dict[str, BankEntry] = {}
    unclear = 0

    def read(cells: list[str]) -> None:
        nonlocal unclear
        check_width(cells, columns)
        row = {name: cell for name, cell in zip(columns, cells, strict=False) if name and cell}
        entry, clear = _read_row(row)
        entries[str(entry.source_id)] = entry
        unclear += not clear

    problems = read_rows(rows, read)
    unused = [cell for cell, name in zip(header, columns, strict=True) if name is None]
    notes = [f"columns that are not used: {', '.join(cell[:40] or '(no name)' for cell in unused)}"] if unused else []
    if unclear:
        notes.append(f"{unclear} rows have a category or an age band that is not known; their hashes were taken")
    return BankFile(tuple(entries.values()), problems, tuple(notes), by_source_id=True)


def _name_column(cell: str) -> str | None:
    plain = re.sub(r"[^a-z0-9]", "", cell.lower())
    return next((name for name, spellings in _NAMES.items() if plain in spellings), None)


def _check_header(columns: list[str | None]) -> None:
    used = [name for name in columns if name]
    if not set(used) & set(DIGESTS):
        raise BankFileInvalidError(
            "line 1: a column MD5, SHA-1 or SHA-256 is needed",
            field="line 1",
            remedy="the first line names the columns, for example: ID,MD5,SHA-1,SHA-256,Category,Age band",
        )
    if len(set(used)) < len(used):
        raise BankFileInvalidError("line 1: a column appears twice", field="line 1", remedy="keep one of them")


def _read_row(row: dict[str, str]) -> tuple[BankEntry, bool]:
    """Return the entry, and whether category and age band were given in words that are known (or not at all)."""
    digests = {name: read_hex(name, row[name]) for name in DIGESTS if name in row}
    if not digests:
        raise RowRefusedError("row", "the row has no hash", "give MD5, SHA-1 or SHA-256")
    derived = hashlib.sha256("|".join(digests.values()).encode()).hexdigest()[:20]
    source_id = read_source_id(row.get("id", "")) or f"iwf-{derived}"
    category, band = _read_category(row.get("category", "")), _read_age_band(row.get("age", ""))
    said = [source_id, f"UK category {category}" if category else "", f"age band {band}" if band else ""]
    letter = _AGE_BANDS[band] if band else None
    entry = BankEntry(
        label=", ".join(part for part in said if part),
        md5=digests.get("md5"),
        sha1=digests.get("sha1"),
        sha256=digests.get("sha256"),
        source_id=source_id,
        classification=f"{letter}1" if letter and category == "A" else None,
    )
    return entry, bool(category or not row.get("category")) and bool(band or not row.get("age"))


def _read_category(text: str) -> str | None:
    word = text.upper().removeprefix("CATEGORY").strip()
    return word if word in {"A", "B", "C"} else None


def _read_age_band(text: str) -> str | None:
    band = re.sub(r"\s*(?:-|\N{EN DASH}|to)\s*", "-", text.lower().removeprefix("age").strip())
    return band if band in _AGE_BANDS else None

"""Read and write Jacana's own bank CSV. A bad row is named with line, field and remedy; the good rows are kept.

Pure: text in, entries out, and back. Hashes are lower-cased; nothing malformed ever reaches a bank.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches

from jacana.detect.media.banks.cells import (
    DIGESTS,
    HASH_DIGITS,
    BankFile,
    BankFileInvalidError,
    RowRefusedError,
    check_width,
    read_choice,
    read_count,
    read_hex,
    read_label,
    read_moment,
    read_quality,
    read_rows,
    read_seconds,
    read_source_id,
    split_table,
)
from jacana.detect.media.hashing.frames import collect_frames, unpack_frames
from jacana.model.bank import BankEntry
from jacana.model.clock import format_time
from jacana.model.verdict import Classification

__all__ = ["COLUMNS", "BankFile", "BankFileInvalidError", "read_csv", "write_csv"]

_ABOUT = ("source_id", "classification", "media_kind", "expires_at", "votes_up", "votes_down")
COLUMNS = ("label", "md5", "sha1", "sha256", "pdq", "quality", "seconds", *_ABOUT)
"""Columns of a bank CSV, in any order: `label` and at least one hash. Rows of one label are frames of one entry."""

_MEDIA_KINDS = ("picture", "video")
_CLASSIFICATIONS = tuple(item.value for item in Classification)


@dataclass
class _Draft:
    """An entry while its rows are collected."""

    label: str
    digests: dict[str, str] = field(default_factory=dict)
    frames: list[tuple[float, int, bytes]] = field(default_factory=list)
    source_id: str | None = None
    classification: str | None = None
    media_kind: str | None = None
    expires_at: datetime | None = None
    votes_up: int = 0
    votes_down: int = 0

    def finish(self) -> BankEntry:
        return BankEntry(
            label=self.label,
            md5=self.digests.get("md5"),
            sha1=self.digests.get("sha1"),
            sha256=self.digests.get("sha256"),
            frame_count=len(self.frames),
            frames=collect_frames(sorted(self.frames, key=lambda frame: frame[0])).pack(),
            **{name: getattr(self, name) for name in _ABOUT},
        )


def read_csv(text: str) -> BankFile:
    """Read a bank CSV (see COLUMNS). Raises BankFileInvalidError if its header cannot be used."""
    rows = split_table(text)
    columns = _read_header(next(rows, (1, []))[1])
    drafts: dict[str, _Draft] = {}

    def read(cells: list[str]) -> None:
        check_width(cells, columns)
        _add_row(drafts, dict(zip(columns, cells, strict=False)))

    problems = read_rows(rows, read)
    return BankFile(tuple(draft.finish() for draft in drafts.values()), problems)


def write_csv(entries: Iterable[BankEntry]) -> str:
    """Return entries as a bank CSV that `read_csv` reads back: digests, whole-frame PDQ, and what is known of each.

    Window hashes are Jacana's own and stay out; an entry that is nothing but them gives no row.
    """
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for entry in entries:
        writer.writerows(_list_rows(entry))
    return out.getvalue()


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
    if "label" not in columns or not set(columns) & set(HASH_DIGITS):
        raise BankFileInvalidError(
            "line 1: columns label and one of md5, sha1, sha256, pdq are needed",
            field="line 1",
            remedy="write for example: label,sha256,pdq",
        )
    return columns


def _add_row(drafts: dict[str, _Draft], row: dict[str, str]) -> None:
    label = read_label(row.get("label", ""))
    hashes = {name: read_hex(name, row[name]) for name in HASH_DIGITS if row.get(name)}
    if not hashes:
        raise RowRefusedError("row", "the row has no hash", "give md5, sha1, sha256 or pdq")
    quality, seconds = read_quality(row.get("quality", "")), read_seconds(row.get("seconds", ""))
    about = _read_about(row)
    draft = drafts.get(label, _Draft(label))
    for name in DIGESTS:
        if name in hashes and draft.digests.get(name, hashes[name]) != hashes[name]:
            raise RowRefusedError(name, f"the label already has another {name}", "give each file a label of its own")
    drafts[label] = draft
    draft.digests |= {name: hashes[name] for name in DIGESTS if name in hashes}
    for name, value in about.items():
        setattr(draft, name, value)
    if "pdq" in hashes:
        draft.frames.append((seconds, quality, bytes.fromhex(hashes["pdq"])))


def _read_about(row: dict[str, str]) -> dict[str, object]:
    """Return what a row says of its entry beside the hashes; empty cells say nothing."""
    values: dict[str, object] = {
        "source_id": read_source_id(row.get("source_id", "")),
        "classification": read_choice("classification", row.get("classification", ""), _CLASSIFICATIONS),
        "media_kind": read_choice("media_kind", row.get("media_kind", ""), _MEDIA_KINDS),
        "expires_at": read_moment("expires_at", row.get("expires_at", "")),
        "votes_up": read_count("votes_up", row.get("votes_up", "")),
        "votes_down": read_count("votes_down", row.get("votes_down", "")),
    }
    return {name: value for name, value in values.items() if value}


def _list_rows(entry: BankEntry) -> list[dict[str, object]]:
    first: dict[str, object] = {name: value for name in DIGESTS if (value := getattr(entry, name))}
    frames = unpack_frames(entry.frames)
    rows: list[dict[str, object]] = [
        {
            "pdq": pdq.tobytes().hex(),
            "quality": int(quality),
            "seconds": f"{float(seconds):.12f}".rstrip("0").rstrip("."),
        }
        for seconds, quality, pdq in zip(frames.seconds, frames.quality, frames.pdq, strict=True)
    ]
    if not rows and first:
        rows = [{}]
    if rows:
        about = {name: value for name in _ABOUT if (value := getattr(entry, name))}
        if entry.expires_at:
            about["expires_at"] = format_time(entry.expires_at)
        rows[0] |= first | about
    return [row | {"label": entry.label} for row in rows]

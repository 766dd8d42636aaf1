"""Rows of refused entries. Takes the caller's connection, opens no transaction. Holds reasons, never refused values."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from jacana.db.engine import Connection
from jacana.db.tables.detect_banks import detect_quarantine
from jacana.model.bank import RowProblem
from jacana.model.ids import new_id

KEPT_AT_ONCE = 10_000
"""Most refusals kept of one import; the rest is counted in the audit entry: rubbish must not fill the disk."""

_AT_ONCE = 500
_REFERENCE_LENGTH = 200
_FIELD_LENGTH = 60
_TEXT_LENGTH = 400


@dataclass(frozen=True, slots=True)
class Refusal:
    """One entry that was not taken."""

    reference: str
    """`FILE line N`, or the source's own id."""
    field: str
    message: str
    remedy: str
    refused_at: datetime


def name_row(problem: RowProblem, file: str | None = None) -> str:
    """Return what a refused row is known by: its own reference, or its line in the file."""
    if problem.reference:
        return problem.reference[:_REFERENCE_LENGTH]
    line = f"line {problem.line}" if problem.line else ""
    return f"{cut_file_name(file)} {line}".strip() if file else line or "file"


def cut_file_name(file: str) -> str:
    """Return a file's name short enough to stand in a reference together with a line."""
    return file[:160]


def quarantine_rows(
    connection: Connection, bank_id: str, problems: Sequence[RowProblem], now: datetime, file: str | None = None
) -> None:
    """Keep refusals, each in place of an earlier one of the same reference."""
    kept = {(name_row(problem, file), problem.field[:_FIELD_LENGTH]): problem for problem in problems[:KEPT_AT_ONCE]}
    release_rows(connection, bank_id, {reference for reference, _ in kept})
    if not kept:
        return
    rows = [
        {
            "id": new_id("refusal"),
            "bank_id": bank_id,
            "reference": reference,
            "field": field,
            "message": problem.message[:_TEXT_LENGTH],
            "remedy": problem.remedy[:_TEXT_LENGTH],
            "refused_at": now,
        }
        for (reference, field), problem in kept.items()
    ]
    connection.execute(detect_quarantine.insert(), rows)


def release_rows(connection: Connection, bank_id: str, references: Collection[str]) -> None:
    """Forget refusals whose entries have come in order since."""
    of_bank = detect_quarantine.c.bank_id == bank_id
    if not references or not connection.scalar(sa.select(sa.exists().where(of_bank))):
        return
    listed = sorted(references)
    for start in range(0, len(listed), _AT_ONCE):
        named = detect_quarantine.c.reference.in_(listed[start : start + _AT_ONCE])
        connection.execute(detect_quarantine.delete().where(of_bank, named))


def release_file(connection: Connection, bank_id: str, file: str) -> None:
    """Forget every refusal of a file's rows: the file is being read anew."""
    name, reference = cut_file_name(file), detect_quarantine.c.reference
    start = f"{name} line "
    of_file = sa.or_(reference == name, sa.func.substr(reference, 1, len(start)) == start)
    connection.execute(detect_quarantine.delete().where(detect_quarantine.c.bank_id == bank_id, of_file))


def select_refusals(connection: Connection, bank_id: str, limit: int) -> list[Refusal]:
    """Return a bank's refusals, the newest first."""
    rows = detect_quarantine.c
    query = (
        sa.select(rows.reference, rows.field, rows.message, rows.remedy, rows.refused_at)
        .where(rows.bank_id == bank_id)
        .order_by(rows.refused_at.desc(), rows.id)
        .limit(limit)
    )
    return [Refusal(*row) for row in connection.execute(query)]


def count_refusals(connection: Connection, bank_id: str) -> int:
    """Return how many refusals a bank has."""
    query = sa.select(sa.func.count()).select_from(detect_quarantine).where(detect_quarantine.c.bank_id == bank_id)
    return connection.scalar(query) or 0

"""Counts over findings, verdicts, refusals and checkpoints, by bank. Reads what several stages wrote; never writes."""

from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from jacana.db.engine import Connection
from jacana.db.tables.detect import detect_findings
from jacana.db.tables.detect_banks import detect_bank_changes, detect_bank_entries, detect_quarantine
from jacana.db.tables.detect_exchange import detect_checkpoints
from jacana.db.tables.review import review_decisions
from jacana.model.finding import FindingKind
from jacana.model.verdict import Verdict
from jacana.pipeline.figures.bank import BankFigures

RECENT = timedelta(days=30)

ListedChange = tuple[datetime, str, int, str]
"""When, `added` or `removed`, the entry's number, its label."""


def read_figures(connection: Connection, now: datetime) -> dict[str, BankFigures]:
    """Return {bank id: figures}; a bank without an entry here has nothing to tell. Five aggregates over indexes."""
    found: dict[str, BankFigures] = {}

    def put(bank_id: str, **values: object) -> None:
        found[bank_id] = replace(found.get(bank_id, BankFigures()), **values)  # type: ignore[arg-type]

    for row in connection.execute(_count_hits(now)):
        put(row.bank_id, hits=row.hits, recent_hits=row.recent or 0)
    for suppressed in connection.execute(_count_set_aside()):
        put(suppressed.bank_id, set_aside=suppressed.hits)
    for judged in connection.execute(_count_decided()):
        put(judged.bank_id, decided=judged.decided, confirmed=judged.confirmed)
    refused = sa.select(detect_quarantine.c.bank_id, sa.func.count().label("rows")).group_by(
        detect_quarantine.c.bank_id
    )
    for kept in connection.execute(refused):
        put(kept.bank_id, refused=kept.rows)
    for point in connection.execute(sa.select(detect_checkpoints)):
        put(point.bank_id, checked_at=point.checked_at, problem=point.problem, failed_at=point.failed_at)
    return found


def list_changes(connection: Connection, bank_id: str, limit: int) -> list[ListedChange]:
    """Return a bank's last changes, the newest first."""
    changes, entries = detect_bank_changes.c, detect_bank_entries.c
    query = (
        sa.select(changes.changed_at, changes.kind, changes.entry_number, entries.label)
        .join(detect_bank_entries, entries.number == changes.entry_number)
        .where(changes.bank_id == bank_id)
        .order_by(changes.sequence.desc())
        .limit(limit)
    )
    return [(row.changed_at, row.kind, row.entry_number, row.label) for row in connection.execute(query)]


def _count_hits(now: datetime) -> sa.Select[tuple[str, int, int]]:
    findings = detect_findings.c
    recent = sa.func.sum(sa.case((findings.found_at >= now - RECENT, 1), else_=0))
    return (
        sa.select(findings.bank_id, sa.func.count().label("hits"), recent.label("recent"))
        .where(findings.bank_id.is_not(None), findings.kind == FindingKind.BANK_MATCH.value)
        .group_by(findings.bank_id)
    )


def _count_set_aside() -> sa.Select[tuple[str, int]]:
    findings = detect_findings.c
    return (
        sa.select(findings.bank_id, sa.func.count().label("hits"))
        .where(findings.bank_id.is_not(None), findings.kind == FindingKind.BENIGN_MATCH.value)
        .group_by(findings.bank_id)
    )


def _count_decided() -> sa.Select[tuple[str, int, int]]:
    """Count each file once, however many uploads of it a bank hit; `live_key` leads to its one standing verdict.

    A verdict that itself put the file into the bank (one's own) says nothing about the bank and is left out.
    """
    findings, verdicts, entries = detect_findings.c, review_decisions.c, detect_bank_entries.c
    confirmed = sa.case((verdicts.verdict == Verdict.CONFIRMED.value, findings.sha256))
    put_in = sa.exists().where(entries.bank_id == findings.bank_id, entries.source_id == verdicts.id)
    return (
        sa.select(
            findings.bank_id,
            sa.func.count(findings.sha256.distinct()).label("decided"),
            sa.func.count(confirmed.distinct()).label("confirmed"),
        )
        .join(review_decisions, verdicts.live_key == findings.sha256)
        .where(findings.bank_id.is_not(None), findings.kind == FindingKind.BANK_MATCH.value)
        .where(verdicts.applied_at.is_not(None), ~put_in)
        .group_by(findings.bank_id)
    )

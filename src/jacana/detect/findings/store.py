"""Keeps findings about accounts. A finding is written once; only that its ground was taken away is added."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from jacana.db.engine import Connection
from jacana.db.tables.detect_accounts import detect_account_findings
from jacana.model.account_finding import AccountFinding, AccountFindingKind, Attempt, Look, TermMatch, TextField

_AT_ONCE = 500


def name_finding(kind: AccountFindingKind, *parts: object) -> str:
    """Return the id of a statement: the same for the same kind and parts (account, event, day …)."""
    digest = hashlib.sha256("\0".join(str(part) for part in parts).encode()).hexdigest()
    return f"find_{kind.value}_{digest[:32]}"


def record_account_findings(connection: Connection, findings: Iterable[AccountFinding], now: datetime) -> list[str]:
    """Add findings; return the ids of those that were not there. A replay adds nothing."""
    by_id = {finding.id: finding for finding in findings}
    known: set[str] = set()
    ids = list(by_id)
    for start in range(0, len(ids), _AT_ONCE):
        portion = ids[start : start + _AT_ONCE]
        query = sa.select(detect_account_findings.c.id).where(detect_account_findings.c.id.in_(portion))
        known.update(connection.scalars(query))
    new = [finding for finding in by_id.values() if finding.id not in known]
    if new:
        connection.execute(detect_account_findings.insert(), [_dump(finding, now) for finding in new])
    return [finding.id for finding in new]


def list_account_findings(
    connection: Connection, account_id: str, *, withdrawn: bool = False, limit: int = 1000
) -> list[AccountFinding]:
    """Return an account's newest findings, oldest first; those that were withdrawn only if asked for."""
    query = sa.select(detect_account_findings).where(detect_account_findings.c.account_id == account_id)
    if not withdrawn:
        query = query.where(detect_account_findings.c.withdrawn_at.is_(None))
    order = (detect_account_findings.c.found_at.desc(), detect_account_findings.c.id)
    return [_load(row) for row in reversed(connection.execute(query.order_by(*order).limit(limit)).all())]


def list_findings_since(
    connection: Connection, account_id: str, since: datetime, *, always: Collection[AccountFindingKind] = ()
) -> list[AccountFinding]:
    """Return an account's findings that were found since a moment and, of the kinds `always`, those of any age, oldest
    first; none that was withdrawn.
    """
    table = detect_account_findings
    lasting = table.c.kind.in_([kind.value for kind in always])
    query = sa.select(table).where(
        table.c.account_id == account_id, table.c.withdrawn_at.is_(None), sa.or_(table.c.found_at >= since, lasting)
    )
    return [_load(row) for row in connection.execute(query.order_by(table.c.found_at, table.c.id))]


def load_account_findings(connection: Connection, ids: Sequence[str]) -> list[AccountFinding]:
    """Return the findings with these ids, in that order; unknown ids are left out."""
    found: dict[str, AccountFinding] = {}
    for start in range(0, len(ids), _AT_ONCE):
        portion = list(ids[start : start + _AT_ONCE])
        query = sa.select(detect_account_findings).where(detect_account_findings.c.id.in_(portion))
        found |= {row.id: _load(row) for row in connection.execute(query)}
    return [found[one] for one in ids if one in found]


def withdraw_account_findings(connection: Connection, ids: Collection[str], because: str, now: datetime) -> int:
    """Record that the ground of findings was taken away (`because`: the reversal's id); return how many stood."""
    changed = connection.execute(
        detect_account_findings.update()
        .where(detect_account_findings.c.id.in_(list(ids)), detect_account_findings.c.withdrawn_at.is_(None))
        .values(withdrawn_at=now, withdrawn_because=because)
    )
    return changed.rowcount


def list_withdrawn(connection: Connection, because: str) -> list[AccountFinding]:
    """Return the findings whose ground a reversal (its id) took away, oldest first."""
    table = detect_account_findings
    query = sa.select(table).where(table.c.withdrawn_because == because).order_by(table.c.found_at, table.c.id)
    return [_load(row) for row in connection.execute(query)]


def _dump(finding: AccountFinding, now: datetime) -> dict[str, Any]:
    return {
        "id": finding.id,
        "account_id": finding.account_id,
        "kind": finding.kind.value,
        "detector": finding.detector,
        "detector_version": finding.detector_version,
        "score": finding.score,
        "reasons": list(finding.reasons),
        "attempt": finding.attempt.value if finding.attempt else None,
        "event_id": finding.event_id,
        "upload_id": finding.upload_id,
        "field": finding.field.value if finding.field else None,
        "matches": [asdict(match) for match in finding.matches],
        "details": dict(finding.details),
        "occurred_at": finding.occurred_at,
        "found_at": now,
    }


def _load(row: sa.Row[Any]) -> AccountFinding:
    return AccountFinding(
        id=row.id,
        account_id=row.account_id,
        kind=AccountFindingKind(row.kind),
        detector=row.detector,
        detector_version=row.detector_version,
        score=row.score,
        reasons=tuple(row.reasons),
        occurred_at=row.occurred_at,
        attempt=Attempt(row.attempt) if row.attempt else None,
        event_id=row.event_id,
        upload_id=row.upload_id,
        field=TextField(row.field) if row.field else None,
        matches=tuple(TermMatch(**{**raw, "look": Look(raw["look"])}) for raw in row.matches),
        details=row.details,
    )

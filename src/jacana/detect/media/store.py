"""Rows of analysed media and findings. Takes the caller's connection, opens no transaction."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from jacana.db.engine import Connection
from jacana.db.tables.detect import detect_findings, detect_media
from jacana.model.finding import BankMatch, Finding, FindingKind, FrameMatch, MatchedSegment
from jacana.model.media import MediaFacts, MediaKind

_MEDIA_FIELDS = [column.name for column in detect_media.columns]


def save_facts(connection: Connection, facts: MediaFacts) -> None:
    """Store the analysis of one file, in place of an earlier one of the same bytes."""
    values = {name: getattr(facts, name) for name in _MEDIA_FIELDS}
    changed = connection.execute(
        detect_media.update().where(detect_media.c.sha256 == facts.sha256).values(values | {"kind": facts.kind.value})
    )
    if not changed.rowcount:
        connection.execute(detect_media.insert().values(values | {"kind": facts.kind.value}))


def find_facts(connection: Connection, sha256: str) -> MediaFacts | None:
    """Return the stored analysis of these bytes."""
    row = connection.execute(sa.select(detect_media).where(detect_media.c.sha256 == sha256)).mappings().first()
    return MediaFacts(**{**row, "kind": MediaKind(row["kind"])}) if row else None


def insert_findings(connection: Connection, findings: Sequence[Finding], now: datetime) -> list[Finding]:
    """Store findings and return the new ones; one that is already there is left as it was first found."""
    added = []
    for finding in findings:
        if connection.execute(sa.select(detect_findings.c.id).where(detect_findings.c.id == finding.id)).first():
            continue
        connection.execute(
            detect_findings.insert().values(
                id=finding.id,
                upload_id=finding.upload_id,
                sha256=finding.sha256,
                kind=finding.kind.value,
                detector=finding.detector,
                detector_version=finding.detector_version,
                score=finding.score,
                reasons=list(finding.reasons),
                match=asdict(finding.match) if finding.match else None,
                details=finding.details,
                found_at=now,
                bank_id=finding.match.bank_id if finding.match else None,
            )
        )
        added.append(finding)
    return added


def select_findings(connection: Connection, upload_id: str) -> list[Finding]:
    """Return an upload's findings, strongest first."""
    query = sa.select(detect_findings).where(detect_findings.c.upload_id == upload_id)
    rows = connection.execute(query.order_by(detect_findings.c.score.desc(), detect_findings.c.id))
    return [_read_finding(row) for row in rows]


def select_finding_ids(connection: Connection, upload_id: str, until: datetime) -> set[str]:
    """Return the ids of an upload's findings that were found until a moment."""
    findings = detect_findings.c
    query = sa.select(findings.id).where(findings.upload_id == upload_id, findings.found_at <= until)
    return set(connection.scalars(query))


def _read_finding(row: sa.Row[Any]) -> Finding:
    return Finding(
        id=row.id,
        upload_id=row.upload_id,
        sha256=row.sha256,
        kind=FindingKind(row.kind),
        detector=row.detector,
        detector_version=row.detector_version,
        score=row.score,
        reasons=tuple(row.reasons),
        match=_read_match(row.match) if row.match else None,
        details=dict(row.details),
    )


def _read_match(stored: dict[str, Any]) -> BankMatch:
    """Read a match as this or an earlier version stored it: what was not known then keeps its default."""
    frames = tuple(FrameMatch(**{**frame, "rect": _read_rect(frame)}) for frame in stored["frames"])
    segments = tuple(
        MatchedSegment(**{**segment, "how": tuple(segment["how"]), "rect": _read_rect(segment)})
        for segment in stored.get("segments", ())
    )
    lists = {"may_cause": tuple(stored["may_cause"]), "how": tuple(stored.get("how", ()))}
    return BankMatch(**{**stored, **lists, "frames": frames, "segments": segments})


def _read_rect(stored: dict[str, Any]) -> tuple[int, int, int, int] | None:
    rect = stored.get("rect")
    return None if rect is None else (int(rect[0]), int(rect[1]), int(rect[2]), int(rect[3]))

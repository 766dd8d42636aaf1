"""Rows of analysed media, banks, bank entries and findings. Takes the caller's connection, opens no transaction."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from jacana.db.engine import Connection
from jacana.db.tables.detect import detect_bank_entries, detect_banks, detect_findings, detect_media
from jacana.model.bank import Bank, BankEntry
from jacana.model.finding import BankMatch, Finding, FindingKind, FrameMatch
from jacana.model.media import MediaFacts, MediaKind
from jacana.model.upload import Digests

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


def insert_bank(connection: Connection, bank: Bank) -> None:
    """Add a bank."""
    values = {
        name: value
        for name, value in asdict(bank).items()
        if name not in {"entry_count", "frame_count", "removed_at", "may_cause"}
    }
    connection.execute(detect_banks.insert().values(values | {"may_cause": list(bank.may_cause), "revision": 0}))


def select_banks(connection: Connection, *, name: str | None = None, removed: bool = False) -> list[Bank]:
    """Return banks by name, with how much they hold; removed ones only when asked for."""
    counts = (
        sa.select(
            detect_bank_entries.c.bank_id,
            sa.func.count().label("entries"),
            sa.func.sum(detect_bank_entries.c.frame_count).label("frames"),
        )
        .group_by(detect_bank_entries.c.bank_id)
        .subquery()
    )
    query = sa.select(detect_banks, counts.c.entries, counts.c.frames).outerjoin(
        counts, counts.c.bank_id == detect_banks.c.id
    )
    if name is not None:
        query = query.where(detect_banks.c.name == name)
    if not removed:
        query = query.where(detect_banks.c.removed_at.is_(None))
    return [_read_bank(row) for row in connection.execute(query.order_by(detect_banks.c.name))]


def mark_removed(connection: Connection, bank_id: str, now: datetime) -> None:
    """Record that the bank matches nothing from now on."""
    connection.execute(detect_banks.update().where(detect_banks.c.id == bank_id).values(removed_at=now))


def grow_revision(connection: Connection, bank_id: str) -> None:
    """Tell every cache that the bank's entries changed; also makes two imports into one bank wait for each other."""
    connection.execute(
        detect_banks.update().where(detect_banks.c.id == bank_id).values(revision=detect_banks.c.revision + 1)
    )


def read_revisions(connection: Connection) -> tuple[tuple[str, int], ...]:
    """Return (bank id, revision) of every live bank: equal answers mean equal contents."""
    query = sa.select(detect_banks.c.id, detect_banks.c.revision).where(detect_banks.c.removed_at.is_(None))
    return tuple((row.id, row.revision) for row in connection.execute(query.order_by(detect_banks.c.id)))


def insert_entry(connection: Connection, bank_id: str, entry: BankEntry, now: datetime) -> None:
    """Add an entry; its id must be new and its label free in the bank."""
    connection.execute(detect_bank_entries.insert().values(asdict(entry) | {"bank_id": bank_id, "added_at": now}))


def delete_entry(connection: Connection, entry_id: str) -> None:
    """Take an entry out, because a newer one of the same label replaces it."""
    connection.execute(detect_bank_entries.delete().where(detect_bank_entries.c.id == entry_id))


def select_entries(connection: Connection, bank_id: str) -> list[BankEntry]:
    """Return a bank's entries by label."""
    query = sa.select(detect_bank_entries).where(detect_bank_entries.c.bank_id == bank_id)
    return [_read_entry(row) for row in connection.execute(query.order_by(detect_bank_entries.c.label))]


def select_entry(connection: Connection, bank_id: str, label: str) -> BankEntry | None:
    """Return the entry of this label."""
    row = connection.execute(
        sa.select(detect_bank_entries).where(
            detect_bank_entries.c.bank_id == bank_id, detect_bank_entries.c.label == label
        )
    ).first()
    return _read_entry(row) if row else None


def select_digest_matches(connection: Connection, digests: Digests) -> list[tuple[str, BankEntry]]:
    """Return (bank id, entry) of live entries that carry one of these digests."""
    entries = detect_bank_entries.c
    query = (
        sa.select(detect_bank_entries)
        .join(detect_banks, detect_banks.c.id == entries.bank_id)
        .where(
            detect_banks.c.removed_at.is_(None),
            sa.or_(entries.md5 == digests.md5, entries.sha1 == digests.sha1, entries.sha256 == digests.sha256),
        )
        .order_by(entries.id)
    )
    return [(row.bank_id, _read_entry(row)) for row in connection.execute(query)]


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
            )
        )
        added.append(finding)
    return added


def select_findings(connection: Connection, upload_id: str) -> list[Finding]:
    """Return an upload's findings, strongest first."""
    query = sa.select(detect_findings).where(detect_findings.c.upload_id == upload_id)
    rows = connection.execute(query.order_by(detect_findings.c.score.desc(), detect_findings.c.id))
    return [_read_finding(row) for row in rows]


def _read_bank(row: sa.Row[Any]) -> Bank:
    return Bank(
        id=row.id,
        name=row.name,
        source=row.source,
        classification=row.classification,
        may_cause=tuple(row.may_cause),
        max_distance=row.max_distance,
        min_quality=row.min_quality,
        min_matched_seconds=row.min_matched_seconds,
        created_at=row.created_at,
        note=row.note,
        removed_at=row.removed_at,
        entry_count=row.entries or 0,
        frame_count=int(row.frames or 0),
    )


def _read_entry(row: sa.Row[Any]) -> BankEntry:
    return BankEntry(
        id=row.id,
        label=row.label,
        md5=row.md5,
        sha1=row.sha1,
        sha256=row.sha256,
        frame_count=row.frame_count,
        frames=row.frames,
    )


def _read_finding(row: sa.Row[Any]) -> Finding:
    match = row.match
    if match is not None:
        frames = tuple(FrameMatch(**frame) for frame in match["frames"])
        match = BankMatch(**{**match, "may_cause": tuple(match["may_cause"]), "frames": frames})
    return Finding(
        id=row.id,
        upload_id=row.upload_id,
        sha256=row.sha256,
        kind=FindingKind(row.kind),
        detector=row.detector,
        detector_version=row.detector_version,
        score=row.score,
        reasons=tuple(row.reasons),
        match=match,
        details=dict(row.details),
    )

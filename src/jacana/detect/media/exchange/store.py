"""Rows of checkpoints and votes. Takes the caller's connection, opens no transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from jacana.db.engine import Connection
from jacana.db.tables.detect import detect_findings
from jacana.db.tables.detect_banks import detect_bank_entries, detect_banks
from jacana.db.tables.detect_exchange import detect_checkpoints, detect_votes
from jacana.model.bank import BankOrigin
from jacana.model.finding import FindingKind


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far one bank has been read from its exchange."""

    bank_id: str
    environment: str
    turn: int
    """Grows with every change, so that two syncs of one bank notice each other."""
    state: Mapping[str, Any] | None
    """In the exchange's own terms; None before the first page."""
    read_until: datetime | None = None
    checked_at: datetime | None = None
    problem: str | None = None
    failed_at: datetime | None = None


class VoteState(StrEnum):
    """Where a vote is."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Vote:
    """What a person of this network says of one entry of an exchange, and whether the exchange has it."""

    id: str
    bank_id: str
    entry_id: str
    signal: str
    agrees: bool
    reasons: tuple[str, ...]
    cause: str
    actor: str
    state: VoteState
    attempts: int
    answer: str | None
    cast_at: datetime
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MatchedEntry:
    """An upload that matched an entry of an exchange."""

    finding_id: str
    upload_id: str
    sha256: str
    bank_id: str
    entry_id: str
    exact: bool
    """Whether a digest of the whole file matched, not only frames."""


@dataclass(frozen=True, slots=True)
class EntryName:
    """What an entry is called here and at its source, live or not."""

    id: str
    bank_id: str
    bank_name: str
    source_id: str | None


def load_checkpoint(connection: Connection, bank_id: str) -> Checkpoint | None:
    """Return a bank's checkpoint, None before its first sync."""
    query = sa.select(detect_checkpoints).where(detect_checkpoints.c.bank_id == bank_id)
    row = connection.execute(query).first()
    return _read_checkpoint(row) if row else None


def list_checkpoints(connection: Connection) -> list[Checkpoint]:
    """Return every checkpoint."""
    rows = connection.execute(sa.select(detect_checkpoints).order_by(detect_checkpoints.c.bank_id))
    return [_read_checkpoint(row) for row in rows]


def insert_checkpoint(connection: Connection, bank_id: str, environment: str) -> Checkpoint:
    """Bind a bank to an environment, from which nothing has been read yet."""
    fresh = Checkpoint(bank_id, environment, 0, None)
    connection.execute(detect_checkpoints.insert().values(_checkpoint_values(fresh)))
    return fresh


def save_checkpoint(connection: Connection, checkpoint: Checkpoint) -> None:
    """Write a checkpoint in place of the one before. Its environment never changes."""
    values = _checkpoint_values(checkpoint)
    del values["bank_id"], values["environment"]
    connection.execute(
        detect_checkpoints.update().where(detect_checkpoints.c.bank_id == checkpoint.bank_id).values(values)
    )


def select_source_ids(connection: Connection, bank_id: str) -> set[str]:
    """Return what the source calls each live entry of a bank."""
    entries = detect_bank_entries.c
    query = sa.select(entries.source_id).where(entries.bank_id == bank_id, entries.removed_at.is_(None))
    return {row.source_id for row in connection.execute(query) if row.source_id is not None}


def find_entry_name(connection: Connection, entry_id: str) -> EntryName | None:
    """Return what an entry is called, a tombstone too."""
    entries = detect_bank_entries.c
    query = (
        sa.select(entries.id, entries.bank_id, entries.source_id, detect_banks.c.name)
        .join(detect_banks, detect_banks.c.id == detect_bank_entries.c.bank_id)
        .where(detect_bank_entries.c.id == entry_id)
    )
    row = connection.execute(query).first()
    return EntryName(row.id, row.bank_id, row.name, row.source_id) if row else None


def insert_vote(connection: Connection, vote: Vote) -> None:
    """Add a vote; of one entry, signal and cause there is one."""
    values = {name: getattr(vote, name) for name in detect_votes.c.keys()}  # noqa: SIM118  # not a dict
    connection.execute(detect_votes.insert().values(values | {"reasons": list(vote.reasons)}))


def find_vote(connection: Connection, vote_id: str) -> Vote | None:
    """Return a vote."""
    row = connection.execute(sa.select(detect_votes).where(detect_votes.c.id == vote_id)).first()
    return _read_vote(row) if row else None


def select_votes(connection: Connection, *, cause: str | None = None, limit: int = 1000) -> list[Vote]:
    """Return votes, newest first, of one review decision if given."""
    query = sa.select(detect_votes)
    if cause is not None:
        query = query.where(detect_votes.c.cause == cause)
    rows = connection.execute(query.order_by(detect_votes.c.cast_at.desc(), detect_votes.c.id).limit(limit))
    return [_read_vote(row) for row in rows]


def update_vote(connection: Connection, vote_id: str, **values: Any) -> None:
    """Change columns of one vote."""
    connection.execute(detect_votes.update().where(detect_votes.c.id == vote_id).values(values))


def select_exchange_matches(connection: Connection, limit: int, *, finding_id: str | None = None) -> list[MatchedEntry]:
    """Return uploads that matched an entry of a live bank from an exchange, the newest findings first; one if named."""
    findings = detect_findings.c
    query = (
        sa.select(findings.id, findings.upload_id, findings.sha256, findings.match)
        .join(detect_banks, detect_banks.c.id == findings.bank_id)
        .where(
            findings.kind == FindingKind.BANK_MATCH.value,
            detect_banks.c.removed_at.is_(None),
            detect_banks.c.origin.in_([BankOrigin.NCMEC.value, BankOrigin.THREATEXCHANGE.value]),
        )
        .order_by(findings.found_at.desc(), findings.id)
        .limit(limit)
    )
    if finding_id is not None:
        query = query.where(findings.id == finding_id)
    return [
        MatchedEntry(
            row.id, row.upload_id, row.sha256, row.match["bank_id"], row.match["entry_id"], bool(row.match["exact"])
        )
        for row in connection.execute(query)
    ]


def _checkpoint_values(checkpoint: Checkpoint) -> dict[str, Any]:
    return {
        "bank_id": checkpoint.bank_id,
        "environment": checkpoint.environment,
        "state": {"turn": checkpoint.turn, "exchange": checkpoint.state},
        "read_until": checkpoint.read_until,
        "checked_at": checkpoint.checked_at,
        "problem": checkpoint.problem,
        "failed_at": checkpoint.failed_at,
    }


def _read_checkpoint(row: sa.Row[Any]) -> Checkpoint:
    return Checkpoint(
        row.bank_id,
        row.environment,
        int(row.state["turn"]),
        row.state["exchange"],
        row.read_until,
        row.checked_at,
        row.problem,
        row.failed_at,
    )


def _read_vote(row: sa.Row[Any]) -> Vote:
    return Vote(
        row.id,
        row.bank_id,
        row.entry_id,
        row.signal,
        row.agrees,
        tuple(row.reasons),
        row.cause,
        row.actor,
        VoteState(row.state),
        row.attempts,
        row.answer,
        row.cast_at,
        row.sent_at,
    )

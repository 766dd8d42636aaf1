"""Placing and releasing holds, each with its audit entry in the caller's transaction.

The longest hold wins: placing one again can only lengthen it, and no hold that the law demands is released early.
"""

from datetime import datetime

from jacana.audit import AuditEntry, append_entry
from jacana.db.engine import Connection
from jacana.model.clock import format_time
from jacana.model.errors import StateConflictError, ThingNotFoundError
from jacana.model.preservation import Hold, HoldReason
from jacana.preserve import store

LOCKED_REASONS = frozenset({HoldReason.REPORT, HoldReason.CONTEXT})
"""18 USC 2258A(h)(1) and (2): what was reported, and what gives context on it, is kept for the whole term."""


class HoldLockedError(StateConflictError):
    """The law fixes the end of this hold; it cannot be released before."""

    code = "vault.hold_locked"


class HoldMissingError(ThingNotFoundError):
    """There is no hold of this id."""

    code = "vault.hold_missing"


def is_live(hold: Hold, now: datetime) -> bool:
    """Whether the hold forbids destruction at `now`. One that has yet to begin does too."""
    return hold.released_at is None and (hold.ends_at is None or hold.ends_at > now)


def find_longest(holds: list[Hold], now: datetime) -> Hold | None:
    """Return the live hold that ends last; an open end is the latest of all."""
    live = [hold for hold in holds if is_live(hold, now)]
    return max(live, key=lambda hold: (hold.ends_at is None, hold.ends_at or now), default=None)


def place_hold(connection: Connection, wanted: Hold, actor: str, now: datetime) -> Hold:
    """Place `wanted`, or lengthen the hold that its object already has for the same reason and subject.

    The caller has locked the object's row. A released hold is placed anew. Returns the hold as it now stands.
    """
    if wanted.ends_at is not None and wanted.ends_at < wanted.starts_at:
        raise ValueError("a hold that ends before it begins")
    known = store.find_hold_for(connection, wanted.sha256, wanted.reason, wanted.subject)
    hold = _lengthen(known, wanted) if known else wanted
    if hold == known:
        return hold
    store.save_hold(connection, hold)
    details = {
        "hold_id": hold.id,
        "reason": hold.reason.value,
        "subject": hold.subject,
        "starts_at": format_time(hold.starts_at),
        "ends_at": format_time(hold.ends_at) if hold.ends_at else "open",
    }
    append_entry(connection, AuditEntry(now, actor, "hold.placed", hold.sha256, details))
    return hold


def _lengthen(known: Hold, wanted: Hold) -> Hold:
    if known.released_at is not None:
        return Hold(
            known.id, known.sha256, known.reason, known.subject, wanted.starts_at, wanted.ends_at, released_at=None
        )
    ends_at = None if known.ends_at is None or wanted.ends_at is None else max(known.ends_at, wanted.ends_at)
    return Hold(known.id, known.sha256, known.reason, known.subject, known.starts_at, ends_at)


def release_hold(connection: Connection, hold_id: str, actor: str, now: datetime) -> Hold:
    """Release a hold; releasing it twice changes nothing.

    Raises HoldMissingError, or HoldLockedError for a hold that the law demands and that has not ended.
    """
    hold = _lock_hold(connection, hold_id)
    if hold.released_at is not None:
        return hold
    if hold.reason in LOCKED_REASONS and is_live(hold, now):
        end = f"before {format_time(hold.ends_at)}" if hold.ends_at else "while its end is open"
        raise HoldLockedError(f"hold {hold_id} ({hold.reason.value}) cannot be released {end}: 18 USC 2258A(h)")
    released = Hold(hold.id, hold.sha256, hold.reason, hold.subject, hold.starts_at, hold.ends_at, released_at=now)
    store.save_hold(connection, released)
    details = {"hold_id": hold.id, "reason": hold.reason.value, "subject": hold.subject}
    append_entry(connection, AuditEntry(now, actor, "hold.released", hold.sha256, details))
    return released


def _lock_hold(connection: Connection, hold_id: str) -> Hold:
    hold = store.find_hold(connection, hold_id)
    if hold is not None:
        store.find_object(connection, hold.sha256, lock=True)
        hold = store.find_hold(connection, hold_id)
    if hold is None:
        raise HoldMissingError(f"there is no hold {hold_id}")
    return hold

"""Applies a verdict to the copies that wait for it, and closes the cases that wait for nothing more.

Called by the pipeline inside the transaction that also orders the effects; replaying changes nothing.
"""

from collections.abc import Iterable
from datetime import datetime

from jacana.audit import AuditEntry, append_entry, lock_log
from jacana.db.engine import Connection
from jacana.review import lanes, store
from jacana.review.cases import ReviewDecision
from jacana.review.errors import (
    DecisionUndoneError,
    ItemMissingError,
    TooEarlyToOverturnError,
    VerdictMismatchError,
)


def lock_decision(connection: Connection, decision_id: str) -> ReviewDecision:
    """Return the verdict as it stands once no other transaction can change it.

    Raises DecisionMissingError, DecisionUndoneError.
    """
    lock_log(connection)
    decision = store.load_decision(connection, decision_id)
    if decision.undone_at is not None:
        raise DecisionUndoneError("the verdict was taken back")
    return decision


def settle_file(connection: Connection, decision_id: str, now: datetime) -> list[str]:
    """Settle every waiting copy of the verdict's file; return the upload ids it settled, now or before.

    Raises DecisionMissingError, DecisionUndoneError.
    """
    decision = lock_decision(connection, decision_id)
    if decision.applied_at is None:
        case_ids = store.settle_items(connection, decision)
        store.mark_applied(connection, decision_id, now)
        _leave_cases(connection, case_ids, decision, now)
    return store.list_settled(connection, decision_id)


def settle_late_copy(connection: Connection, upload_id: str, decision_id: str, now: datetime) -> None:
    """Settle one copy that came after the verdict was applied.

    Raises ItemMissingError, DecisionMissingError, DecisionUndoneError, VerdictMismatchError.
    """
    decision = lock_decision(connection, decision_id)
    item = store.find_item(connection, upload_id)
    if item is None:
        raise ItemMissingError("the upload is in no case; open its case first")
    if item.decision_id == decision_id:
        return
    if decision.applied_at is None or item.sha256 != decision.sha256 or item.verdict is not None:
        raise VerdictMismatchError("the verdict cannot settle this upload")
    _leave_cases(connection, store.settle_items(connection, decision, upload_id), decision, now)


def overturn_file(connection: Connection, decision_id: str, user_id: str, reason: str, now: datetime) -> list[str]:
    """Take an applied verdict back: its files wait again, in their cases, and get another verdict.

    Returns the uploads concerned. What the verdict did at the network is the pipeline's to reverse. Raises
    DecisionMissingError, DecisionUndoneError, TooEarlyToOverturnError.
    """
    decision = lock_decision(connection, decision_id)
    if decision.applied_at is None:
        raise TooEarlyToOverturnError("the verdict is not applied yet; undo it instead")
    uploads = store.list_settled(connection, decision_id)
    actor = f"user:{user_id}"
    details = {"decision_id": decision_id, "verdict": decision.verdict.value, "uploads": len(uploads)}
    store.mark_undone(connection, decision_id, now, by=user_id, reason=reason)
    for case_id in store.reopen_items(connection, decision_id, now, lanes.due_at):
        append_entry(connection, AuditEntry(now, actor, "case.overturned", case_id, details))
    return uploads


def _leave_cases(connection: Connection, case_ids: Iterable[str], decision: ReviewDecision, now: datetime) -> None:
    """Bump each case and close it if nothing waits; then say so, and which cases another case's verdict covered."""
    closed: dict[str, bool] = {}
    for case_id in sorted(case_ids):
        store.bump_version(connection, case_id)
        closed[case_id] = store.close_if_done(connection, case_id, now)
    actor = f"user:{decision.user_id}"
    details = {"decision_id": decision.id, "verdict": decision.verdict.value}
    for case_id, done in closed.items():
        if case_id != decision.case_id:
            covered = {**details, "decided_in": decision.case_id}
            append_entry(connection, AuditEntry(now, actor, "case.covered", case_id, covered))
        if done:
            append_entry(connection, AuditEntry(now, actor, "case.closed", case_id, details))

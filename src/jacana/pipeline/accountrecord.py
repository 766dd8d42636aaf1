"""The account's record: what is known, found and decided about an account, sealed as evidence before anything lasting.

One record for each decision that needs one, made once. What looks like a password is masked before it is written.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any

import rfc8785

from jacana.db.engine import Connection
from jacana.decide.store import list_account_decisions
from jacana.detect.text.handover.mask import mask_passwords
from jacana.detect.text.items import list_items
from jacana.model.account import Account
from jacana.model.account_finding import AccountFinding
from jacana.model.clock import format_time
from jacana.model.decision import AccountDecision, EffectKind, Moment
from jacana.model.event import Event
from jacana.model.preservation import Hold, HoldReason, PreservationReceipt
from jacana.pipeline.accountfacts import list_standing_findings, load_account, load_account_decision
from jacana.pipeline.stages import Stages
from jacana.review.accounts.items import AccountReview

RECORD_TYPE = "jacana.account_record.v1"
MEDIA_TYPE = "application/json"

KEPT_FOR = frozenset({EffectKind.OPEN_CASE, EffectKind.SUSPEND_ACCOUNT, EffectKind.BAN_ACCOUNT, EffectKind.BAN_DEVICE})
"""Effects whose grounds must be kept: those that wait for a person, and those that last."""

_LARGEST_JSON_INT = 2**53 - 1

Told = list[tuple[Event, dict[str, str]]]
"""Events with their sealed fields opened."""


def preserve_account(stages: Stages, account_id: str, decision_id: str) -> PreservationReceipt | None:
    """Seal the account's record for one decision, unless nothing in it needs evidence; return the receipt.

    A record that the decision has already is not made again: its digest is computed once.
    """
    with stages.db.read() as connection:
        decision = load_account_decision(connection, account_id, decision_id)
        if not any(effect.kind in KEPT_FOR for effect in decision.evaluation.effects):
            return None
        receipt = find_receipt(stages, connection, decision_id)
        if receipt is not None:
            return receipt
        record = _gather(stages, connection, decision)
    actor = f"policy:{decision.evaluation.policy_version}"
    return stages.vault.preserve_bytes(record, MEDIA_TYPE, HoldReason.SCREENING, decision_id, actor)


def find_receipt(stages: Stages, connection: Connection, decision_id: str) -> PreservationReceipt | None:
    """Return the receipt of the record that was sealed for a decision and is still held."""
    for hold in _list_holds(stages, connection, decision_id):
        receipt = stages.vault.find_receipt(connection, hold.sha256)
        if hold.released_at is None and receipt is not None:
            return receipt
    return None


def find_newest_receipt(stages: Stages, connection: Connection, account_id: str) -> PreservationReceipt | None:
    """Return the receipt of the newest record of the account that is still held."""
    for decision_id, _, _ in reversed(list_account_decisions(connection, account_id)):
        receipt = find_receipt(stages, connection, decision_id)
        if receipt is not None:
            return receipt
    return None


def release_records(stages: Stages, connection: Connection, review: AccountReview) -> None:
    """Release the records of what a person has found innocent: those sealed before the verdict was given."""
    for decision_id in _list_covered(connection, review):
        for hold in _list_holds(stages, connection, decision_id):
            if hold.released_at is None:
                stages.vault.release_hold(connection, hold.id, "system")


def hold_records_again(stages: Stages, connection: Connection, review: AccountReview, actor: str) -> None:
    """Hold what `release_records` released, as far as it has not been destroyed: the verdict was taken back."""
    for decision_id in _list_covered(connection, review):
        for hold in _list_holds(stages, connection, decision_id):
            if hold.released_at is not None and stages.vault.size_of(connection, hold.sha256) is not None:
                stages.vault.place_hold(
                    connection, hold.sha256, HoldReason.SCREENING, decision_id, stages.clock(), None, actor
                )


def build_record(
    account: Account, findings: tuple[AccountFinding, ...], told: Told, decision: AccountDecision, now: datetime
) -> bytes:
    """Return the record as canonical JSON (RFC 8785). Offsets of matches are those of the texts, masked or not."""
    record = {
        "type": RECORD_TYPE,
        "made_at": format_time(now),
        "account": _plain(asdict(account)),
        "findings": [_plain(asdict(finding)) for finding in findings],
        "events": [
            {"id": event.id, "type": event.type.value, "occurred_at": format_time(event.occurred_at)}
            for event, _ in told
        ],
        "texts": _list_texts(findings, told),
        "decision": _plain(asdict(decision)),
    }
    return rfc8785.dumps(record)


def _gather(stages: Stages, connection: Connection, decision: AccountDecision) -> bytes:
    findings = list_standing_findings(stages, connection, decision.account_id)
    wanted = dict.fromkeys(finding.event_id for finding in findings if finding.event_id)
    told = [found for event_id in wanted if (found := stages.events.find_event(connection, event_id))]
    account = load_account(stages, connection, decision.account_id)
    return build_record(account, findings, told, decision, stages.clock())


def _list_texts(findings: tuple[AccountFinding, ...], told: Told) -> list[dict[str, str]]:
    """Return the texts that findings rest on, and no other text of their events."""
    rested = {(finding.event_id, finding.field) for finding in findings}
    return [
        {"event_id": event.id, "field": item.field.value, "text": mask_passwords(item.text)}
        for event, opened in told
        for item in list_items(event, opened, public_text=True, messages=True)
        if (event.id, item.field) in rested
    ]


def _list_covered(connection: Connection, review: AccountReview) -> list[str]:
    """Return the decisions about the account that had been made when the verdict on it was given."""
    return [
        decision_id
        for decision_id, evaluation, decided_at in list_account_decisions(connection, review.account_id)
        if evaluation.moment is Moment.ACCOUNT and decided_at <= review.decided_at
    ]


def _list_holds(stages: Stages, connection: Connection, decision_id: str) -> list[Hold]:
    return stages.vault.list_holds_for(connection, HoldReason.SCREENING, decision_id)


def _plain(value: Any) -> Any:
    """Return the value as JSON knows it."""
    if isinstance(value, datetime):
        return format_time(value)
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _LARGEST_JSON_INT:
        return str(value)
    return value

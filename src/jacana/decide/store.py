"""Keeps what was decided about each upload, with its audit entry. A decision is written once and never changed."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from jacana.audit import AuditEntry, append_entry, lock_log
from jacana.db.engine import Connection
from jacana.db.tables.decide import decide_account_decisions, decide_decisions
from jacana.model.decision import Effect, EffectKind, Evaluation, FiredRule, Lane, Moment, WithheldEffect
from jacana.model.ids import new_id


def record_decision(connection: Connection, upload_id: str, evaluation: Evaluation, cause: str, now: datetime) -> str:
    """Record an evaluation and return the decision's id.

    `cause` is the upload's id at screening, the review decision's id at a verdict. One upload, moment and cause have
    one decision: asked again, the first one stands and its id is returned, whatever the evaluation says now.
    """
    lock_log(connection)
    known = find_decision(connection, upload_id, evaluation.moment, cause)
    if known is not None:
        return known[0]
    decision_id = new_id("dec")
    connection.execute(
        decide_decisions.insert().values(upload_id=upload_id, **_dump(decision_id, evaluation, cause, now))
    )
    append_entry(connection, _describe(decision_id, upload_id, evaluation, cause, now))
    return decision_id


def find_decision(
    connection: Connection, upload_id: str, moment: Moment, cause: str
) -> tuple[str, Evaluation, datetime] | None:
    """Return (id, evaluation, decided_at) of the decision with this cause, or None."""
    row = connection.execute(
        sa.select(decide_decisions).where(
            decide_decisions.c.upload_id == upload_id,
            decide_decisions.c.moment == moment.value,
            decide_decisions.c.cause == cause,
        )
    ).first()
    return _load(row) if row else None


def list_decisions(connection: Connection, upload_id: str) -> list[tuple[str, Evaluation, datetime]]:
    """Return (id, evaluation, decided_at) of every decision about an upload, oldest first."""
    rows = connection.execute(
        sa.select(decide_decisions)
        .where(decide_decisions.c.upload_id == upload_id)
        .order_by(decide_decisions.c.decided_at, decide_decisions.c.moment, decide_decisions.c.id)
    )
    return [_load(row) for row in rows]


def record_account_decision(
    connection: Connection, account_id: str, evaluation: Evaluation, cause: str, now: datetime
) -> str:
    """Record an evaluation about an account and return the decision's id.

    `cause` is what was found, or the account review's id. One account, moment and cause have one decision.
    """
    lock_log(connection)
    known = find_account_decision(connection, account_id, evaluation.moment, cause)
    if known is not None:
        return known[0]
    decision_id = new_id("dec")
    connection.execute(
        decide_account_decisions.insert().values(account_id=account_id, **_dump(decision_id, evaluation, cause, now))
    )
    append_entry(connection, _describe(decision_id, account_id, evaluation, cause, now))
    return decision_id


def find_account_decision(
    connection: Connection, account_id: str, moment: Moment, cause: str
) -> tuple[str, Evaluation, datetime] | None:
    """Return (id, evaluation, decided_at) of the decision about an account with this cause, or None."""
    table = decide_account_decisions
    query = sa.select(table).where(
        table.c.account_id == account_id, table.c.moment == moment.value, table.c.cause == cause
    )
    row = connection.execute(query).first()
    return _load(row) if row else None


def list_account_decisions(connection: Connection, account_id: str) -> list[tuple[str, Evaluation, datetime]]:
    """Return (id, evaluation, decided_at) of every decision about an account, oldest first."""
    table = decide_account_decisions
    query = sa.select(table).where(table.c.account_id == account_id).order_by(table.c.decided_at, table.c.id)
    return [_load(row) for row in connection.execute(query)]


def find_cause(connection: Connection, decision_id: str) -> str | None:
    """Return what a decision about an upload or an account was made for: a person's verdict, or what was found."""
    for table in (decide_decisions, decide_account_decisions):
        cause: str | None = connection.scalar(sa.select(table.c.cause).where(table.c.id == decision_id))
        if cause is not None:
            return cause
    return None


def _describe(decision_id: str, subject: str, evaluation: Evaluation, cause: str, now: datetime) -> AuditEntry:
    return AuditEntry(
        at=now,
        actor=f"policy:{evaluation.policy_version}",
        verb="decision.made",
        subject=subject,
        details={
            "decision": decision_id,
            "moment": evaluation.moment.value,
            "cause": cause,
            "policy": evaluation.policy_version,
            "rules": list(dict.fromkeys(fired.rule for fired in evaluation.fired)),
            "effects": [
                f"{effect.kind}:{effect.lane}" if effect.lane else effect.kind.value for effect in evaluation.effects
            ],
            "withheld": len(evaluation.withheld),
        },
    )


def _dump(decision_id: str, evaluation: Evaluation, cause: str, now: datetime) -> dict[str, Any]:
    """Return the columns that decisions about uploads and about accounts share."""
    return {
        "id": decision_id,
        "moment": evaluation.moment.value,
        "cause": cause,
        "policy_version": evaluation.policy_version,
        "fired": [_dump_fired(fired) for fired in evaluation.fired],
        "effects": [_dump_effect(effect) for effect in evaluation.effects],
        "withheld": [_dump_withheld(withheld) for withheld in evaluation.withheld],
        "decided_at": now,
    }


def _dump_fired(fired: FiredRule) -> dict[str, Any]:
    return {"rule": fired.rule, "values": fired.values, "finding_id": fired.finding_id}


def _dump_effect(effect: Effect) -> dict[str, Any]:
    lane = effect.lane.value if effect.lane else None
    return {"kind": effect.kind.value, "rule": effect.rule, "reason": effect.reason, "lane": lane}


def _dump_withheld(withheld: WithheldEffect) -> dict[str, Any]:
    return {"effect": _dump_effect(withheld.effect), "because": withheld.because}


def _load(row: sa.Row[Any]) -> tuple[str, Evaluation, datetime]:
    evaluation = Evaluation(
        policy_version=row.policy_version,
        moment=Moment(row.moment),
        fired=tuple(FiredRule(raw["rule"], raw["values"], raw["finding_id"]) for raw in row.fired),
        effects=tuple(_load_effect(raw) for raw in row.effects),
        withheld=tuple(WithheldEffect(_load_effect(raw["effect"]), raw["because"]) for raw in row.withheld),
    )
    return row.id, evaluation, row.decided_at


def _load_effect(raw: dict[str, Any]) -> Effect:
    lane = Lane(raw["lane"]) if raw["lane"] else None
    return Effect(EffectKind(raw["kind"]), raw["rule"], raw["reason"], lane)

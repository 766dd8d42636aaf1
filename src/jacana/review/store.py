"""SQL of cases, items, leases and verdicts. Knows no rule: `states` does."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from jacana.db.engine import Connection
from jacana.db.tables.review import review_cases, review_decisions, review_items
from jacana.db.tables.review_accounts import review_account_items
from jacana.model.decision import Lane
from jacana.model.ids import new_id
from jacana.model.verdict import Classification, Verdict
from jacana.review.cases import (
    CaseHead,
    CaseItem,
    CaseState,
    Lease,
    ReviewDecision,
)
from jacana.review.errors import CaseMissingError, DecisionMissingError
from jacana.review.states import Copies

_live = review_decisions.alias("live")
_items_with_live = sa.select(
    review_items, *(column.label(f"live_{column.name}") for column in _live.c if column.name != "live_key")
).select_from(review_items.outerjoin(_live, _live.c.live_key == review_items.c.sha256))


# Cases


def open_or_join(
    connection: Connection, account_id: str, lane: Lane, now: datetime, due_at: datetime
) -> tuple[CaseHead, bool]:
    """Return the account's open case in the lane, locked, and whether it was opened just now."""
    key = f"{lane.value}:{account_id}"
    query = sa.select(review_cases).where(review_cases.c.open_key == key).with_for_update()
    while True:
        row = connection.execute(query).first()
        if row is not None:
            return _head(row), False
        head = CaseHead(new_id("case"), account_id, lane, CaseState.OPEN, 1, now, due_at, None, None, 0, None)
        try:
            with connection.begin_nested():
                connection.execute(
                    review_cases.insert().values(
                        id=head.id,
                        account_id=account_id,
                        lane=lane.value,
                        state=head.state.value,
                        open_key=key,
                        version=head.version,
                        opened_at=now,
                        due_at=due_at,
                        lease_token=head.lease_token,
                    )
                )
        except IntegrityError:
            continue  # another transaction opened it first
        return head, True


def load_head(connection: Connection, case_id: str, *, lock: bool = False) -> CaseHead:
    """Return the case; `lock` keeps other writers of it out until commit. Raises CaseMissingError."""
    query = sa.select(review_cases).where(review_cases.c.id == case_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise CaseMissingError("there is no such case")
    return _head(row)


def list_open_heads(connection: Connection) -> list[CaseHead]:
    """Return the open cases in no particular order."""
    rows = connection.execute(sa.select(review_cases).where(review_cases.c.state == CaseState.OPEN.value))
    return [_head(row) for row in rows]


def list_account_heads(connection: Connection, account_id: str) -> list[CaseHead]:
    """Return the account's cases, newest first."""
    rows = connection.execute(
        sa.select(review_cases)
        .where(review_cases.c.account_id == account_id)
        .order_by(review_cases.c.opened_at.desc(), review_cases.c.id.desc())
    )
    return [_head(row) for row in rows]


def list_closed_heads(connection: Connection, account_id: str | None, limit: int) -> list[CaseHead]:
    """Return closed cases, the last closed first."""
    query = sa.select(review_cases).where(review_cases.c.state == CaseState.CLOSED.value)
    if account_id is not None:
        query = query.where(review_cases.c.account_id == account_id)
    newest = (review_cases.c.closed_at.desc(), review_cases.c.id.desc())
    return [_head(row) for row in connection.execute(query.order_by(*newest).limit(limit))]


def bump_version(connection: Connection, case_id: str) -> None:
    """Make every form shown before now stale."""
    _update_case(connection, case_id, version=review_cases.c.version + 1)


def save_lease(connection: Connection, lease: Lease) -> None:
    """Write who holds the case, until when, under which token."""
    _update_case(connection, lease.case_id, leased_by=lease.user_id, lease_until=lease.until, lease_token=lease.token)


def clear_lease(connection: Connection, case_id: str) -> None:
    """Nobody holds the case; the token stays, so that the next one is higher."""
    _update_case(connection, case_id, leased_by=None, lease_until=None)


def close_if_done(connection: Connection, case_id: str, now: datetime) -> bool:
    """Close the case if every file and account in it has its verdict; return whether it closed."""
    waiting = [
        sa.exists().where(items.c.case_id == review_cases.c.id, items.c.verdict.is_(None))
        for items in (review_items, review_account_items)
    ]
    changed = connection.execute(
        review_cases.update()
        .where(review_cases.c.id == case_id, review_cases.c.state == CaseState.OPEN.value, ~sa.or_(*waiting))
        .values(state=CaseState.CLOSED.value, open_key=None, closed_at=now, leased_by=None, lease_until=None)
    )
    return changed.rowcount == 1


def reopen_case(
    connection: Connection, case_id: str, now: datetime, due_at: Callable[[Lane, datetime], datetime]
) -> str:
    """Return the open case in which what this one held is to wait: itself, opened again with a new clock if it was
    closed, unless the account has another open case in the lane. Forms shown of it before now are stale.
    """
    head = load_head(connection, case_id, lock=True)
    key = f"{head.lane.value}:{head.account_id}"
    home = connection.execute(sa.select(review_cases.c.id).where(review_cases.c.open_key == key)).scalar()
    if home is None:
        home, due = case_id, due_at(head.lane, now)
        _update_case(connection, case_id, state=CaseState.OPEN.value, open_key=key, closed_at=None, due_at=due)
    bump_version(connection, home)
    return str(home)


def _update_case(connection: Connection, case_id: str, **values: Any) -> None:
    connection.execute(review_cases.update().where(review_cases.c.id == case_id).values(**values))


def _head(row: Any) -> CaseHead:
    return CaseHead(
        row.id,
        row.account_id,
        Lane(row.lane),
        CaseState(row.state),
        row.version,
        row.opened_at,
        row.due_at,
        row.closed_at,
        row.leased_by,
        row.lease_token,
        row.lease_until,
    )


# Items


def insert_item(connection: Connection, case_id: str, upload_id: str, sha256: str, now: datetime) -> None:
    """Add an upload to a case."""
    connection.execute(
        review_items.insert().values(
            id=new_id("item"), case_id=case_id, upload_id=upload_id, sha256=sha256, added_at=now
        )
    )


def find_item(connection: Connection, upload_id: str) -> CaseItem | None:
    """Return the item an upload is."""
    row = connection.execute(_items_with_live.where(review_items.c.upload_id == upload_id)).first()
    return _item(row) if row else None


def has_item(connection: Connection, case_id: str, sha256: str) -> bool:
    """Return whether the case holds these bytes."""
    query = sa.select(review_items.c.id).where(review_items.c.case_id == case_id, review_items.c.sha256 == sha256)
    return connection.execute(query.limit(1)).first() is not None


def list_items(connection: Connection, case_id: str) -> list[CaseItem]:
    """Return the items of a case in order of arrival, each with its live verdict."""
    query = _items_with_live.where(review_items.c.case_id == case_id)
    rows = connection.execute(query.order_by(review_items.c.added_at, review_items.c.id))
    return [_item(row) for row in rows]


def list_open_items(connection: Connection) -> list[CaseItem]:
    """Return every item of every open case, each with its live verdict."""
    open_ids = sa.select(review_cases.c.id).where(review_cases.c.state == CaseState.OPEN.value)
    query = _items_with_live.where(review_items.c.case_id.in_(open_ids))
    return [_item(row) for row in connection.execute(query.order_by(review_items.c.added_at, review_items.c.id))]


def list_copies(connection: Connection, case_id: str) -> Copies:
    """Return what waits anywhere with the same bytes as an item of this case, and the cases it waits in."""
    own = sa.select(review_items.c.sha256).where(review_items.c.case_id == case_id)
    query = _items_with_live.where(review_items.c.verdict.is_(None), review_items.c.sha256.in_(own))
    items = tuple(_item(row) for row in connection.execute(query))
    cases = sa.select(review_items.c.case_id).where(review_items.c.verdict.is_(None), review_items.c.sha256.in_(own))
    heads = connection.execute(sa.select(review_cases).where(review_cases.c.id.in_(cases)))
    return Copies(tuple(_head(row) for row in heads), items)


def settle_items(connection: Connection, decision: ReviewDecision, upload_id: str | None = None) -> set[str]:
    """Give every waiting copy (or this one) the verdict; return the cases they are in."""
    query = review_items.update().where(review_items.c.sha256 == decision.sha256, review_items.c.verdict.is_(None))
    if upload_id is not None:
        query = query.where(review_items.c.upload_id == upload_id)
    rows = connection.execute(
        query.values(verdict=decision.verdict.value, decision_id=decision.id).returning(review_items.c.case_id)
    )
    return set(rows.scalars())


def reopen_items(
    connection: Connection, decision_id: str, now: datetime, due_at: Callable[[Lane, datetime], datetime]
) -> list[str]:
    """Take the verdict off its items and let each wait in an open case of its account and lane; return those cases.

    A closed case is opened again unless the account has another open case in the lane, which then takes the items.
    """
    mine = review_items.c.decision_id == decision_id
    before = connection.execute(sa.select(review_items.c.case_id).where(mine).distinct()).scalars().all()
    waiting = []
    for case_id in sorted(before):
        home = reopen_case(connection, case_id, now, due_at)
        moved = review_items.update().where(mine, review_items.c.case_id == case_id)
        connection.execute(moved.values(case_id=home, verdict=None, decision_id=None))
        waiting.append(home)
    return sorted(set(waiting))


def list_settled(connection: Connection, decision_id: str) -> list[str]:
    """Return the uploads that carry the verdict, in order of arrival."""
    query = sa.select(review_items.c.upload_id).where(review_items.c.decision_id == decision_id)
    return list(connection.execute(query.order_by(review_items.c.added_at, review_items.c.id)).scalars())


def count_verdicts(connection: Connection, account_id: str, verdict: Verdict) -> int:
    """Return how many distinct files of the account carry the verdict."""
    return connection.execute(
        sa.select(sa.func.count(review_items.c.sha256.distinct()))
        .join(review_cases, review_cases.c.id == review_items.c.case_id)
        .where(review_cases.c.account_id == account_id, review_items.c.verdict == verdict.value)
    ).scalar_one()


def _item(row: Any) -> CaseItem:
    return CaseItem(
        row.case_id,
        row.upload_id,
        row.sha256,
        row.added_at,
        Verdict(row.verdict) if row.verdict else None,
        row.decision_id,
        _decision(row, "live_") if row.live_id else None,
    )


# Verdicts


def insert_decision(connection: Connection, decision: ReviewDecision) -> None:
    """Add a verdict as the one live verdict on its file; a second one raises IntegrityError."""
    connection.execute(
        review_decisions.insert().values(
            id=decision.id,
            case_id=decision.case_id,
            sha256=decision.sha256,
            verdict=decision.verdict.value,
            classification=decision.classification.value if decision.classification else None,
            reason=decision.reason,
            user_id=decision.user_id,
            viewed_whole=decision.viewed_whole,
            decided_at=decision.decided_at,
            applies_at=decision.applies_at,
            live_key=decision.sha256,
        )
    )


def load_decision(connection: Connection, decision_id: str) -> ReviewDecision:
    """Return a verdict. Raises DecisionMissingError."""
    row = connection.execute(sa.select(review_decisions).where(review_decisions.c.id == decision_id)).first()
    if row is None:
        raise DecisionMissingError("there is no such review decision")
    return _decision(row)


def find_live_decision(connection: Connection, sha256: str) -> ReviewDecision | None:
    """Return the verdict on these bytes that is pending or applied."""
    row = connection.execute(sa.select(review_decisions).where(review_decisions.c.live_key == sha256)).first()
    return _decision(row) if row else None


def list_case_decisions(connection: Connection, case_id: str) -> list[ReviewDecision]:
    """Return verdicts given in the case or live on its files, oldest first."""
    own = sa.select(review_items.c.sha256).where(review_items.c.case_id == case_id)
    rows = connection.execute(
        sa.select(review_decisions)
        .where(sa.or_(review_decisions.c.case_id == case_id, review_decisions.c.live_key.in_(own)))
        .order_by(review_decisions.c.decided_at, review_decisions.c.id)
    )
    return [_decision(row) for row in rows]


def mark_applied(connection: Connection, decision_id: str, now: datetime) -> None:
    """Record when the verdict was applied."""
    connection.execute(review_decisions.update().where(review_decisions.c.id == decision_id).values(applied_at=now))


def mark_undone(connection: Connection, decision_id: str, now: datetime, *, by: str, reason: str | None = None) -> None:
    """Record when, by whom and why the verdict was taken back; the file may get another."""
    values = {"undone_at": now, "undone_by": by, "undone_reason": reason, "live_key": None}
    connection.execute(review_decisions.update().where(review_decisions.c.id == decision_id).values(**values))


def _decision(row: Any, prefix: str = "") -> ReviewDecision:
    raw = {name.removeprefix(prefix): value for name, value in row._mapping.items() if name.startswith(prefix)}
    return ReviewDecision(
        id=raw["id"],
        case_id=raw["case_id"],
        sha256=raw["sha256"],
        verdict=Verdict(raw["verdict"]),
        classification=Classification(raw["classification"]) if raw["classification"] else None,
        reason=raw["reason"],
        user_id=raw["user_id"],
        viewed_whole=raw["viewed_whole"],
        decided_at=raw["decided_at"],
        applies_at=raw["applies_at"],
        applied_at=raw["applied_at"],
        undone_at=raw["undone_at"],
    )

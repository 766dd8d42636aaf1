"""SQL of accounts in cases and of the verdicts on them. Knows no rule: the desk does."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from jacana.db.engine import Connection
from jacana.db.tables.review import review_cases
from jacana.db.tables.review_accounts import review_account_decisions, review_account_items
from jacana.model.ids import new_id
from jacana.model.verdict import AccountVerdict
from jacana.review.accounts.items import AccountItem, AccountReview
from jacana.review.cases import CaseState
from jacana.review.errors import DecisionMissingError

_live = review_account_decisions.alias("live")
_items_with_live = sa.select(
    review_account_items, *(column.label(f"live_{column.name}") for column in _live.c if column.name != "live_key")
).select_from(review_account_items.outerjoin(_live, _live.c.live_key == review_account_items.c.id))


# Items


def insert_item(
    connection: Connection, case_id: str, account_id: str, finding_ids: Iterable[str], now: datetime
) -> None:
    """Add an account to a case."""
    connection.execute(
        review_account_items.insert().values(
            id=new_id("aitem"), case_id=case_id, account_id=account_id, finding_ids=list(finding_ids), added_at=now
        )
    )


def find_item(connection: Connection, case_id: str, account_id: str) -> AccountItem | None:
    """Return the item an account is in a case."""
    query = _items_with_live.where(
        review_account_items.c.case_id == case_id, review_account_items.c.account_id == account_id
    )
    row = connection.execute(query).first()
    return _item(row) if row else None


def load_item(connection: Connection, item_id: str) -> AccountItem:
    """Return one item."""
    return _item(connection.execute(_items_with_live.where(review_account_items.c.id == item_id)).one())


def list_items(connection: Connection, case_id: str) -> list[AccountItem]:
    """Return the accounts of a case in order of arrival, each with its live verdict."""
    return _list(connection, review_account_items.c.case_id == case_id)


def list_open_items(connection: Connection) -> list[AccountItem]:
    """Return the accounts of every open case."""
    open_ids = sa.select(review_cases.c.id).where(review_cases.c.state == CaseState.OPEN.value)
    return _list(connection, review_account_items.c.case_id.in_(open_ids))


def find_settled(connection: Connection, review_id: str) -> AccountItem | None:
    """Return the item that carries the verdict."""
    row = connection.execute(_items_with_live.where(review_account_items.c.decision_id == review_id)).first()
    return _item(row) if row else None


def save_findings(connection: Connection, item_id: str, finding_ids: Iterable[str]) -> None:
    """Write which findings are before the person."""
    _update_item(connection, item_id, finding_ids=list(finding_ids))


def settle_item(connection: Connection, item_id: str, review: AccountReview) -> None:
    """Give the item its verdict."""
    _update_item(connection, item_id, verdict=review.verdict.value, decision_id=review.id)


def reopen_item(connection: Connection, item_id: str, case_id: str) -> None:
    """Take the verdict off the item, which waits in that case from now on; its next verdict is a new one."""
    _update_item(connection, item_id, verdict=None, decision_id=None, case_id=case_id)
    connection.execute(
        review_account_decisions.update().where(review_account_decisions.c.live_key == item_id).values(live_key=None)
    )


def delete_item(connection: Connection, item_id: str) -> None:
    """Remove an item: what it held waits as another."""
    connection.execute(review_account_items.delete().where(review_account_items.c.id == item_id))


def _update_item(connection: Connection, item_id: str, **values: Any) -> None:
    connection.execute(review_account_items.update().where(review_account_items.c.id == item_id).values(**values))


def _list(connection: Connection, condition: sa.ColumnElement[bool]) -> list[AccountItem]:
    query = _items_with_live.where(condition)
    rows = connection.execute(query.order_by(review_account_items.c.added_at, review_account_items.c.id))
    return [_item(row) for row in rows]


def _item(row: Any) -> AccountItem:
    return AccountItem(
        row.id,
        row.case_id,
        row.account_id,
        tuple(row.finding_ids),
        row.added_at,
        AccountVerdict(row.verdict) if row.verdict else None,
        row.decision_id,
        _review(row, "live_") if row.live_id else None,
    )


# Verdicts


def insert_review(connection: Connection, review: AccountReview, item_id: str) -> None:
    """Add a verdict as the one live verdict on its item; a second one raises IntegrityError."""
    connection.execute(
        review_account_decisions.insert().values(
            id=review.id,
            case_id=review.case_id,
            account_id=review.account_id,
            verdict=review.verdict.value,
            reason=review.reason,
            finding_ids=list(review.finding_ids),
            user_id=review.user_id,
            decided_at=review.decided_at,
            applies_at=review.applies_at,
            live_key=item_id,
        )
    )


def load_review(connection: Connection, review_id: str) -> AccountReview:
    """Return a verdict. Raises DecisionMissingError."""
    row = connection.execute(
        sa.select(review_account_decisions).where(review_account_decisions.c.id == review_id)
    ).first()
    if row is None:
        raise DecisionMissingError("there is no such verdict on an account")
    return _review(row)


def list_reviews(
    connection: Connection, *, account_id: str | None = None, case_id: str | None = None
) -> list[AccountReview]:
    """Return verdicts on an account or of a case, oldest first; those that were taken back too."""
    wanted = {"account_id": account_id, "case_id": case_id}
    conditions = [review_account_decisions.c[name] == value for name, value in wanted.items() if value is not None]
    order = (review_account_decisions.c.decided_at, review_account_decisions.c.id)
    return [
        _review(row)
        for row in connection.execute(sa.select(review_account_decisions).where(*conditions).order_by(*order))
    ]


def update_review(connection: Connection, review_id: str, **values: Any) -> None:
    """Set columns of a verdict."""
    query = review_account_decisions.update().where(review_account_decisions.c.id == review_id)
    connection.execute(query.values(**values))


def _review(row: Any, prefix: str = "") -> AccountReview:
    raw = {name.removeprefix(prefix): value for name, value in row._mapping.items() if name.startswith(prefix)}
    return AccountReview(
        id=raw["id"],
        case_id=raw["case_id"],
        account_id=raw["account_id"],
        verdict=AccountVerdict(raw["verdict"]),
        reason=raw["reason"],
        finding_ids=tuple(raw["finding_ids"]),
        user_id=raw["user_id"],
        decided_at=raw["decided_at"],
        applies_at=raw["applies_at"],
        applied_at=raw["applied_at"],
        undone_at=raw["undone_at"],
        overturned_at=raw["overturned_at"],
    )

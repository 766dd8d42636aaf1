"""What discovery reads of the database: accounts a person confirmed, and which of them share a device. Never writes."""

from collections.abc import Collection

import sqlalchemy as sa

from jacana.db.engine import Connection
from jacana.db.tables.detect_accounts import detect_ties
from jacana.db.tables.review import review_cases, review_decisions, review_items
from jacana.db.tables.review_accounts import review_account_decisions
from jacana.model.tie import TieKind
from jacana.model.verdict import AccountVerdict, Verdict

_AT_ONCE = 500


def list_confirmed_accounts(connection: Connection, limit: int) -> list[str]:
    """Return accounts with a standing, applied verdict: confirmed on a file of theirs, or trading; newest first."""
    by_file = (
        sa.select(review_cases.c.account_id, sa.func.max(review_decisions.c.applied_at).label("at"))
        .join(review_items, review_items.c.case_id == review_cases.c.id)
        .join(review_decisions, review_decisions.c.id == review_items.c.decision_id)
        .where(review_items.c.verdict == Verdict.CONFIRMED.value, review_decisions.c.live_key.is_not(None))
        .where(review_decisions.c.applied_at.is_not(None))
        .group_by(review_cases.c.account_id)
    )
    columns = review_account_decisions.c
    by_account = (
        sa.select(columns.account_id, sa.func.max(columns.applied_at).label("at"))
        .where(columns.verdict == AccountVerdict.TRADING.value, columns.live_key.is_not(None))
        .where(columns.applied_at.is_not(None))
        .group_by(columns.account_id)
    )
    both = sa.union_all(by_file, by_account).subquery()
    query = sa.select(both.c.account_id).group_by(both.c.account_id)
    query = query.order_by(sa.func.max(both.c.at).desc(), both.c.account_id).limit(limit)
    return list(connection.scalars(query))


def group_by_device(connection: Connection, account_ids: Collection[str]) -> dict[str, str]:
    """Return account -> the name of its group: accounts that share a device, directly or over others, are one.

    A device that very many share joins them too: here that only makes fewer authors, never more.
    """
    parents = {account_id: account_id for account_id in account_ids}
    first_of: dict[str, str] = {}
    ids, ties = sorted(parents), detect_ties.c
    for start in range(0, len(ids), _AT_ONCE):
        query = sa.select(ties.entity, ties.account_id).where(
            ties.kind == TieKind.DEVICE.value, ties.account_id.in_(ids[start : start + _AT_ONCE])
        )
        for row in connection.execute(query.order_by(ties.account_id, ties.entity)):
            other = first_of.setdefault(row.entity, row.account_id)
            one, two = _root(parents, other), _root(parents, row.account_id)
            parents[max(one, two)] = min(one, two)
    return {account_id: _root(parents, account_id) for account_id in ids}


def _root(parents: dict[str, str], account_id: str) -> str:
    while parents[account_id] != account_id:
        parents[account_id] = parents[parents[account_id]]
        account_id = parents[account_id]
    return account_id

"""Which accounts a person has confirmed, and since when. Reads what review wrote; never writes."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from jacana.db.engine import Connection
from jacana.db.tables.ingest import ingest_accounts
from jacana.db.tables.review import review_cases, review_decisions, review_items
from jacana.db.tables.review_accounts import review_account_decisions
from jacana.model.verdict import AccountVerdict, Verdict

_AT_ONCE = 400


def list_confirmed(connection: Connection, account_ids: Collection[str]) -> dict[str, datetime]:
    """Return account -> when the first verdict that still stands on a file of it, or on itself, was applied.

    Accounts that nobody has confirmed are left out.
    """
    wanted = sorted(set(account_ids))
    found: dict[str, datetime] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        portion = wanted[start : start + _AT_ONCE]
        for query in (_by_file(portion), _by_verdict(portion)):
            for row in connection.execute(query):
                found[row.account_id] = min(found.get(row.account_id, row.at), row.at)
    return found


def list_organisations(connection: Connection, account_ids: Collection[str]) -> set[str]:
    """Return those of the accounts that the network has verified as a business, school or agency."""
    wanted = sorted(set(account_ids))
    found: set[str] = set()
    for start in range(0, len(wanted), _AT_ONCE):
        query = sa.select(ingest_accounts.c.id).where(
            ingest_accounts.c.id.in_(wanted[start : start + _AT_ONCE]), ingest_accounts.c.organisation.is_(True)
        )
        found.update(connection.scalars(query))
    return found


def _by_file(account_ids: list[str]) -> sa.Select[tuple[str, datetime]]:
    given = sa.func.coalesce(review_decisions.c.applied_at, review_decisions.c.decided_at)
    at = sa.type_coerce(sa.func.min(given), review_decisions.c.decided_at.type)
    return (
        sa.select(review_cases.c.account_id, at.label("at"))
        .join(review_items, review_items.c.case_id == review_cases.c.id)
        .join(review_decisions, review_decisions.c.id == review_items.c.decision_id)
        .where(review_cases.c.account_id.in_(account_ids), review_items.c.verdict == Verdict.CONFIRMED.value)
        .group_by(review_cases.c.account_id)
    )


def _by_verdict(account_ids: list[str]) -> sa.Select[tuple[str, datetime]]:
    columns = review_account_decisions.c
    at = sa.type_coerce(sa.func.min(columns.applied_at), columns.applied_at.type)
    return (
        sa.select(columns.account_id, at.label("at"))
        .where(columns.account_id.in_(account_ids), columns.verdict == AccountVerdict.TRADING.value)
        .where(columns.applied_at.is_not(None), columns.undone_at.is_(None), columns.overturned_at.is_(None))
        .group_by(columns.account_id)
    )

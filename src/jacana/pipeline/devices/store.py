"""Who uses a device, who of them is confirmed and on what ground, who is clean. Reads what several stages wrote."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from jacana.db.engine import Connection
from jacana.db.tables.act import act_actions
from jacana.db.tables.detect_accounts import detect_account_findings, detect_ties
from jacana.db.tables.ingest import ingest_accounts, ingest_uploads
from jacana.db.tables.review import review_cases, review_items
from jacana.db.tables.review_accounts import review_account_decisions
from jacana.model.account import AccountState
from jacana.model.account_finding import AccountFindingKind
from jacana.model.action import ActionKind, ActionState
from jacana.model.tie import Tie, TieKind
from jacana.model.verdict import AccountVerdict, Verdict

LONG_STANDING = timedelta(days=90)
"""How old an account must be that speaks for a device …"""
LONG_USED = timedelta(days=14)
"""… and for how long it must have used it."""
MOST_DEVICES = 50
"""Newest devices of one account that are banned with it."""
MOST_ACCOUNTS = 100
"""Accounts on one device that are looked at: more make it a place, whoever they are."""

_AGAINST = (ActionKind.SUSPEND_ACCOUNT, ActionKind.BAN_ACCOUNT, ActionKind.REMOVE)
_LINKS = frozenset({AccountFindingKind.LINKED_ACCOUNT.value, AccountFindingKind.BAN_EVASION.value})
_AT_ONCE = 400


def list_devices(connection: Connection, account_id: str) -> list[str]:
    """Return the keys of the devices an account was seen on, the newest first."""
    ties = sa.select(detect_ties.c.entity, detect_ties.c.last_seen_at.label("at")).where(
        detect_ties.c.account_id == account_id, detect_ties.c.kind == TieKind.DEVICE.value
    )
    uploads = sa.select(ingest_uploads.c.device_key, ingest_uploads.c.received_at).where(
        ingest_uploads.c.account_id == account_id, ingest_uploads.c.device_key.is_not(None)
    )
    seen: dict[str, datetime] = {}
    for query in (ties, uploads):
        for key, at in connection.execute(query):
            seen[key] = max(seen.get(key, at), at)
    return sorted(seen, key=lambda key: (-seen[key].timestamp(), key))[:MOST_DEVICES]


def list_ties(connection: Connection, device_keys: Collection[str]) -> list[Tie]:
    """Return who uses a device that is known under these keys, one tie for each account, the newest first; of each key
    up to one more than MOST_ACCOUNTS.
    """
    found: dict[str, Tie] = {}
    for key in dict.fromkeys(device_keys):
        query = sa.select(detect_ties).where(detect_ties.c.kind == TieKind.DEVICE.value, detect_ties.c.entity == key)
        query = query.order_by(detect_ties.c.last_seen_at.desc(), detect_ties.c.account_id).limit(MOST_ACCOUNTS + 1)
        for row in connection.execute(query):
            known = found.get(row.account_id)
            found[row.account_id] = Tie(
                kind=TieKind.DEVICE,
                entity=row.entity,
                account_id=row.account_id,
                first_seen_at=min(row.first_seen_at, known.first_seen_at) if known else row.first_seen_at,
                last_seen_at=max(row.last_seen_at, known.last_seen_at) if known else row.last_seen_at,
                sessions=row.sessions + (known.sessions if known else 0),
                attested=row.attested or (known is not None and known.attested),
            )
    return sorted(found.values(), key=lambda tie: (-tie.last_seen_at.timestamp(), tie.account_id))


def list_grounds(connection: Connection, account_ids: Sequence[str]) -> dict[str, set[str]]:
    """Return account -> the standing verdicts that confirm it: on a file, or on the account for more than a link."""
    found: dict[str, set[str]] = {}
    for portion in _cut(account_ids):
        files = (
            sa.select(review_cases.c.account_id, review_items.c.decision_id)
            .join(review_items, review_items.c.case_id == review_cases.c.id)
            .where(review_cases.c.account_id.in_(portion), review_items.c.verdict == Verdict.CONFIRMED.value)
            .where(review_items.c.decision_id.is_not(None))
        )
        for account_id, decision_id in connection.execute(files):
            found.setdefault(account_id, set()).add(decision_id)
        table = review_account_decisions.c
        verdicts = sa.select(table.account_id, table.id, table.finding_ids).where(
            table.account_id.in_(portion),
            table.verdict == AccountVerdict.TRADING.value,
            table.applied_at.is_not(None),
            table.undone_at.is_(None),
            table.overturned_at.is_(None),
        )
        for account_id, review_id, finding_ids in connection.execute(verdicts):
            if _rests_on_more_than_links(connection, finding_ids):
                found.setdefault(account_id, set()).add(review_id)
    return found


def list_clean(connection: Connection, ties: Sequence[Tie], now: datetime) -> set[str]:
    """Return those on a device that are of long standing, have used it long, and were never acted against."""
    used = {tie.account_id: tie for tie in ties if tie.last_seen_at - tie.first_seen_at >= LONG_USED}
    found: set[str] = set()
    for portion in _cut(sorted(used)):
        query = sa.select(
            ingest_accounts.c.id,
            ingest_accounts.c.state,
            ingest_accounts.c.created_at,
            ingest_accounts.c.first_seen_at,
        ).where(ingest_accounts.c.id.in_(portion))
        since = {account: used[account].first_seen_at for account in portion}
        blamed = _list_acted_against(connection, portion)
        for row in connection.execute(query):
            since[row.id] = min(since[row.id], row.created_at or row.first_seen_at)
            if row.state != AccountState.ACTIVE.value:
                blamed.add(row.id)
        found |= {account for account, at in since.items() if now - at >= LONG_STANDING and account not in blamed}
    return found


def list_resting_findings(connection: Connection, cause: str, account_ids: Collection[str]) -> list[str]:
    """Return the standing findings of evasion and linking that a ban led to: by their cause, or, where a finding tells
    none, by the banned account it is linked to.
    """
    table = detect_account_findings.c
    caused, linked = table.details["caused_by"].as_string(), table.details["linked_to"].as_string()
    by_link = sa.and_(caused.is_(None), linked.in_(sorted(account_ids)))
    query = sa.select(table.id).where(
        table.kind.in_(sorted(_LINKS)), table.withdrawn_at.is_(None), sa.or_(caused == cause, by_link)
    )
    return list(connection.scalars(query))


def list_findings_by_ban(connection: Connection, ban_id: str) -> list[str]:
    """Return the standing findings of evasion that rest on one ban of a device."""
    table = detect_account_findings.c
    query = sa.select(table.id).where(
        table.kind == AccountFindingKind.BAN_EVASION.value,
        table.withdrawn_at.is_(None),
        table.details["ban_id"].as_string() == ban_id,
    )
    return list(connection.scalars(query))


def _rests_on_more_than_links(connection: Connection, finding_ids: list[str]) -> bool:
    query = sa.select(detect_account_findings.c.kind).where(
        detect_account_findings.c.id.in_(finding_ids), detect_account_findings.c.withdrawn_at.is_(None)
    )
    return bool(set(connection.scalars(query)) - _LINKS)


def _list_acted_against(connection: Connection, account_ids: Sequence[str]) -> set[str]:
    """Return the accounts with an instruction against them that was neither cancelled nor reversed."""
    reversal = act_actions.alias("reversal")
    undone = sa.select(reversal.c.id).where(
        reversal.c.reverses == act_actions.c.id, reversal.c.state != ActionState.CANCELLED.value
    )
    query = sa.select(act_actions.c.account_id).where(
        act_actions.c.account_id.in_(account_ids),
        act_actions.c.kind.in_([kind.value for kind in _AGAINST]),
        act_actions.c.state != ActionState.CANCELLED.value,
        ~undone.exists(),
    )
    return set(connection.scalars(query))


def _cut(ids: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield list(ids[start : start + _AT_ONCE])

"""Which accounts are confirmed and which are one, on both databases."""

from datetime import timedelta

import sqlalchemy as sa

from jacana.db.engine import Database
from jacana.db.tables.detect_accounts import detect_ties
from jacana.db.tables.ingest import ingest_accounts, ingest_uploads
from jacana.db.tables.review import review_cases, review_decisions, review_items
from jacana.db.tables.review_accounts import review_account_decisions
from jacana.detect.text.discovery.store import group_by_device, list_confirmed_accounts


def tie(connection, kind: str, entity: str, account_id: str, now) -> None:
    row = {"kind": kind, "entity": entity, "account_id": account_id, "sessions": 1, "attested": False}
    connection.execute(detect_ties.insert().values(first_seen_at=now, last_seen_at=now, **row))


def open_case(connection, account_id: str, now) -> None:
    values = {"lane": "review", "state": "open", "version": 1, "lease_token": 0, "opened_at": now, "due_at": now}
    connection.execute(review_cases.insert().values(id=f"case_{account_id}", account_id=account_id, **values))


def give_file_verdict(connection, account_id: str, verdict: str, now, *, applied: bool = True, live: bool = True):
    file = {"md5": "0" * 32, "sha1": "0" * 40, "sha256": f"{account_id:0>64}", "size_bytes": 1}
    connection.execute(
        ingest_accounts.insert().values(id=account_id, state="active", first_seen_at=now, updated_at=now)
    )
    upload = {"id": f"upload_{account_id}", "network_id": account_id, "account_id": account_id}
    connection.execute(
        ingest_uploads.insert().values(visibility="public", state="held", received_at=now, **upload, **file)
    )
    open_case(connection, account_id, now)
    decided = {"id": f"decision_{account_id}", "case_id": f"case_{account_id}", "sha256": file["sha256"]}
    connection.execute(
        review_decisions.insert().values(
            **decided, verdict=verdict, reason="seen", user_id="u1", viewed_whole=True, decided_at=now,
            applies_at=now, applied_at=now if applied else None, live_key=file["sha256"] if live else None,
        )
    )  # fmt: skip
    item = {"id": f"item_{account_id}", "case_id": f"case_{account_id}", "upload_id": upload["id"]}
    connection.execute(
        review_items.insert().values(
            **item, sha256=file["sha256"], added_at=now, verdict=verdict, decision_id=decided["id"]
        )
    )


def give_account_verdict(connection, account_id: str, verdict: str, now, *, live: bool = True) -> None:
    open_case(connection, account_id, now)
    decided = {"id": f"judged_{account_id}", "case_id": f"case_{account_id}", "account_id": account_id}
    connection.execute(
        review_account_decisions.insert().values(
            **decided, verdict=verdict, reason="seen", finding_ids=[], user_id="u1", decided_at=now, applies_at=now,
            applied_at=now, live_key=account_id if live else None,
        )
    )  # fmt: skip


def test_a_standing_verdict_confirms_an_account(database: Database, clock) -> None:
    now = clock.now
    with database.write() as connection:
        give_file_verdict(connection, "filed", "confirmed", now - timedelta(days=2))
        give_file_verdict(connection, "cleared", "cleared", now)
        give_file_verdict(connection, "waiting", "confirmed", now, applied=False)
        give_file_verdict(connection, "undone", "confirmed", now, live=False)
        give_account_verdict(connection, "trader", "trading", now - timedelta(days=1))
        give_account_verdict(connection, "family", "shared", now)
        give_account_verdict(connection, "overturned", "trading", now, live=False)
        assert list_confirmed_accounts(connection, 10) == ["trader", "filed"]
        assert list_confirmed_accounts(connection, 1) == ["trader"]


def test_accounts_that_share_a_device_are_one(database: Database, clock) -> None:
    with database.write() as connection:
        for device, account_id in (("d1", "a"), ("d1", "b"), ("d2", "b"), ("d2", "c"), ("d3", "d"), ("d3", "x")):
            tie(connection, "device", device, account_id, clock.now)
        tie(connection, "network", "n1", "a", clock.now)
        tie(connection, "network", "n1", "e", clock.now)
        groups = group_by_device(connection, ["e", "d", "c", "b", "a"])
        assert groups == {"a": "a", "b": "a", "c": "a", "d": "d", "e": "e"}
        assert group_by_device(connection, []) == {}
        assert connection.scalar(sa.select(sa.func.count()).select_from(detect_ties)) == 8

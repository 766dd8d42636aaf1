"""Who is confirmed, and since when: by a file, or as trading; what was taken back does not count. On both databases."""

from datetime import UTC, datetime, timedelta

from jacana.db.engine import Database
from jacana.db.tables.ingest import ingest_accounts, ingest_uploads
from jacana.db.tables.review import review_cases, review_decisions, review_items
from jacana.db.tables.review_accounts import review_account_decisions
from jacana.model.verdict import AccountVerdict, Verdict
from jacana.pipeline.confirmed.store import list_confirmed, list_organisations

NOW = datetime(2026, 5, 21, 12, tzinfo=UTC)


def add_account(database: Database, account: str, *, organisation: bool | None = None) -> None:
    with database.write() as connection:
        row = {"id": account, "state": "active", "first_seen_at": NOW, "updated_at": NOW, "organisation": organisation}
        connection.execute(ingest_accounts.insert().values(row))


def add_file(database: Database, account: str, verdict: Verdict, days_ago: int, name: str) -> None:
    """One upload with an applied verdict."""
    at = NOW - timedelta(days=days_ago)
    with database.write() as connection:
        connection.execute(
            ingest_uploads.insert().values(
                id=f"upload_{name}",
                network_id=name,
                account_id=account,
                visibility="public",
                state="received",
                md5="0",
                sha1="0",
                sha256=name,
                size_bytes=1,
                received_at=at,
            )
        )
        connection.execute(
            review_cases.insert().values(
                id=f"case_{name}",
                account_id=account,
                lane="review",
                state="closed",
                version=1,
                opened_at=at,
                due_at=at,
                lease_token=0,
            )
        )
        connection.execute(
            review_decisions.insert().values(
                id=f"rev_{name}",
                case_id=f"case_{name}",
                sha256=name,
                verdict=verdict.value,
                reason="test",
                user_id="u1",
                viewed_whole=True,
                decided_at=at,
                applies_at=at,
                applied_at=at,
                live_key=name,
            )
        )
        connection.execute(
            review_items.insert().values(
                id=f"item_{name}",
                case_id=f"case_{name}",
                upload_id=f"upload_{name}",
                sha256=name,
                added_at=at,
                verdict=verdict.value,
                decision_id=f"rev_{name}",
            )
        )


def add_verdict(database: Database, account: str, verdict: AccountVerdict, days_ago: int, **changes: object) -> None:
    at = NOW - timedelta(days=days_ago)
    name = f"{account}-{verdict}-{days_ago}"
    values = {"applied_at": at, **changes}
    with database.write() as connection:
        connection.execute(
            review_cases.insert().values(
                id=f"case_{name}",
                account_id=account,
                lane="accounts",
                state="closed",
                version=1,
                opened_at=at,
                due_at=at,
                lease_token=0,
            )
        )
        connection.execute(
            review_account_decisions.insert().values(
                id=f"arev_{name}",
                case_id=f"case_{name}",
                account_id=account,
                verdict=verdict.value,
                reason="test",
                finding_ids=[],
                user_id="u1",
                decided_at=at,
                applies_at=at,
                **values,
            )
        )


def test_the_first_standing_verdict_counts(database: Database):
    for account in ("file", "trader", "both", "clear"):
        add_account(database, account)
    add_file(database, "file", Verdict.CONFIRMED, 3, "f1")
    add_file(database, "both", Verdict.CONFIRMED, 3, "f2")
    add_file(database, "clear", Verdict.CLEARED, 3, "f3")
    add_file(database, "clear", Verdict.VIOLATING, 3, "f4")
    add_verdict(database, "trader", AccountVerdict.TRADING, 2)
    add_verdict(database, "trader", AccountVerdict.TRADING, 1)
    add_verdict(database, "both", AccountVerdict.TRADING, 5)
    for innocent in (AccountVerdict.SHARED, AccountVerdict.VICTIM, AccountVerdict.CLEARED):
        add_verdict(database, "clear", innocent, 4)
    with database.read() as connection:
        found = list_confirmed(connection, ["file", "trader", "both", "clear", "unknown"])
    days = {account: (NOW - at).days for account, at in found.items()}
    assert days == {"file": 3, "trader": 2, "both": 5}


def test_what_was_taken_back_or_is_not_applied_yet_does_not_count(database: Database):
    add_verdict(database, "undone", AccountVerdict.TRADING, 2, undone_at=NOW)
    add_verdict(database, "overturned", AccountVerdict.TRADING, 2, overturned_at=NOW)
    add_verdict(database, "waiting", AccountVerdict.TRADING, 2, applied_at=None)
    with database.read() as connection:
        assert list_confirmed(connection, ["undone", "overturned", "waiting"]) == {}
        assert list_confirmed(connection, []) == {}


def test_organisations_are_those_that_the_network_has_verified(database: Database):
    add_account(database, "club", organisation=True)
    add_account(database, "person", organisation=False)
    add_account(database, "unknown")
    with database.read() as connection:
        assert list_organisations(connection, ["club", "person", "unknown", "gone"]) == {"club"}

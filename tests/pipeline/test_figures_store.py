"""Figures of banks on both databases: hits are findings, precision is of files, what is read is what was written."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from jacana.db.columns import metadata
from jacana.db.engine import Connection, Database
from jacana.detect.media import store as media_store
from jacana.detect.media.banks.banks import Banks
from jacana.model.bank import BankEntry, BankOrigin, RowProblem
from jacana.model.finding import BankMatch, Finding, FindingKind
from jacana.pipeline.figures.store import list_changes, read_figures


@pytest.fixture
def banks(clock) -> Banks:
    return Banks(clock)


def put(connection: Connection, table: str, **values: object) -> None:
    connection.execute(sa.insert(metadata.tables[table]).values(**values))


def upload(connection: Connection, number: int, digit: str, now: datetime) -> str:
    if number == 1:
        put(connection, "ingest_accounts", id="a", state="active", first_seen_at=now, updated_at=now)
        put(
            connection, "review_cases", id="case_1", account_id="a", lane="review", state="open", version=1,
            opened_at=now, due_at=now, lease_token=0,
        )  # fmt: skip
    put(
        connection, "ingest_uploads", id=f"u{number}", network_id=f"n{number}", account_id="a", visibility="public",
        state="held", md5="0" * 32, sha1="0" * 40, sha256=digit * 64, size_bytes=1, received_at=now,
    )  # fmt: skip
    return f"u{number}"


def find(connection: Connection, bank_id: str, upload_id: str, digit: str, now: datetime, kind=FindingKind.BANK_MATCH):
    match = BankMatch(bank_id, "b", "s", None, ("hold",), "entry_1", "l", 1.0, 1.0, 0, True)
    finding = Finding(f"{bank_id}{upload_id}{kind}", upload_id, digit * 64, kind, "d", "1", 1.0, ("r",), match)
    media_store.insert_findings(connection, [finding], now)


def decide(
    connection: Connection, id: str, digit: str, verdict: str, now: datetime, *, live=True, applied=True
) -> None:
    put(
        connection, "review_decisions", id=id, case_id="case_1", sha256=digit * 64, verdict=verdict, reason="r",
        user_id="u", viewed_whole=True, decided_at=now, applies_at=now, applied_at=now if applied else None,
        undone_at=None if live else now, live_key=digit * 64 if live else None,
    )  # fmt: skip


def test_nothing_has_nothing_to_tell(database: Database, banks: Banks, clock) -> None:
    with database.write() as connection:
        banks.create(connection, "b1", "s", actor="system")
        assert read_figures(connection, clock()) == {}


def test_hits_and_what_they_were_worth(database: Database, banks: Banks, clock) -> None:
    now, long_ago = clock(), clock() - timedelta(days=31)
    with database.write() as connection:
        first = banks.create(connection, "b1", "s", actor="system").id
        own = banks.create(connection, "own", "s", origin=BankOrigin.OWN, actor="system").id
        banks.add_entries(connection, "own", [BankEntry("rdec_1", md5="1" * 32, source_id="rdec_1")], "system")
        for number, digit in enumerate("aabcdef", 1):
            upload_id = upload(connection, number, digit, now)
            find(connection, first, upload_id, digit, long_ago if digit == "a" else now)
            find(connection, own, upload_id, digit, now)
        find(connection, first, "u7", "f", now, FindingKind.BENIGN_MATCH)
        decide(connection, "rdec_1", "a", "confirmed", now)
        decide(connection, "rdec_2", "b", "cleared", now)
        decide(connection, "rdec_3", "c", "confirmed", now)
        decide(connection, "rdec_4", "d", "confirmed", now, applied=False)
        decide(connection, "rdec_5", "e", "confirmed", now, live=False)
        figures = read_figures(connection, now)
    shared, ours = figures[first], figures[own]
    assert (shared.hits, shared.recent_hits, shared.set_aside) == (7, 5, 1)
    assert (shared.decided, shared.confirmed) == (3, 2)  # two uploads of one file are one decided file
    assert (ours.hits, ours.decided, ours.confirmed) == (7, 2, 1)  # its own entry's verdict proves nothing


def test_freshness_and_quarantine(database: Database, banks: Banks, clock) -> None:
    with database.write() as connection:
        bank = banks.create(connection, "b1", "s", actor="system")
        put(
            connection, "detect_checkpoints", bank_id=bank.id, environment="test", state={}, checked_at=clock(),
            problem="no answer", failed_at=clock(),
        )  # fmt: skip
        banks.add_entries(connection, "b1", [], "system", [RowProblem(1, "pdq", "m", "r")], file="f")
        (figures,) = read_figures(connection, clock()).values()
    assert (figures.checked_at, figures.failed_at, figures.problem) == (clock(), clock(), "no answer")
    assert figures.refused == 1


def test_changes_are_listed_newest_first_by_label(database: Database, banks: Banks, clock) -> None:
    with database.write() as connection:
        bank = banks.create(connection, "b1", "s", actor="system")
        banks.create(connection, "b2", "s", actor="system")
        banks.add_entries(connection, "b1", [BankEntry("x", md5="1" * 32)], "system")
        banks.add_entries(connection, "b2", [BankEntry("other", md5="1" * 32)], "system")
        banks.add_entries(connection, "b1", [BankEntry("x", md5="2" * 32)], "system")
        changes = list_changes(connection, bank.id, 10)
        assert list_changes(connection, bank.id, 1) == changes[:1]
    assert [(kind, number, label) for _, kind, number, label in changes] == [
        ("added", 3, "x"),
        ("removed", 1, "x"),
        ("added", 1, "x"),
    ]


def test_counting_uses_indexes(sqlite_url: str, clock) -> None:
    """No aggregate over findings may read their rows: only the index that carries what is counted."""
    from jacana.pipeline.figures import store

    database = Database(sqlite_url)
    with database.read() as connection:
        for query in (store._count_hits(clock()), store._count_set_aside(), store._count_decided()):
            compiled = query.compile(connection.engine, compile_kwargs={"literal_binds": True})
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")]
            assert any("COVERING INDEX ix_detect_findings_bank" in step for step in plan), plan
            assert not any(step == "SCAN review_decisions" for step in plan), plan
    database.close()

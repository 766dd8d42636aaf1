from dataclasses import replace
from datetime import UTC, datetime, timedelta

from jacana.db.engine import Database
from jacana.detect.findings.store import (
    list_account_findings,
    list_findings_since,
    list_withdrawn,
    load_account_findings,
    name_finding,
    record_account_findings,
    withdraw_account_findings,
)
from jacana.model.account_finding import AccountFinding, AccountFindingKind, Attempt, Look, TermMatch, TextField

NOW = datetime(2026, 11, 22, tzinfo=UTC)
FINDING = AccountFinding(
    id=name_finding(AccountFindingKind.TERM_HIT, "anna", 1),
    account_id="anna",
    kind=AccountFindingKind.TERM_HIT,
    detector="text.lexicon",
    detector_version="1",
    score=0.75,
    reasons=("A caption holds a term.",),
    occurred_at=NOW - timedelta(days=1),
    attempt=Attempt.DISTRIBUTE,
    event_id="event_1",
    upload_id="upl_1",
    field=TextField.CAPTION,
    matches=(TermMatch("term_1", 3, 9, Look.CANONICAL, 4, "active"),),
    details={"term_state": "active", "count": 3, "share": 0.5, "repeated": True},
)


def other(number: int, **changed) -> AccountFinding:
    return replace(FINDING, id=name_finding(AccountFindingKind.TERM_HIT, "anna", number), **changed)


def test_a_statement_has_one_name() -> None:
    assert name_finding(AccountFindingKind.TERM_HIT, "a", "bc") == name_finding(AccountFindingKind.TERM_HIT, "a", "bc")
    names = {name_finding(AccountFindingKind.TERM_HIT, *parts) for parts in (("a", "bc"), ("ab", "c"), ("abc",))}
    assert len(names) == 3
    assert all(len(name_finding(kind, "x" * 200)) <= 64 for kind in AccountFindingKind)


def test_a_finding_comes_back_as_it_was_and_a_replay_adds_nothing(database: Database) -> None:
    plain = AccountFinding(
        "find_plain", "bert", AccountFindingKind.VAULT_ACCOUNT, "accounts.vault", "1", 0.1, ("So.",), NOW
    )
    with database.write() as connection:
        assert record_account_findings(connection, [FINDING, plain, FINDING], NOW) == [FINDING.id, "find_plain"]
        assert record_account_findings(connection, [replace(FINDING, score=0.1), other(2)], NOW) == [other(2).id]
    with database.read() as connection:
        assert load_account_findings(connection, ["find_plain", "find_none", FINDING.id]) == [plain, FINDING]
        assert {finding.id for finding in list_account_findings(connection, "anna")} == {FINDING.id, other(2).id}


def test_many_at_once(database: Database) -> None:
    many = [other(number) for number in range(1200)]
    with database.write() as connection:
        assert len(record_account_findings(connection, many, NOW)) == 1200
        assert record_account_findings(connection, many, NOW) == []
        assert len(load_account_findings(connection, [finding.id for finding in many])) == 1200


def test_the_newest_are_listed_oldest_first(database: Database) -> None:
    with database.write() as connection:
        for number in range(4):
            record_account_findings(connection, [other(number)], NOW + timedelta(seconds=number))
    with database.read() as connection:
        listed = list_account_findings(connection, "anna", limit=2)
    assert [finding.id for finding in listed] == [other(2).id, other(3).id]


def test_what_was_withdrawn_stands_no_more_and_stays_on_record(database: Database) -> None:
    with database.write() as connection:
        record_account_findings(connection, [FINDING, other(2)], NOW)
        assert withdraw_account_findings(connection, [FINDING.id], "act_1", NOW) == 1
        assert withdraw_account_findings(connection, [FINDING.id], "act_2", NOW) == 0
    with database.read() as connection:
        assert list_account_findings(connection, "anna") == [other(2)]
        assert len(list_account_findings(connection, "anna", withdrawn=True)) == 2


def test_findings_since_a_moment_and_lasting_ones_of_any_age(database: Database) -> None:
    old, vault = other(2), other(3, kind=AccountFindingKind.VAULT_ACCOUNT, matches=())
    with database.write() as connection:
        record_account_findings(connection, [old, vault, other(4, account_id="bert")], NOW)
        record_account_findings(connection, [FINDING], NOW + timedelta(days=1))
        since = NOW + timedelta(seconds=1)
        assert list_findings_since(connection, "anna", since) == [FINDING]
        lasting = [AccountFindingKind.VAULT_ACCOUNT]
        assert list_findings_since(connection, "anna", since, always=lasting) == [vault, FINDING]
        withdraw_account_findings(connection, [vault.id], "act_1", NOW)
        assert list_findings_since(connection, "anna", since, always=lasting) == [FINDING]
        assert list_findings_since(connection, "anna", NOW) == [old, FINDING]
        assert (list_withdrawn(connection, "act_1"), list_withdrawn(connection, "act_2")) == ([vault], [])

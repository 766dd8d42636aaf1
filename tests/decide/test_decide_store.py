import pytest
from decide_cases import NOW, SHA256, make_facts, make_finding, make_match

from jacana.audit import list_entries, verify_log
from jacana.db.engine import Database
from jacana.db.tables.ingest import ingest_accounts, ingest_uploads
from jacana.decide.ask import AccountInput, evaluate_account
from jacana.decide.evaluate import evaluate_policy
from jacana.decide.policy import load_policy
from jacana.decide.store import (
    find_account_decision,
    find_decision,
    list_account_decisions,
    list_decisions,
    record_account_decision,
    record_decision,
)
from jacana.model.account import Account
from jacana.model.account_finding import AccountFinding, AccountFindingKind
from jacana.model.decision import Evaluation, Moment
from jacana.model.verdict import Verdict

POLICY = load_policy(None)


def evaluate(moment: Moment = Moment.UPLOAD, verdict: Verdict | None = None) -> Evaluation:
    findings = (make_match(may_cause=("hold", "open_case")), make_finding(id="find_2"))
    return evaluate_policy(POLICY, moment, make_facts(*findings, verdict=verdict))


@pytest.fixture(autouse=True)
def upload(database: Database) -> None:
    with database.write() as connection:
        connection.execute(
            ingest_accounts.insert().values(id="account-1", state="active", first_seen_at=NOW, updated_at=NOW)
        )
        connection.execute(
            ingest_uploads.insert().values(
                id="upl_1",
                network_id="video-1",
                account_id="account-1",
                visibility="only_me",
                state="received",
                md5="0" * 32,
                sha1="0" * 40,
                sha256=SHA256,
                size_bytes=1,
                received_at=NOW,
            )
        )


def test_a_decision_is_kept_as_it_was_made(database: Database) -> None:
    evaluation = evaluate()
    assert evaluation.withheld
    with database.write() as connection:
        decision_id = record_decision(connection, "upl_1", evaluation, "upl_1", NOW)
    with database.read() as connection:
        assert list_decisions(connection, "upl_1") == [(decision_id, evaluation, NOW)]
        assert find_decision(connection, "upl_1", Moment.UPLOAD, "upl_1") == (decision_id, evaluation, NOW)
        assert find_decision(connection, "upl_1", Moment.VERDICT, "upl_1") is None
        assert list_decisions(connection, "upl_2") == []


def test_the_audit_log_says_which_rules_decided_what(database: Database) -> None:
    with database.write() as connection:
        decision_id = record_decision(connection, "upl_1", evaluate(), "upl_1", NOW)
    with database.read() as connection:
        [(_, entry)] = list_entries(connection, subject="upl_1")
    assert (entry.verb, entry.actor, entry.at) == ("decision.made", f"policy:{POLICY.version}", NOW)
    assert entry.details == {
        "decision": decision_id,
        "moment": "upload",
        "cause": "upl_1",
        "policy": POLICY.version,
        "rules": ["known_material", "unreadable"],
        "effects": ["hold", "open_case:apparent_csam"],
        "withheld": 3,
    }


def test_a_replay_changes_nothing_and_finds_the_first_decision(database: Database) -> None:
    with database.write() as connection:
        first = record_decision(connection, "upl_1", evaluate(), "upl_1", NOW)
    other = evaluate_policy(POLICY, Moment.UPLOAD, make_facts())
    with database.write() as connection:
        assert record_decision(connection, "upl_1", other, "upl_1", NOW) == first
    with database.read() as connection:
        assert list_decisions(connection, "upl_1") == [(first, evaluate(), NOW)]
        assert len(list(list_entries(connection, subject="upl_1"))) == 1


def test_each_verdict_is_a_decision_of_its_own_oldest_first(database: Database) -> None:
    verdict = evaluate(Moment.VERDICT, Verdict.CONFIRMED)
    with database.write() as connection:
        ids = [
            record_decision(connection, "upl_1", verdict, "dec_review_1", NOW),
            record_decision(connection, "upl_1", evaluate(), "upl_1", NOW),
            record_decision(connection, "upl_1", verdict, "dec_review_2", NOW.replace(year=2027)),
        ]
    with database.read() as connection:
        listed = list_decisions(connection, "upl_1")
    assert [decision_id for decision_id, _, _ in listed] == [ids[1], ids[0], ids[2]]
    assert [evaluation.moment for _, evaluation, _ in listed] == [Moment.UPLOAD, Moment.VERDICT, Moment.VERDICT]
    with database.read() as connection:
        assert verify_log(connection).green


def test_a_rolled_back_decision_leaves_no_trace(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as connection:
        record_decision(connection, "upl_1", evaluate(), "upl_1", NOW)
        raise RuntimeError
    with database.read() as connection:
        assert list_decisions(connection, "upl_1") == []
        assert list(list_entries(connection, subject="upl_1")) == []


def test_a_decision_about_an_account_is_kept_once_for_each_cause(database: Database) -> None:
    finding = AccountFinding("find_1", "anna", AccountFindingKind.VAULT_ACCOUNT, "vault", "1", 0.9, ("So.",), NOW)
    evaluation = evaluate_account(POLICY, Moment.ACCOUNT, AccountInput(Account("anna"), (finding,)))
    nothing = evaluate_account(POLICY, Moment.ACCOUNT, AccountInput(Account("anna"), ()))
    assert evaluation.effects
    with database.write() as connection:
        first = record_account_decision(connection, "anna", evaluation, "events-1", NOW)
        assert record_account_decision(connection, "anna", nothing, "events-1", NOW) == first
        second = record_account_decision(connection, "anna", nothing, "events-2", NOW)
        record_account_decision(connection, "bert", nothing, "events-1", NOW)
    with database.read() as connection:
        kept = [(first, evaluation, NOW), (second, nothing, NOW)]
        listed = list_account_decisions(connection, "anna")
        assert [each for each in listed if each not in kept] == []
        assert len(listed) == 2
        assert find_account_decision(connection, "anna", Moment.ACCOUNT, "events-1") == (first, evaluation, NOW)
        assert find_account_decision(connection, "anna", Moment.ACCOUNT_VERDICT, "events-1") is None
        assert [entry.verb for _, entry in list_entries(connection, subject="anna")] == ["decision.made"] * 2
        assert verify_log(connection).green

from datetime import timedelta

import sqlalchemy as sa
from evaluation_world import START

from jacana.db.outbox import list_due, promise_work, record_failure
from jacana.db.tables.ingest import ingest_accounts
from jacana.detect.findings.store import record_account_findings, withdraw_account_findings
from jacana.model.account_finding import AccountFinding, AccountFindingKind
from jacana.pipeline.evaluation.store import count_failed_work, list_shut_out, list_sightings


def make_finding(number, **fields):
    base = {
        "id": f"find_{number}",
        "account_id": f"a{number}",
        "kind": AccountFindingKind.TERM_HIT,
        "detector": "terms",
        "detector_version": "1",
        "score": 0.5,
        "reasons": (),
        "occurred_at": START,
    }
    return AccountFinding(**{**base, **fields})


def test_sightings_come_in_the_order_of_finding_and_withdrawn_ones_stay(database):
    with database.write() as connection:
        record_account_findings(connection, [make_finding(2, event_id="event_x")], START + timedelta(hours=2))
        record_account_findings(connection, [make_finding(1)], START + timedelta(hours=1))
        withdraw_account_findings(connection, ["find_1"], "why", START)
        first, second = list_sightings(connection)
    assert (first.account_id, second.account_id) == ("a1", "a2")
    assert (second.event_id, second.at, second.happened_at) == ("event_x", START + timedelta(hours=2), START)


def test_whoever_is_not_active_is_shut_out(database):
    with database.write() as connection:
        for account_id, state in (("a", "active"), ("b", "banned"), ("s", "suspended")):
            values = {"id": account_id, "state": state, "first_seen_at": START, "updated_at": START}
            connection.execute(sa.insert(ingest_accounts).values(**values))
        assert list_shut_out(connection) == {"b", "s"}


def test_failed_work_is_counted_by_topic(database):
    with database.write() as connection:
        for name in ("one", "two"):
            promise_work(connection, id=name, topic="judge_account", payload={}, not_before=START)
        assert count_failed_work(connection) == {}
        for row in list_due(connection, START):
            record_failure(connection, row, "some.code", START)
        assert count_failed_work(connection) == {"judge_account": 2}

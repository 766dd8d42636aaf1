"""The outbox on both databases: promised once, due in order, cancelled only before it starts."""

import threading
from datetime import timedelta

import pytest

from jacana.db.engine import Database
from jacana.db.outbox import (
    cancel_work,
    count_waiting,
    list_due,
    list_stuck,
    mark_finished,
    mark_started,
    promise_work,
    record_failure,
)


def promise(database: Database, id: str, not_before, topic: str = "screen_upload", **payload) -> bool:
    with database.write() as connection:
        return promise_work(connection, id=id, topic=topic, payload=payload, not_before=not_before)


def due(database: Database, now, **more) -> list[str]:
    with database.read() as connection:
        return [row.id for row in list_due(connection, now, **more)]


def test_a_promise_is_kept_once(database: Database, clock) -> None:
    assert promise(database, "a", clock(), upload_id="up_1")
    assert not promise(database, "a", clock() + timedelta(days=1), topic="other", upload_id="up_2")
    with database.read() as connection:
        (row,) = list_due(connection, clock())
    assert (row.id, row.topic, row.payload, row.not_before) == ("a", "screen_upload", {"upload_id": "up_1"}, clock())


def test_promises_made_at_once_are_kept_once(database: Database, clock) -> None:
    barrier, outcomes = threading.Barrier(6), []

    def work() -> None:
        barrier.wait()
        try:
            outcomes.append(promise(database, "a", clock()))
        except Exception as problem:
            outcomes.append(problem)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes, key=str) == [False] * 5 + [True]


def test_a_promise_in_a_transaction_that_fails_is_none(database: Database, clock) -> None:
    with pytest.raises(RuntimeError), database.write() as connection:
        promise_work(connection, id="a", topic="t", payload={}, not_before=clock())
        raise RuntimeError
    assert due(database, clock()) == []


def test_due_is_what_has_come_oldest_first(database: Database, clock) -> None:
    now = clock()
    for name, seconds in (("late", 5), ("b", -1), ("a", -1), ("oldest", -9), ("now", 0)):
        promise(database, name, now + timedelta(seconds=seconds), topic="x" if name == "b" else "y")
    assert due(database, now) == ["oldest", "a", "b", "now"]
    assert due(database, now, limit=2) == ["oldest", "a"]
    assert due(database, now, except_topics=["x"]) == ["oldest", "a", "now"]
    assert due(database, now + timedelta(seconds=5)) == ["oldest", "a", "b", "now", "late"]


def test_started_and_cancelled_work_is_not_due(database: Database, clock) -> None:
    for name in ("a", "b", "c"):
        promise(database, name, clock())
    with database.write() as connection:
        mark_started(connection, "a", clock())
        assert cancel_work(connection, "b", clock())
        assert not cancel_work(connection, "b", clock())
        assert not cancel_work(connection, "a", clock())  # too late
        assert not cancel_work(connection, "none", clock())
    assert due(database, clock()) == ["c"]


def test_waiting_is_what_is_neither_finished_nor_cancelled(database: Database, clock) -> None:
    for name, topic in (("a", "x"), ("b", "x"), ("c", "x"), ("d", "y"), ("e", "z")):
        promise(database, name, clock(), topic=topic)
    with database.write() as connection:
        mark_started(connection, "a", clock())
        mark_finished(connection, "b", clock())
        cancel_work(connection, "e", clock())
        assert count_waiting(connection) == {"x": 2, "y": 1}


def test_a_failure_makes_it_due_again_later_under_a_new_run(database: Database, clock) -> None:
    promise(database, "a", clock())
    later = clock() + timedelta(seconds=30)
    with database.write() as connection:
        (row,) = list_due(connection, clock())
        assert row.run_id == "a"
        mark_started(connection, "a", clock())
        record_failure(connection, row, "service.unavailable", later)
        record_failure(connection, row, "told twice", later)  # the same attempt counts once
        assert list_due(connection, clock()) == []
        (again,) = list_due(connection, later)
        assert (again.failures, again.run_id) == (1, "a~1")
        assert [(stuck.id, problem) for stuck, problem in list_stuck(connection, 1)] == [("a", "service.unavailable")]
        assert list_stuck(connection, 2) == []
        mark_finished(connection, "a", later)
        assert list_stuck(connection, 1) == []

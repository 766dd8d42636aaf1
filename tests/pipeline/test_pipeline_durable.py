"""DBOS underneath: a started row is worked once, its steps are remembered, and it ends across a restart of DBOS."""

import threading
import time
from datetime import timedelta

import pytest

from jacana.db.engine import DatabaseUnavailableError
from jacana.db.outbox import OutboxRow, list_due, mark_started, promise_work
from jacana.pipeline import work
from jacana.pipeline.durable import DbosWorkflows, workflow_database_url
from jacana.pipeline.stages import Stages
from jacana.pipeline.work import Pump


@pytest.fixture
def workflows(stages: Stages):
    made = DbosWorkflows(stages)
    made.launch()
    yield made
    made.stop()


def test_a_row_is_worked_once_however_often_it_is_started(stages: Stages, workflows, monkeypatch) -> None:
    runs: list[str] = []
    done = threading.Semaphore(0)
    monkeypatch.setitem(
        work.HANDLERS, "file_report", lambda _stages, step, report_id: step("note", runs.append, report_id)
    )
    row = OutboxRow("row_1", "file_report", {"report_id": "report_1"}, stages.clock())
    with stages.db.write() as connection:
        promise_work(connection, id=row.id, topic=row.topic, payload=row.payload, not_before=row.not_before)
    for _ in range(3):
        workflows.start(row, done.release)
        assert done.acquire(timeout=10)
    assert runs == ["report_1"]


def test_the_pump_and_dbos_together_finish_a_row(stages: Stages, workflows, monkeypatch) -> None:
    worked = threading.Event()
    monkeypatch.setitem(work.HANDLERS, "file_report", lambda _stages, step, **_payload: step("set", worked.set))
    with stages.db.write() as connection:
        promise_work(connection, id="row_2", topic="file_report", payload={}, not_before=stages.clock())
    pump = Pump(stages, workflows)
    pump.start()
    assert worked.wait(10)
    pump.stop()


def test_workflow_state_stands_beside_the_database(stages: Stages) -> None:
    url = workflow_database_url(stages)
    if stages.db.is_sqlite:
        assert url.endswith("/data/workflows.db")
    else:
        assert url.startswith("postgresql://")


def test_rows_that_fail_at_once_are_all_tried_again(stages: Stages, workflows, monkeypatch) -> None:
    def explode(_stages, _step, **_payload) -> None:
        raise RuntimeError

    monkeypatch.setitem(work.HANDLERS, "file_report", explode)
    with stages.db.write() as connection:
        for number in range(30):
            promise_work(connection, id=f"row_{number}", topic="file_report", payload={}, not_before=stages.clock())
    pump = Pump(stages, workflows)
    pump.start()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with stages.db.read() as connection:
            waiting = list_due(connection, stages.clock() + timedelta(seconds=10))
        if sum(row.failures for row in waiting) == 30:
            break
        time.sleep(0.1)
    pump.stop()
    assert sorted(row.failures for row in waiting) == [1] * 30


def test_a_failure_that_could_not_be_recorded_is_found_after_a_restart(stages: Stages, monkeypatch) -> None:
    """The database is away from the step on: the workflow ends in error and the row still says started."""
    first = DbosWorkflows(stages)
    first.launch()
    ended = threading.Event()

    def away(*_arguments) -> None:
        raise DatabaseUnavailableError("away")

    with monkeypatch.context() as patched:
        patched.setitem(work.HANDLERS, "file_report", away)
        patched.setattr(work, "record_work_failure", away)
        row = OutboxRow("row_1", "file_report", {}, stages.clock())
        with stages.db.write() as connection:
            promise_work(connection, id=row.id, topic=row.topic, payload={}, not_before=row.not_before)
            mark_started(connection, row.id, stages.clock())
        first.start(row, ended.set)
        assert ended.wait(10)
    first.stop()
    second = DbosWorkflows(stages)
    second.launch()
    deadline = time.monotonic() + 10
    while not (lost := Pump(stages, second).take_up_lost()) and time.monotonic() < deadline:
        time.sleep(0.1)
    second.stop()
    assert lost == 1


def test_each_of_two_starts_of_one_row_gives_its_place_back(stages: Stages, workflows, monkeypatch) -> None:
    go, done = threading.Event(), threading.Semaphore(0)
    monkeypatch.setitem(work.HANDLERS, "file_report", lambda _stages, step, **_payload: step("wait", go.wait, 10))
    row = OutboxRow("row_1", "file_report", {}, stages.clock())
    with stages.db.write() as connection:
        promise_work(connection, id=row.id, topic=row.topic, payload={}, not_before=row.not_before)
    workflows.start(row, done.release)
    workflows.start(row, done.release)
    go.set()
    assert done.acquire(timeout=10)
    assert done.acquire(timeout=10)

"""DBOS underneath: a started row is worked once, its steps are remembered, and it ends across a restart of DBOS."""

import threading

import pytest

from jacana.db.outbox import OutboxRow, promise_work
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

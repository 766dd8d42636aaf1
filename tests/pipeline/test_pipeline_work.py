"""The pump: bounded, honest about failures, never dropping a row."""

from collections.abc import Callable

import pytest

from jacana.db.outbox import OutboxRow, list_due, list_stuck, promise_work
from jacana.pipeline import work
from jacana.pipeline.inline import InlineWorkflows, drain_outbox
from jacana.pipeline.stages import Stages
from jacana.pipeline.work import RETRY_SECONDS, Pump


class ParkedWorkflows:
    """Keeps started rows without working them."""

    def __init__(self) -> None:
        self.parked: list[tuple[OutboxRow, Callable[[], None]]] = []
        self.running: set[str] = set()

    def is_running(self, run_id: str) -> bool:
        return run_id in self.running

    def start(self, row: OutboxRow, finished: Callable[[], None]) -> None:
        self.parked.append((row, finished))


@pytest.fixture
def promise(stages: Stages) -> Callable[[str, str], None]:
    def promise(row_id: str, topic: str) -> None:
        with stages.db.write() as connection:
            promise_work(connection, id=row_id, topic=topic, payload={}, not_before=stages.clock())

    return promise


def test_each_row_is_started_once(stages: Stages, promise) -> None:
    workflows = ParkedWorkflows()
    pump = Pump(stages, workflows)
    promise("row_1", "file_report")
    assert (pump.start_due(), pump.start_due()) == (1, 0)
    assert [row.id for row, _ in workflows.parked] == ["row_1"]


def test_screening_is_bounded_and_does_not_block_other_topics(stages: Stages, promise) -> None:
    workflows = ParkedWorkflows()
    pump = Pump(stages, workflows)
    for number in range(5):
        promise(f"screen_{number}", "screen_upload")
    promise("zz_report", "file_report")
    pump.start_due()
    started = [row.topic for row, _ in workflows.parked]
    assert started.count("screen_upload") == stages.settings.media_workers
    assert started.count("file_report") == 1
    workflows.parked[0][1]()
    pump.start_due()
    assert [row.topic for row, _ in workflows.parked].count("screen_upload") == stages.settings.media_workers + 1


def test_a_row_that_raises_comes_back_ever_more_slowly_and_is_seen(stages: Stages, promise, clock, monkeypatch) -> None:
    def explode(_stages, _step, **_payload) -> None:
        raise RuntimeError("secret content")

    monkeypatch.setitem(work.HANDLERS, "file_report", explode)
    promise("row_1", "file_report")
    for wait in RETRY_SECONDS:
        assert drain_outbox(stages) == ["file_report"]
        clock.advance(wait - 0.5)
        with stages.db.read() as connection:
            assert list_due(connection, stages.clock()) == []
        clock.advance(0.5)
    with stages.db.read() as connection:
        ((row, problem),) = list_stuck(connection, 3)
    assert row.failures == len(RETRY_SECONDS)
    assert row.run_id == f"row_1~{row.failures}"
    assert problem == "unexpected.RuntimeError"


def test_a_pump_survives_a_database_that_is_away(stages: Stages, promise, monkeypatch) -> None:
    workflows = ParkedWorkflows()
    pump = Pump(stages, workflows, pause_seconds=0.01)
    answers = iter([work.JacanaError("away"), RuntimeError("the workflow engine is away")])
    start_due = pump.start_due

    def flaky() -> int:
        for problem in answers:
            raise problem
        return start_due()

    monkeypatch.setattr(pump, "start_due", flaky)
    promise("row_1", "file_report")
    pump.start()
    for _ in range(500):
        if workflows.parked:
            break
        pump.join(0.01)
    pump.stop()
    assert [row.id for row, _ in workflows.parked] == ["row_1"]


def test_a_row_that_cannot_be_started_gives_its_place_back(stages: Stages, promise) -> None:
    class BrokenWorkflows:
        def start(self, row: OutboxRow, finished: Callable[[], None]) -> None:
            raise RuntimeError("the workflow engine is away")

    pump = Pump(stages, BrokenWorkflows())
    promise("row_1", "screen_upload")
    for _ in range(5):
        with pytest.raises(RuntimeError):
            pump.start_due()
    with stages.db.read() as connection:
        assert [row.id for row in list_due(connection, stages.clock())] == ["row_1"]


def test_a_row_that_fails_before_its_start_was_recorded_is_tried_again(
    stages: Stages, promise, clock, monkeypatch
) -> None:
    """The workflow may end before the pump has written that it began; the row must not look started for ever."""
    runs: list[int] = []

    def explode(_stages, _step, **_payload) -> None:
        runs.append(1)
        raise RuntimeError

    monkeypatch.setitem(work.HANDLERS, "file_report", explode)
    promise("row_1", "file_report")
    pump = Pump(stages, InlineWorkflows(stages))
    for _ in range(4):
        pump.start_due()
        clock.advance(4000)
    assert len(runs) == 4


def test_a_row_whose_workflow_ended_without_a_trace_is_taken_up(stages: Stages, promise, clock) -> None:
    workflows = ParkedWorkflows()
    pump = Pump(stages, workflows)
    promise("row_1", "file_report")
    pump.start_due()
    workflows.running.add("row_1")
    assert pump.take_up_lost() == 0
    workflows.running.clear()
    assert pump.take_up_lost() == 1
    assert pump.take_up_lost() == 0
    clock.advance(60)
    pump.start_due()
    assert [row.run_id for row, _ in workflows.parked] == ["row_1", "row_1~1"]

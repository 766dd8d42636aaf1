"""The in-memory twin works due rows, and what they promise, in order and no further than asked."""

from datetime import timedelta

from jacana.db.outbox import count_waiting, promise_work
from jacana.pipeline import work
from jacana.pipeline.inline import InlineWorkflows, drain_outbox
from jacana.pipeline.stages import Stages
from jacana.pipeline.work import Pump


def test_drain_follows_promises_but_not_into_the_future(stages: Stages, clock, monkeypatch) -> None:
    def promise_next(stages: Stages, _step, number: int) -> None:
        due = clock() + timedelta(seconds=60 * (number == 2))
        with stages.db.write() as connection:
            payload = {"number": number + 1}
            promise_work(connection, id=f"row_{number + 1}", topic="file_report", payload=payload, not_before=due)

    monkeypatch.setitem(work.HANDLERS, "file_report", promise_next)
    with stages.db.write() as connection:
        promise_work(connection, id="row_0", topic="file_report", payload={"number": 0}, not_before=clock())
    assert drain_outbox(stages) == ["file_report"] * 3
    with stages.db.read() as connection:
        assert count_waiting(connection) == {"file_report": 1}
    assert len(drain_outbox(stages, until=clock() + timedelta(seconds=60), limit=1)) == 1


def test_the_pump_can_run_on_the_twin(stages: Stages, clock, monkeypatch) -> None:
    seen: list[str] = []
    monkeypatch.setitem(work.HANDLERS, "file_report", lambda _stages, _step, report_id: seen.append(report_id))
    with stages.db.write() as connection:
        payload = {"report_id": "report_1"}
        promise_work(connection, id="row_0", topic="file_report", payload=payload, not_before=clock())
    assert Pump(stages, InlineWorkflows(stages)).start_due() == 1
    assert seen == ["report_1"]

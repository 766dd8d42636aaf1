"""The timeline holds every stage, in order, and says what is missing."""

from jacana.model.upload import Visibility
from jacana.model.verdict import Verdict
from jacana.pipeline.timeline import FLOW, missing_stages, read_timeline


def test_a_filed_upload_has_every_stage_in_order(flow) -> None:
    upload_id = flow.upload("disguised", "bertram", Visibility.ONLY_ME)
    flow.drain()
    with flow.stages.db.read() as connection:
        half = read_timeline(flow.stages, connection, upload_id)
    assert missing_stages(half) == []
    assert not [step for step in half if step.verb == "report.filed"]
    flow.decide_only_case(upload_id, Verdict.CONFIRMED)
    flow.drain()
    with flow.stages.db.read() as connection:
        (report,) = flow.stages.reports.list_reports(connection)
    flow.approve(report)
    flow.drain()
    with flow.stages.db.read() as connection:
        steps = read_timeline(flow.stages, connection, upload_id)
    verbs = [step.verb for step in steps]
    order = ["upload.accepted", "decision.made", "object.preserved", "action.ordered", "case.opened", "report.drafted"]
    assert [verbs.index(verb) for verb in order] == sorted(verbs.index(verb) for verb in order)
    assert {"case.decided", "report.approved", "report.filed"} <= set(verbs)
    assert [step.position for step in steps] == sorted(step.position for step in steps)


def test_an_innocent_upload_lacks_the_later_stages(flow) -> None:
    upload_id = flow.upload("innocent", "anna", Visibility.PUBLIC)
    flow.drain()
    with flow.stages.db.read() as connection:
        steps = read_timeline(flow.stages, connection, upload_id)
    assert missing_stages(steps) == [stage for stage in FLOW if stage in {"detect", "preserve", "review", "report"}]

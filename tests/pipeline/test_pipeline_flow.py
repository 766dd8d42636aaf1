"""The flow from end to end, and again: a crash may make any step run twice."""

from jacana.model.account import AccountState
from jacana.model.action import ActionKind
from jacana.model.decision import Lane
from jacana.model.finding import FindingKind
from jacana.model.upload import UploadState, Visibility


def test_a_disguised_copy_is_held_preserved_suspended_put_before_a_person_and_drafted(flow) -> None:
    upload_id = flow.upload("disguised", "bertram", Visibility.ONLY_ME)
    flow.drain()
    assert flow.upload_state(upload_id) is UploadState.HELD
    assert flow.account_state("bertram") is AccountState.SUSPENDED
    assert [a.kind for a in flow.network.effects] == [ActionKind.HOLD, ActionKind.SUSPEND_ACCOUNT]
    with flow.stages.db.read() as connection:
        (finding,) = flow.stages.screener.list_findings(connection, upload_id)
        assert finding.kind is FindingKind.BANK_MATCH
        assert finding.match.matched_seconds >= 2
        assert finding.match.nearest <= 31
        assert flow.stages.vault.find_receipt(connection, flow.sha256(upload_id)) is not None
        (row,) = flow.stages.desk.list_queue(connection)
        assert row.lane is Lane.APPARENT_CSAM
        (report,) = flow.stages.reports.list_reports(connection)
        assert report.state == "draft"
        assert flow.stages.intake.spool_path(connection, upload_id) is None
    assert b"".join(flow.stages.vault.read(flow.sha256(upload_id), "test", "test")) == flow.bytes_of("disguised")


def test_running_every_step_twice_changes_nothing(flow) -> None:
    """A crash may make any step run again: replay the whole flow and compare what the world saw."""
    from jacana.pipeline.flow import screen_upload
    from jacana.pipeline.inline import run_step

    upload_id = flow.upload("disguised", "bertram", Visibility.ONLY_ME)
    flow.drain()
    before = flow.snapshot()
    screen_upload(flow.stages, run_step, upload_id)
    flow.drain()
    assert flow.snapshot() == before

"""Screening of one upload: shown, held, unreadable, failing; real video, vault and policy."""

from jacana.model.account import AccountState
from jacana.model.action import ActionKind
from jacana.model.decision import Lane
from jacana.model.finding import FindingKind
from jacana.model.upload import UploadState, Visibility


def test_an_innocent_clip_is_shown_and_nothing_is_kept(flow) -> None:
    upload_id = flow.upload("innocent", "anna", Visibility.PUBLIC)
    flow.drain()
    assert flow.upload_state(upload_id) is UploadState.RELEASED
    assert [(a.kind, a.target_id) for a in flow.network.effects] == [(ActionKind.RELEASE, "innocent-anna")]
    with flow.stages.db.read() as connection:
        assert flow.stages.screener.list_findings(connection, upload_id) == []
        assert flow.stages.vault.find_receipt(connection, flow.sha256(upload_id)) is None
        assert flow.stages.intake.spool_path(connection, upload_id) is None
        assert flow.stages.desk.list_queue(connection) == []


def test_a_truncated_file_is_a_case_of_its_own_kind(flow) -> None:
    upload_id = flow.upload("broken", "dora", Visibility.PUBLIC)
    flow.drain()
    assert flow.upload_state(upload_id) is UploadState.HELD
    assert flow.account_state("dora") is AccountState.ACTIVE
    with flow.stages.db.read() as connection:
        (row,) = flow.stages.desk.list_queue(connection)
        assert row.lane is Lane.UNREADABLE
        (finding,) = flow.stages.screener.list_findings(connection, upload_id)
        assert finding.kind is FindingKind.MEDIA_UNREADABLE
        assert finding.reasons
        assert flow.stages.reports.list_reports(connection) == []


def test_screening_that_keeps_failing_holds_and_asks_a_person(flow, monkeypatch) -> None:
    def explode(*_arguments, **_keywords):
        raise RuntimeError("matching is down")

    monkeypatch.setattr(type(flow.stages.screener), "analyse", explode)
    upload_id = flow.upload("innocent", "anna", Visibility.PUBLIC)
    for _ in range(4):
        flow.drain(later_seconds=4000)
    assert flow.upload_state(upload_id) is UploadState.HELD
    assert ActionKind.RELEASE not in {a.kind for a in flow.network.effects}
    with flow.stages.db.read() as connection:
        (row,) = flow.stages.desk.list_queue(connection)
        assert row.lane is Lane.REVIEW

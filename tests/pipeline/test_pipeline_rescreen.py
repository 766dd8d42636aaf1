"""An upload that is found again: hidden at once, its bytes asked for, and destroyed only once they are sealed."""

import pytest

from jacana.model.action import ActionKind
from jacana.model.upload import UploadState, Visibility
from jacana.model.verdict import Classification, Verdict
from jacana.pipeline import enforce, rescreen, screening
from jacana.pipeline.flow import rescreen_upload
from jacana.pipeline.inline import run_step
from jacana.pipeline.lookback import begin_look_back
from jacana.pipeline.outside import ScreeningUnderWayError
from jacana.pipeline.rescreen import AnalysisMissingError, detect_again


@pytest.fixture
def found(flow):
    """An upload that was released, let go, and found when the bank grew."""
    begin_look_back(flow.stages)
    flow.drain()
    upload_id = flow.upload("innocent", "carla", Visibility.PUBLIC)
    flow.drain()
    flow.grow_bank("innocent")
    begin_look_back(flow.stages)
    flow.drain()
    return flow, upload_id


def wants(flow) -> list[str]:
    with flow.stages.db.read() as connection:
        return [upload.id for upload in flow.stages.intake.list_wanted(connection)]


def test_it_is_held_and_the_network_is_asked_to_send_it_again(found) -> None:
    flow, upload_id = found
    holds = [action for action in flow.network.effects if action.kind is ActionKind.HOLD]
    assert [action.wants_bytes for action in holds] == [True]
    assert wants(flow) == [upload_id]
    with flow.stages.db.read() as connection:
        assert len(flow.stages.desk.list_queue(connection)) == 1
        assert flow.stages.vault.find_receipt(connection, flow.sha256(upload_id)) is None
        assert flow.stages.reports.list_reports(connection) == []


def test_the_bytes_that_come_again_are_sealed_and_the_flow_goes_on(found) -> None:
    flow, upload_id = found
    assert flow.upload("innocent", "carla", Visibility.PUBLIC) == upload_id
    assert wants(flow) == []
    assert flow.drain() == ["take_evidence"]
    with flow.stages.db.read() as connection:
        assert flow.stages.vault.find_receipt(connection, flow.sha256(upload_id)) is not None
        assert flow.stages.intake.spool_path(connection, upload_id) is None
        (report,) = flow.stages.reports.list_reports(connection)
        assert report.state == "draft"
    assert b"".join(flow.stages.vault.read(flow.sha256(upload_id), "test", "test")) == flow.bytes_of("innocent")
    flow.watch_only_case(upload_id)
    flow.decide_only_case(upload_id, Verdict.CONFIRMED, Classification.A1)
    flow.drain()
    assert flow.upload_state(upload_id) is UploadState.REMOVED


def test_bytes_nobody_asked_for_are_not_kept(found) -> None:
    flow, upload_id = found
    flow.upload("innocent", "carla", Visibility.PUBLIC)
    flow.drain()
    assert flow.upload("innocent", "carla", Visibility.PUBLIC) == upload_id
    with flow.stages.db.read() as connection:
        assert flow.stages.intake.spool_path(connection, upload_id) is None
    assert flow.drain() == []


def test_the_sweep_leaves_bytes_that_came_again(found) -> None:
    flow, upload_id = found
    flow.upload("innocent", "carla", Visibility.PUBLIC)
    flow.stages.intake.sweep_spool()
    with flow.stages.db.read() as connection:
        assert flow.stages.intake.spool_path(connection, upload_id).is_file()


def test_running_it_again_changes_nothing(found) -> None:
    flow, upload_id = found
    before = flow.snapshot()
    rescreen_upload(flow.stages, run_step, upload_id, "look_again")
    flow.drain()
    after = flow.snapshot()
    assert after["counts"].pop("audit_entries") == before["counts"].pop("audit_entries") + 1
    assert after == before


def test_a_copy_whose_bytes_are_in_the_vault_needs_no_second_sending(flow) -> None:
    begin_look_back(flow.stages)
    flow.drain()
    first = flow.upload("innocent", "carla", Visibility.PUBLIC)
    flow.drain()
    flow.grow_bank("innocent")
    second = flow.upload("innocent", "dora", Visibility.PUBLIC)  # screened with the grown bank: sealed
    flow.drain()
    begin_look_back(flow.stages)
    flow.drain()
    assert wants(flow) == []
    assert [flow.upload_state(each) for each in (first, second)] == [UploadState.HELD, UploadState.HELD]


def test_an_analysis_that_is_not_recorded_yet_is_waited_for(flow) -> None:
    upload_id = flow.upload("innocent", "carla", Visibility.PUBLIC)
    with pytest.raises(AnalysisMissingError) as raised:
        detect_again(flow.stages, upload_id, "look_1")
    assert raised.value.retryable


def test_a_crash_after_the_match_is_recorded_leaves_it_to_be_decided(flow, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step runs again, finds nothing new, and the upload must be hidden all the same."""
    begin_look_back(flow.stages)
    flow.drain()
    upload_id = flow.upload("innocent", "carla", Visibility.PUBLIC)
    flow.drain()
    flow.grow_bank("innocent")

    def die(_point: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(rescreen, "fault", die)
        with pytest.raises(KeyboardInterrupt):
            rescreen_upload(flow.stages, run_step, upload_id, "look_1")
    rescreen_upload(flow.stages, run_step, upload_id, "look_1")
    assert flow.drain()[0] == "decide_again"
    assert flow.upload_state(upload_id) is UploadState.HELD


def test_a_release_on_its_way_does_not_come_after_the_hold(flow) -> None:
    """The bank grows between an upload's first decision and its being carried out."""
    begin_look_back(flow.stages)
    flow.drain()
    upload_id = flow.upload("innocent", "carla", Visibility.PUBLIC)
    screening.detect_media(flow.stages, upload_id)
    decision_id = screening.decide_upload(flow.stages, upload_id)
    flow.grow_bank("innocent")
    with pytest.raises(ScreeningUnderWayError):
        rescreen_upload(flow.stages, run_step, upload_id, "look_1")
    enforce.act_on_decision(flow.stages, upload_id, decision_id)
    assert flow.upload_state(upload_id) is UploadState.RELEASED
    begin_look_back(flow.stages)
    flow.drain()
    assert flow.upload_state(upload_id) is UploadState.HELD

"""One decision covers all copies: of now, of later; and can be taken back."""

import pytest

from jacana.audit import verify_log
from jacana.model.account import AccountState
from jacana.model.action import ActionKind
from jacana.model.finding import FindingKind
from jacana.model.upload import UploadState, Visibility
from jacana.model.verdict import Verdict
from jacana.pipeline import casework, enforce, screening
from jacana.pipeline.casework import EvidenceGoneError, ReportUnderWayError
from jacana.pipeline.inline import drain_outbox
from jacana.pipeline.reporting import ReportUndecidedError
from jacana.review.errors import DecisionUndoneError, TooEarlyToOverturnError


def test_one_decision_covers_both_copies_and_a_later_one(flow) -> None:
    first = flow.upload("disguised", "bertram", Visibility.ONLY_ME)
    flow.drain()
    second = flow.upload("disguised", "carla", Visibility.ONLY_ME)
    flow.drain()
    with flow.stages.db.read() as connection:
        rows = flow.stages.desk.list_queue(connection)
    assert [row.view_needed for row in rows] == [True, False]
    flow.decide(rows[0].case_id, first, Verdict.CONFIRMED)
    flow.drain()
    third = flow.upload("disguised", "emil", Visibility.PUBLIC)
    flow.drain()
    for upload_id, account in ((first, "bertram"), (second, "carla"), (third, "emil")):
        assert flow.upload_state(upload_id) is UploadState.REMOVED
        assert flow.account_state(account) is AccountState.BANNED
    with flow.stages.db.read() as connection:
        assert flow.stages.desk.list_queue(connection) == []
        assert len(flow.stages.reports.list_reports(connection)) == 3
        kinds = {f.kind for f in flow.stages.screener.list_findings(connection, third)}
        assert kinds == {FindingKind.BANK_MATCH, FindingKind.CONFIRMED_COPY}
        assert verify_log(connection).green


def test_each_account_with_a_confirmed_file_is_looked_around_once(flow) -> None:
    first = flow.upload("disguised", "bertram", Visibility.ONLY_ME)
    flow.upload("disguised", "carla", Visibility.ONLY_ME)
    flow.drain()
    with flow.stages.db.read() as connection:
        case_id = flow.stages.desk.list_queue(connection)[0].case_id
    decision = flow.decide(case_id, first, Verdict.CONFIRMED)
    assert flow.drain().count("link_accounts") == 2
    casework.settle_copies(flow.stages, decision.id)
    assert flow.drain() == []
    flow.upload("disguised", "emil", Visibility.PUBLIC)
    assert flow.drain().count("link_accounts") == 1


def test_a_cleared_file_is_shown_its_owner_reinstated_its_draft_withdrawn_and_its_hold_ended(flow) -> None:
    upload_id = flow.upload("disguised", "bertram", Visibility.PUBLIC)
    flow.drain()
    flow.decide_only_case(upload_id, Verdict.CLEARED)
    flow.drain()
    assert flow.upload_state(upload_id) is UploadState.RELEASED
    assert flow.account_state("bertram") is AccountState.ACTIVE
    with flow.stages.db.read() as connection:
        (report,) = flow.stages.reports.list_reports(connection)
        assert report.state == "retracted"
        holds = flow.stages.vault.list_holds(connection, flow.sha256(upload_id))
        assert all(hold.released_at for hold in holds)
    again = flow.upload("disguised", "carla", Visibility.PUBLIC)
    flow.drain()
    assert flow.upload_state(again) is UploadState.RELEASED
    assert flow.account_state("carla") is AccountState.ACTIVE
    assert "carla" not in [a.target_id for a in flow.network.effects if a.kind is ActionKind.SUSPEND_ACCOUNT]


def test_nothing_happens_within_the_undo_window_and_undo_takes_it_back(flow) -> None:
    upload_id = flow.upload("disguised", "bertram", Visibility.ONLY_ME)
    flow.drain()
    decision = flow.decide_only_case(upload_id, Verdict.CONFIRMED)
    assert drain_outbox(flow.stages) == []
    with flow.stages.db.write() as connection:
        flow.stages.desk.undo(connection, decision.id, "user_1")
    flow.drain()
    assert flow.upload_state(upload_id) is UploadState.HELD
    assert flow.account_state("bertram") is AccountState.SUSPENDED


def test_a_copy_that_was_shown_before_the_bank_grew_is_removed_too(flow) -> None:
    early = flow.upload("innocent", "anna", Visibility.PUBLIC)
    flow.drain()
    assert flow.upload_state(early) is UploadState.RELEASED
    flow.grow_bank("innocent")
    late = flow.upload("innocent", "bertram", Visibility.PUBLIC)
    flow.drain()
    flow.decide_only_case(late, Verdict.CONFIRMED)
    flow.drain()
    for upload_id, account in ((early, "anna"), (late, "bertram")):
        assert flow.upload_state(upload_id) is UploadState.REMOVED
        assert flow.account_state(account) is AccountState.BANNED
    with flow.stages.db.read() as connection:
        assert len(flow.stages.reports.list_reports(connection)) == 2


def test_a_release_that_was_decided_before_the_verdict_is_not_carried_out(flow) -> None:
    """The upload is between its decision and its orders while a person confirms the same bytes elsewhere."""
    flow.grow_bank("innocent")
    known = flow.upload("innocent", "bertram", Visibility.PUBLIC)
    flow.drain()
    with flow.stages.db.write() as connection:
        flow.stages.banks.remove(connection, "known", "test")
    racing = flow.upload("innocent", "carla", Visibility.PUBLIC)
    screening.detect_media(flow.stages, racing)
    released = screening.decide_upload(flow.stages, racing)
    flow.decide_only_case(known, Verdict.CONFIRMED)
    flow.clock.advance(60)
    drain_outbox(flow.stages)
    enforce.act_on_decision(flow.stages, racing, released)
    flow.drain()
    assert flow.upload_state(racing) is UploadState.REMOVED
    assert flow.network.last_told("innocent-carla") is ActionKind.REMOVE


def test_a_wrong_verdict_can_be_overturned_with_all_it_did(flow) -> None:
    upload_id = flow.upload("disguised", "bertram", Visibility.PUBLIC)
    flow.drain()
    decision = flow.decide_only_case(upload_id, Verdict.CONFIRMED)
    with pytest.raises(TooEarlyToOverturnError):
        casework.overturn_verdict(flow.stages, decision.id, "user_2", "too early")
    flow.drain()
    flow.drain()
    casework.overturn_verdict(flow.stages, decision.id, "user_2", "the wrong film")
    flow.drain()
    assert flow.upload_state(upload_id) is UploadState.HELD
    assert flow.account_state("bertram") is AccountState.ACTIVE
    assert flow.network.last_told("bertram") is ActionKind.UNBAN_ACCOUNT
    assert flow.network.last_told("disguised-bertram") is ActionKind.RESTORE
    copy = flow.upload("disguised", "carla", Visibility.PUBLIC)
    flow.drain()
    assert flow.upload_state(copy) is UploadState.HELD
    assert flow.account_state("carla") is AccountState.SUSPENDED
    with flow.stages.db.read() as connection:
        rows = {row.account_id: row for row in flow.stages.desk.list_queue(connection)}
        (report,) = flow.stages.reports.list_reports(connection, account_id="bertram")
    assert rows["bertram"].undecided_count == 1
    with pytest.raises(ReportUndecidedError):
        flow.approve(report)
    flow.decide(rows["bertram"].case_id, upload_id, Verdict.CLEARED)
    flow.drain()
    flow.drain()
    for cleared, account in ((upload_id, "bertram"), (copy, "carla")):
        assert flow.upload_state(cleared) is UploadState.RELEASED
        assert flow.account_state(account) is AccountState.ACTIVE
    with pytest.raises(DecisionUndoneError):
        casework.overturn_verdict(flow.stages, decision.id, "user_2", "again")


def test_a_verdict_that_a_report_under_way_rests_on_is_not_overturned(flow) -> None:
    upload_id = flow.upload("disguised", "bertram", Visibility.PUBLIC)
    flow.drain()
    decision = flow.decide_only_case(upload_id, Verdict.CONFIRMED)
    flow.drain()
    flow.drain()
    with flow.stages.db.read() as connection:
        (report,) = flow.stages.reports.list_reports(connection)
    flow.approve(report)
    with pytest.raises(ReportUnderWayError):
        casework.overturn_verdict(flow.stages, decision.id, "user_2", "the wrong film")
    assert flow.account_state("bertram") is AccountState.BANNED
    flow.drain()
    casework.overturn_verdict(flow.stages, decision.id, "user_2", "the wrong film")
    assert flow.account_state("bertram") is AccountState.ACTIVE


def test_an_innocent_verdict_cannot_be_overturned_once_the_bytes_are_gone(flow) -> None:
    upload_id = flow.upload("disguised", "bertram", Visibility.PUBLIC)
    flow.drain()
    decision = flow.decide_only_case(upload_id, Verdict.CLEARED)
    flow.drain()
    flow.stages.vault.destroy_expired(flow.clock())
    with pytest.raises(EvidenceGoneError):
        casework.overturn_verdict(flow.stages, decision.id, "user_2", "the wrong film")
    assert flow.upload_state(upload_id) is UploadState.RELEASED

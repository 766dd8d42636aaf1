"""Reports say what was recorded, need a decided case, and start the preservation clock."""

from datetime import timedelta

import pytest

from jacana.model.upload import Visibility
from jacana.model.verdict import Classification, Verdict
from jacana.pipeline import reporting
from jacana.pipeline.inline import drain_outbox
from jacana.pipeline.reporting import ReportFactsChangedError, ReportUndecidedError
from jacana.report.facts import fingerprint_facts
from jacana.review.errors import DecisionFormInvalidError


def test_a_report_needs_a_decided_case(flow) -> None:
    flow.upload("disguised", "bertram", Visibility.ONLY_ME)
    flow.drain()
    with flow.stages.db.read() as connection:
        (report,) = flow.stages.reports.list_reports(connection)
    with pytest.raises(ReportUndecidedError):
        flow.approve(report)


def test_an_approved_report_is_filed_and_starts_the_clock(flow) -> None:
    upload_id = flow.upload("disguised", "bertram", Visibility.ONLY_ME)
    flow.drain()
    flow.watch_only_case(upload_id)
    flow.decide_only_case(upload_id, Verdict.CONFIRMED, Classification.B2)
    flow.drain()
    with flow.stages.db.read() as connection:
        (report,) = flow.stages.reports.list_reports(connection)
    _, facts, _ = reporting.preview_report(flow.stages, report.id)
    assert facts.files[0].viewed_by_esp is True
    assert facts.files[0].publicly_available is False
    assert facts.files[0].classification is Classification.B2
    assert facts.account.banned_at is not None
    flow.approve(report)
    flow.drain()
    with flow.stages.db.read() as connection:
        filed = flow.stages.reports.load(connection, report.id)
        assert filed.state == "filed"
        holds = flow.stages.vault.list_holds(connection, flow.sha256(upload_id))
    (hold,) = [hold for hold in holds if hold.reason == "report"]
    assert (
        hold.ends_at - hold.starts_at == timedelta(days=flow.stages.settings.preservation_days) >= timedelta(days=365)
    )
    assert hold.starts_at == filed.filed_at


def test_what_nobody_saw_is_neither_viewed_nor_classified(flow) -> None:
    upload_id = flow.upload("disguised", "bertram", Visibility.ONLY_ME)
    flow.drain()
    with pytest.raises(DecisionFormInvalidError) as caught:
        flow.decide_only_case(upload_id, Verdict.CONFIRMED, Classification.B2)
    assert caught.value.field == "classification"
    flow.decide_only_case(upload_id, Verdict.CONFIRMED)
    flow.drain()
    with flow.stages.db.read() as connection:
        (report,) = flow.stages.reports.list_reports(connection)
    _, facts, _ = reporting.preview_report(flow.stages, report.id)
    assert (facts.files[0].viewed_by_esp, facts.files[0].classification) == (False, None)


def test_a_report_whose_facts_changed_since_the_preview_is_not_approved(flow) -> None:
    upload_id = flow.upload("disguised", "bertram", Visibility.ONLY_ME)
    flow.drain()
    flow.decide_only_case(upload_id, Verdict.CONFIRMED)
    flow.clock.advance(60)
    drain_outbox(flow.stages, limit=1)  # the verdict is applied, the ban is not delivered yet
    with flow.stages.db.read() as connection:
        (report,) = flow.stages.reports.list_reports(connection)
    _, facts, _ = reporting.preview_report(flow.stages, report.id)
    flow.drain()
    for environment in ("sandbox", "production"):
        with pytest.raises(ReportFactsChangedError):
            shown = fingerprint_facts(facts, environment)
            reporting.approve_report(flow.stages, report.id, report.version, "user_1", shown)
    flow.approve(report)


def test_public_is_said_only_as_far_as_the_records_go(flow) -> None:
    """A clip is shown, its bank grows, a copy is found and confirmed: was the first one public?"""
    shown = flow.upload("innocent", "anna", Visibility.PUBLIC)
    hidden = flow.upload("innocent", "bertram", Visibility.ONLY_ME)
    changed = flow.upload("innocent", "carla", Visibility.PUBLIC)
    never = flow.upload("disguised", "dora", Visibility.PUBLIC)
    flow.drain()
    event = {
        "id": "event_1",
        "type": "visibility_changed",
        "account_id": "carla",
        "occurred_at": "2026-11-21T10:00:00Z",
        "upload_id": "innocent-carla",
        "visibility": "only_me",
    }
    (result,) = flow.stages.events.append([event], "key:key_test")
    assert result.status == "accepted", result
    with flow.stages.db.read() as connection:
        said = [
            reporting._was_public(flow.stages, connection, flow.stages.intake.load_upload(connection, upload_id))
            for upload_id in (shown, hidden, changed, never)
        ]
    assert said == [True, False, None, False]


def test_reported_evidence_is_let_go_when_its_time_is_over(flow) -> None:
    upload_id = flow.upload("disguised", "bertram", Visibility.ONLY_ME)
    flow.drain()
    flow.decide_only_case(upload_id, Verdict.CONFIRMED)
    flow.drain()
    with flow.stages.db.read() as connection:
        (report,) = flow.stages.reports.list_reports(connection)
    flow.approve(report)
    flow.drain()
    flow.clock.advance(364 * 86_400)
    with flow.stages.db.read() as connection:
        assert flow.stages.vault.list_expired(connection, flow.clock()) == []
    flow.clock.advance(3 * 86_400)
    with flow.stages.db.read() as connection:
        assert flow.sha256(upload_id) in flow.stages.vault.list_expired(connection, flow.clock())

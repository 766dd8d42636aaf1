"""Leases, fences and retries of filing, without any receiver."""

from dataclasses import replace

import pytest

from jacana.report.journal import (
    RETRY_HORIZON,
    RETRY_SECONDS,
    FilingFencedError,
    FilingJournal,
    FilingKind,
    ReportLeasedError,
)
from jacana.report.record import ReportCall
from jacana.report.states import ReportEvent, ReportState, ReportStateConflictError
from jacana.report.store import ReportStore


@pytest.fixture
def office(make_filing):
    return make_filing(lambda *_: pytest.fail("nothing is called"))


@pytest.fixture
def journal(office, sealer) -> FilingJournal:
    return FilingJournal(office.db, ReportStore(sealer), office.clock, office.settings)


@pytest.fixture
def report_id(office) -> str:
    return office.approved()


def test_one_worker_at_a_time(office, journal: FilingJournal, report_id: str) -> None:
    job = journal.claim(report_id)
    with pytest.raises(ReportLeasedError):
        journal.claim(report_id)
    journal.release(job)
    assert journal.claim(report_id).fence == job.fence + 1


def test_a_lease_ends_by_itself_and_the_late_worker_is_fenced(office, journal: FilingJournal, report_id: str) -> None:
    late = journal.claim(report_id)
    office.clock.advance(office.settings.cybertip_lease_seconds)
    journal.claim(report_id)
    for act in (
        lambda: journal.advance(late, ReportEvent.SUBMIT_BEGUN),
        lambda: journal.note_file(late, late.report.files[0].id, remote_id="x"),
        lambda: journal.postpone(late, "x"),
        lambda: journal.stop(late, "x"),
    ):
        with pytest.raises(FilingFencedError):
            act()
    office.clock.advance(office.settings.cybertip_lease_seconds)
    with pytest.raises(FilingFencedError):
        journal.renew_if_due(late)
    journal.release(late)
    assert office.load(report_id).lease_until is not None
    assert office.load(report_id).state is ReportState.APPROVED


def test_a_lease_is_renewed_only_when_due(office, journal: FilingJournal, report_id: str) -> None:
    job = journal.claim(report_id)
    until = job.lease_until
    journal.renew_if_due(job)
    assert job.lease_until == until
    office.clock.advance(office.settings.cybertip_lease_seconds / 2)
    journal.renew_if_due(job)
    assert job.lease_until > until
    assert office.load(report_id).lease_until == job.lease_until


def test_only_reports_in_flight_are_claimed(office, journal: FilingJournal) -> None:
    with pytest.raises(ReportStateConflictError):
        journal.claim(office.draft("up_1"))


def test_an_illegal_move_writes_nothing(office, journal: FilingJournal, report_id: str) -> None:
    job = journal.claim(report_id)
    before = office.load(report_id)
    with pytest.raises(ReportStateConflictError):
        journal.advance(job, ReportEvent.OPENED, remote_id=5)
    assert office.load(report_id) == before


def test_waits_grow_and_end_with_a_person(office, journal: FilingJournal, report_id: str) -> None:
    waits = []
    for _ in range(len(RETRY_SECONDS) + 1):
        job = journal.claim(report_id)
        waits.append(journal.postpone(job, "busy").seconds)
        journal.release(job)
    assert waits == [*RETRY_SECONDS, RETRY_SECONDS[-1]]
    office.clock.advance(RETRY_HORIZON.total_seconds() + 1)
    outcome = journal.postpone(journal.claim(report_id), "busy")
    assert (outcome.kind, outcome.state) == (FilingKind.NEEDS_PERSON, ReportState.NEEDS_PERSON)


def test_calls_are_kept_with_the_next_step(office, journal: FilingJournal, report_id: str) -> None:
    job = journal.claim(report_id)
    call = ReportCall("submit", office.clock(), 1, None, 200, 0, "r-1", None)
    job.calls.append(call)
    assert office.calls(report_id) == []
    journal.advance(job, ReportEvent.SUBMIT_BEGUN)
    job.calls.append(replace(call, endpoint="retract", problem="p" * 900))
    journal.release(job)
    with office.db.read() as connection:
        calls = office.desk.list_calls(connection, report_id)
    assert calls == [call, replace(call, endpoint="retract", problem="p" * 400)]


def test_a_report_that_is_gone_forgets_its_uploads(office, journal: FilingJournal, report_id: str) -> None:
    job = journal.claim(report_id)
    journal.advance(job, ReportEvent.SUBMIT_BEGUN)
    journal.advance(job, ReportEvent.OPENED, remote_id=2**40)
    journal.note_file(job, job.report.files[0].id, remote_id="f" * 32, md5_answer="0" * 32)
    assert job.report.files[0].remote_id == "f" * 32
    journal.advance(job, ReportEvent.GONE)
    report = office.load(report_id)
    assert (report.state, report.remote_id, report.files[0].remote_id) == (ReportState.APPROVED, None, None)
    assert report.attempt == 1

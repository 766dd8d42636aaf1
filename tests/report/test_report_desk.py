"""The desk: drafts that grow, approvals that freeze, decisions that are recorded. No call is made here."""

import hashlib
from dataclasses import replace

import pytest

from jacana.audit import list_entries
from jacana.db.outbox import list_due
from jacana.model.verdict import Classification
from jacana.report.cybertipline import CyberTipline
from jacana.report.desk import ReportFactsInvalidError, ReportStaleError
from jacana.report.environments import (
    EndpointInvalidError,
    FilingOffError,
    FilingTimingError,
    ReporterIncompleteError,
)
from jacana.report.facts import ReportFacts, digest_facts
from jacana.report.states import ReportState, ReportStateConflictError
from jacana.report.store import ReportNotFoundError


def _no_call(environment: str, endpoint: str) -> CyberTipline:
    raise AssertionError("the desk calls nobody")


@pytest.fixture
def office(make_filing):
    return make_filing(_no_call)


def _approve(office, report_id: str, facts: ReportFacts, version: int | None = None) -> None:
    with office.db.write() as connection:
        version = version or office.desk.load(connection, report_id).version
        office.desk.approve(connection, report_id, version, "user_1", facts)


def test_a_case_has_one_draft_that_takes_files(office) -> None:
    first = office.draft("up_1")
    version = office.load(first).version
    assert office.draft("up_1") == first
    assert office.load(first).version == version
    assert office.draft("up_2") == first
    report = office.load(first)
    assert [file.upload_id for file in report.files] == ["up_1", "up_2"]
    assert (report.state, report.version, report.environment) == (ReportState.DRAFT, version + 1, None)
    assert office.draft("up_1", case_id="case_2") != first


def test_after_approval_a_new_file_opens_a_new_draft(office, facts: ReportFacts) -> None:
    first = office.draft("up_1")
    _approve(office, first, facts)
    second = office.draft("up_2")
    assert second != first
    assert office.draft("up_1") == first


def test_approval_freezes_everything(office, facts: ReportFacts) -> None:
    report_id = office.draft("up_1")
    _approve(office, report_id, facts)
    report = office.load(report_id)
    assert report.state is ReportState.APPROVED
    assert report.facts == facts
    assert (report.environment, report.endpoint) == ("sandbox", office.settings.cybertip_sandbox_url)
    assert (report.esp_user, report.approved_by, report.approved_at) == ("video", "user_1", office.clock())
    assert b"someone@mail.example" in (report.document or b"")
    with office.db.read() as connection:
        due = [(row.topic, row.payload) for row in list_due(connection, office.clock())]
        entries = [entry for _, entry in list_entries(connection, subject=report_id)]
    assert due == [("file_report", {"report_id": report_id})]
    assert (entries[-1].verb, entries[-1].actor) == ("report.approved", "user:user_1")
    digest = hashlib.sha256(report.document or b"").hexdigest()
    assert entries[-1].details["document_sha256"] == report.document_sha256 == digest
    assert entries[-1].details["facts_sha256"] == report.facts_sha256 == digest_facts(facts)


def test_personal_data_is_sealed_in_the_row(office, facts: ReportFacts) -> None:
    import sqlalchemy as sa

    from jacana.db.tables.report import report_reports

    report_id = office.draft("up_1")
    _approve(office, report_id, facts)
    with office.db.read() as connection:
        row = connection.execute(sa.select(report_reports).where(report_reports.c.id == report_id)).one()
    assert "someone@mail.example" not in str(tuple(row))
    assert "192.0.2.7" not in str(tuple(row))


def test_approval_of_what_was_not_seen_is_refused(office, facts: ReportFacts) -> None:
    report_id = office.draft("up_1")
    version = office.load(report_id).version
    office.draft("up_2")
    with pytest.raises(ReportStaleError):
        _approve(office, report_id, facts, version)
    assert office.load(report_id).state is ReportState.DRAFT


def test_approval_twice_is_refused(office, facts: ReportFacts) -> None:
    report_id = office.draft("up_1")
    _approve(office, report_id, facts)
    with pytest.raises(ReportStateConflictError):
        _approve(office, report_id, facts)


def test_facts_of_something_else_are_refused(office, facts: ReportFacts) -> None:
    report_id = office.draft("up_1", "up_2")
    with pytest.raises(ReportFactsInvalidError) as refused:
        _approve(office, report_id, facts)
    assert refused.value.field == "files"
    wrong = replace(facts, case_id="case_9", account=replace(facts.account, esp_identifier="account-2"))
    with pytest.raises(ReportFactsInvalidError) as refused:
        _approve(office, report_id, wrong)
    assert {problem.field for problem in refused.value.problems} >= {"case_id", "account.esp_identifier"}


def test_problems_of_the_facts_are_named_with_a_remedy(office, facts: ReportFacts) -> None:
    report_id = office.draft("up_1")
    bad = replace(facts, incident_at=None, reporter=replace(facts.reporter, email="nobody"))
    with pytest.raises(ReportFactsInvalidError) as refused:
        _approve(office, report_id, bad)
    assert {problem.field for problem in refused.value.problems} >= {"incident_at", "reporter.email"}
    assert all(problem.remedy for problem in refused.value.problems)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"cybertip_environment": "off"}, FilingOffError),
        ({"cybertip_username": ""}, ReporterIncompleteError),
        ({"cybertip_sandbox_url": ""}, EndpointInvalidError),
        ({"cybertip_sandbox_url": "https://report.cybertip.org/ispws"}, EndpointInvalidError),
        ({"cybertip_environment": "production"}, ReportFactsInvalidError),
    ],
)
def test_settings_that_do_not_allow_filing(make_filing, facts: ReportFacts, changes, error) -> None:
    office = make_filing(_no_call, **changes)
    report_id = office.draft("up_1")
    with pytest.raises(error) as refused:
        _approve(office, report_id, facts)
    assert refused.value.remedy
    assert office.load(report_id).environment is None


def test_a_draft_loses_files_and_is_discarded(office) -> None:
    report_id = office.draft("up_1", "up_2")
    version = office.load(report_id).version
    with office.db.write() as connection:
        office.desk.drop_upload(connection, report_id, "up_1", "user_1")
        office.desk.drop_upload(connection, report_id, "up_9")
    assert [file.upload_id for file in office.load(report_id).files] == ["up_2"]
    assert office.load(report_id).version == version + 1
    with office.db.write() as connection:
        office.desk.discard(connection, report_id, "user_1", "innocent")
    assert (office.load(report_id).state, office.load(report_id).problem) == (ReportState.RETRACTED, "innocent")
    assert office.draft("up_2") != report_id


def test_an_approved_report_is_neither_changed_nor_discarded(office, facts: ReportFacts) -> None:
    report_id = office.draft("up_1")
    _approve(office, report_id, facts)
    for change in (
        lambda connection: office.desk.drop_upload(connection, report_id, "up_1"),
        lambda connection: office.desk.discard(connection, report_id, "user_1", "x"),
    ):
        with pytest.raises(ReportStateConflictError), office.db.write() as connection:
            change(connection)


def _sent_back(office, facts: ReportFacts, *uploads: str) -> str:
    """A draft that was sent once: the receiver gave it an id and may have finished it."""
    report_id = office.draft(*uploads)
    _approve(office, report_id, facts)
    with office.db.write() as connection:
        office.desk._store.update(connection, report_id, state="needs_person", remote_id=7, attempt=1)
        office.desk.resolve_ambiguous(connection, report_id, "user_1", "redraft", "wrong name")
    return report_id


def test_a_draft_that_was_sent_is_neither_discarded_nor_emptied(office, facts: ReportFacts) -> None:
    report_id = _sent_back(office, facts, "up_1")
    for change in (
        lambda connection: office.desk.drop_upload(connection, report_id, "up_1"),
        lambda connection: office.desk.discard(connection, report_id, "user_1", "x"),
    ):
        with pytest.raises(ReportStateConflictError, match="retract"), office.db.write() as connection:
            change(connection)
    assert (office.load(report_id).state, len(office.load(report_id).files)) == (ReportState.DRAFT, 1)
    assert office.draft("up_1") == report_id


def test_an_upload_that_was_not_confirmed_leaves_its_draft(office) -> None:
    report_id = office.draft("up_1", "up_2")
    for upload_id, state in (("up_1", ReportState.DRAFT), ("up_9", ReportState.DRAFT), ("up_2", ReportState.RETRACTED)):
        with office.db.write() as connection:
            office.desk.withdraw_upload(connection, report_id, upload_id, "user_1")
        assert office.load(report_id).state is state
    assert office.load(report_id).files == ()


def test_a_draft_that_was_sent_with_an_unconfirmed_upload_waits_for_a_person(office, facts: ReportFacts) -> None:
    report_id = _sent_back(office, facts, "up_1")
    with office.db.write() as connection:
        office.desk.withdraw_upload(connection, report_id, "up_1", "user_1")
        last = list(list_entries(connection, subject=report_id))[-1][1]
    report = office.load(report_id)
    assert (report.state, report.remote_id, len(report.files)) == (ReportState.NEEDS_PERSON, 7, 1)
    assert "retract" in str(report.problem)
    assert (last.verb, last.actor) == ("report.needs_person", "user:user_1")
    for decision in ("submit_again", "stop"):
        with pytest.raises(ReportStateConflictError, match="retract"), office.db.write() as connection:
            office.desk.resolve_ambiguous(connection, report_id, "user_1", decision)


def test_preview_shows_the_documents_the_problems_and_the_gaps(office, facts: ReportFacts) -> None:
    preview = office.desk.preview(facts)
    assert preview.problems == ()
    assert "<espIdentifier>account-1</espIdentifier>" in preview.document
    assert "<fileId>given-by-the-receiver</fileId>" in preview.file_documents[0]
    machine = replace(facts.files[0], classification=Classification.A1, classified_by=None)
    preview = office.desk.preview(replace(facts, files=(machine,)))
    assert [problem.field for problem in preview.problems] == ["files[0].classification"]
    assert "industryClassification" not in preview.file_documents[0]
    assert preview.completeness.missing == ("a person's classification of file 1",)


def test_preview_names_a_file_that_breaks_a_rule(office, facts: ReportFacts) -> None:
    from jacana.report.facts import FileHash

    bad = replace(facts.files[0], hashes=(FileHash("x" * 65, "1"),))
    problems = office.desk.preview(replace(facts, files=(bad,))).problems
    assert [problem.field for problem in problems] == ["file up_1"]
    assert "hashType" in problems[0].message


def test_reports_are_listed_by_state_case_and_account(office, facts: ReportFacts) -> None:
    first, second = office.draft("up_1"), office.draft("up_2", case_id="case_2")
    _approve(office, first, facts)
    with office.db.read() as connection:

        def ids(**wanted) -> set[str]:
            return {report.id for report in office.desk.list_reports(connection, **wanted)}

        assert ids() == {first, second}
        assert ids(state=ReportState.DRAFT) == {second}
        assert ids(case_id="case_1") == {first}
        assert ids(account_id="nobody") == set()
        with pytest.raises(ReportNotFoundError):
            office.desk.load(connection, "report_none")


def test_a_report_that_waits_for_nobody_is_not_resolved(office, facts: ReportFacts) -> None:
    report_id = office.draft("up_1")
    with pytest.raises(ReportStateConflictError), office.db.write() as connection:
        office.desk.resolve_ambiguous(connection, report_id, "user_1", "submit_again")


def test_a_report_sent_back_keeps_its_environment(office, make_filing, facts: ReportFacts) -> None:
    report_id = office.draft("up_1")
    _approve(office, report_id, facts)
    with office.db.write() as connection:
        office.desk._store.update(connection, report_id, state="needs_person")
        office.desk.resolve_ambiguous(connection, report_id, "cli:someone", "redraft", "wrong name")
        last = list(list_entries(connection, subject=report_id))[-1][1]
    assert (last.verb, last.actor) == ("report.redrafted", "cli:someone")
    elsewhere = make_filing(_no_call, cybertip_environment="ncmec-test")
    with pytest.raises(ReportStateConflictError, match="environment"):
        _approve(elsewhere, report_id, facts)
    _approve(office, report_id, facts)
    assert office.load(report_id).state is ReportState.APPROVED


def test_a_desk_with_times_that_could_file_twice_is_not_opened(make_filing) -> None:
    with pytest.raises(FilingTimingError):
        make_filing(_no_call, cybertip_lease_seconds=5)

import dataclasses

import pytest
from console_floor import Floor, forms_of, token_of
from console_steps import confirm_all
from lxml import html

from jacana.report.record import Report
from jacana.report.states import ReportState
from jacana.web.console.report import list_resolutions

pytestmark = pytest.mark.xdist_group("console")


def reports(floor: Floor, account: str = "bertram") -> Report:
    with floor.stages.db.read() as connection:
        return floor.stages.reports.list_reports(connection, account_id=f"acct-{account}")[0]


def set_state(floor: Floor, report: Report, state: str, **values: object) -> None:
    from jacana.db.tables.report import report_reports

    with floor.stages.db.write() as connection:
        change = report_reports.update().where(report_reports.c.id == report.id)
        connection.execute(change.values(state=state, environment="sandbox", draft_key=None, **values))


def test_the_list_puts_first_what_waits_for_a_person(floor: Floor):
    set_state(floor, reports(floor, "carla"), "ambiguous")
    page = floor.client("rita").get("/console/reports")
    states = [row.xpath(".//span")[0].text for row in html.fromstring(page.text).xpath("//tbody/tr")]
    assert states == ["Ambiguous", "Draft"]
    only = floor.client("rita").get("/console/reports?state=draft").text
    assert "acct-bertram" in only
    assert "acct-carla" not in only
    assert floor.client("rita").get("/console/reports?state=lost").status_code == 422


def test_the_preview_shows_facts_document_and_gaps(floor: Floor):
    page = floor.client("rita").get(f"/console/reports/{reports(floor).id}")
    for part in (
        "SANDBOX",
        "Report on acct-bertram",
        "&lt;incidentSummary&gt;",
        "192.0.2.44",
        "Whole file viewed",
        "a person&#39;s view of the whole of file 1",
        "No call has been made",
        "2 files wait for a verdict",
    ):
        assert part in page.text, part
    assert not forms_of(page, "/approve")


def test_filing_takes_a_typed_word_and_a_checked_box(floor: Floor):
    client = floor.client("rita")
    confirm_all(floor, client)
    report = reports(floor)
    path = f"/console/reports/{report.id}"
    (fields,) = forms_of(client.get(path), "/approve")
    for missing in ({}, {"confirmation": "FILE"}, {"checked": "yes"}, {"confirmation": "file", "checked": "yes"}):
        answer = client.post(f"{path}/approve", data={**without_none(fields), "checked": "", **missing})
        assert answer.status_code == 422
        assert "Nothing was filed" in answer.text
        assert reports(floor).state is ReportState.DRAFT
    answer = client.post(f"{path}/approve", data={**fields, "confirmation": "FILE", "checked": "yes"})
    assert answer.status_code == 303
    assert reports(floor).state is ReportState.APPROVED
    assert reports(floor).approved_by == floor.user_id("rita")
    assert 'id="renew"' in client.get(path).text
    assert "Exactly as submitted" in client.get(path).text


def test_a_draft_that_changed_meanwhile_is_stale(floor: Floor):
    client = floor.client("rita")
    confirm_all(floor, client)
    report = reports(floor)
    path = f"/console/reports/{report.id}"
    (fields,) = forms_of(client.get(path), "/approve")
    old = {**fields, "version": report.version - 1, "confirmation": "FILE", "checked": "yes"}
    answer = client.post(f"{path}/approve", data=old)
    assert answer.status_code == 409
    assert "report.stale" in answer.text
    assert f'href="/console/reports/{report.id}"' in answer.text


def test_an_undecided_file_is_never_approved(floor: Floor):
    client, report = floor.client("rita"), reports(floor)
    fields = {
        "csrf": token_of(client),
        "version": report.version,
        "confirmation": "FILE",
        "checked": "yes",
        "shown": "x",
    }
    answer = client.post(f"/console/reports/{report.id}/approve", data=fields)
    assert answer.status_code == 409
    assert "report.undecided" in answer.text


def test_the_band_names_where_it_would_go(floor: Floor):
    client, report = floor.client("rita"), reports(floor)
    for environment, word in (("off", "OFF"), ("ncmec-test", "NCMEC TEST"), ("production", "PRODUCTION")):
        settings = dataclasses.replace(floor.stages.settings, cybertip_environment=environment)
        floor.site.state.stages = dataclasses.replace(floor.stages, settings=settings)
        page = html.fromstring(client.get(f"/console/reports/{report.id}").text)
        assert page.find_class(f"band-{environment}")[0].xpath("./b")[0].text == word


def test_an_ambiguous_submit_is_resolved_by_a_person(floor: Floor):
    client, report = floor.client("rita"), reports(floor)
    set_state(floor, report, "ambiguous")
    path = f"/console/reports/{report.id}"
    page = client.get(path)
    assert "no clear answer" in page.text
    fields = {"csrf": token_of(client), "version": report.version, "decision": "submit_again", "reason": "asked them"}
    assert client.post(f"{path}/resolve", data=fields).status_code == 422
    assert reports(floor).state is ReportState.AMBIGUOUS
    stale = client.post(f"{path}/resolve", data={**fields, "understood": "yes", "version": report.version + 1})
    assert stale.status_code == 409
    assert client.post(f"{path}/resolve", data={**fields, "understood": "yes"}).status_code == 303
    assert reports(floor).state is ReportState.APPROVED
    assert floor.verbs()[-1] == "report.sent_again"


def test_a_stopped_report_is_given_up(floor: Floor):
    client, report = floor.client("rita"), reports(floor)
    set_state(floor, report, "ambiguous")
    fields = {"csrf": token_of(client), "version": report.version, "decision": "stop", "reason": "not a report"}
    assert client.post(f"/console/reports/{report.id}/resolve", data=fields).status_code == 303
    assert reports(floor).state is ReportState.RETRACTED


def test_a_draft_can_be_discarded_with_a_reason(floor: Floor):
    client, report = floor.client("rita"), reports(floor)
    path = f"/console/reports/{report.id}/discard"
    token = token_of(client)
    assert client.post(path, data={"csrf": token, "version": report.version, "reason": ""}).status_code == 422
    fields = {"csrf": token, "version": report.version, "reason": "cleared"}
    assert client.post(path, data={**fields, "version": 99}).status_code == 409
    assert client.post(path, data=fields).status_code == 303
    assert reports(floor).state is ReportState.RETRACTED


def test_what_is_open_at_the_receiver_is_not_simply_stopped(floor: Floor):
    report = dataclasses.replace(reports(floor), approved_at=floor.clock())
    ambiguous = dataclasses.replace(report, state=ReportState.AMBIGUOUS)
    person = dataclasses.replace(report, state=ReportState.NEEDS_PERSON)
    assert list_resolutions(report) == []
    assert list_resolutions(ambiguous) == ["submit_again", "stop"]
    assert list_resolutions(person) == ["submit_again", "redraft", "stop"]
    assert "stop" not in list_resolutions(dataclasses.replace(person, remote_id=7))
    assert "submit_again" not in list_resolutions(dataclasses.replace(person, approved_at=None))


def test_an_auditor_reads_and_cannot_approve(floor: Floor):
    page = floor.client("olga").get(f"/console/reports/{reports(floor).id}")
    assert page.status_code == 200
    assert {form.action for form in html.fromstring(page.text).forms} == {"/console/logout"}


def without_none(fields: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value is not None}

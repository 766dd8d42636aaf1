import pytest
from console_accounts import make_finding, open_account_case
from console_floor import Floor, forms_of, token_of
from console_steps import confirm_all, decide, take
from lxml import html

from jacana.model.account_finding import AccountFindingKind, TextField

pytestmark = pytest.mark.xdist_group("console")


def text_of(page) -> str:
    return " ".join(html.fromstring(page.text).text_content().split())


def test_the_page_shows_what_is_known(floor: Floor):
    client = floor.client("rita")
    text = text_of(client.get(f"/console/cases/{floor.cases()['bertram']}"))
    for part in (
        "acct-bertram",
        "File 1 of 2",
        "test-bank, from drawn clips, classified A1",
        "known-a.mp4",
        "near copy",
        "of 256",
        "policy default@",
        "Hold",
        "Suspend account",
        "HTTP 200",
        "Upload received",
        "Case opened",
        "Suspended",
    ):
        assert part in text, part


def test_matched_seconds_are_drawn_and_said_under_the_player(floor: Floor):
    client, case = floor.client("rita"), floor.cases()["bertram"]
    page = html.fromstring(client.get(f"/console/cases/{case}").text)
    strips = page.xpath("//section[@aria-label='Matched seconds of this file']")
    assert len(strips) == 2
    (stretch,) = strips[0].xpath(".//*[@data-stretch]")
    assert float(stretch.get("width")) > 800  # nearly all of the copy
    said = " ".join(strips[0].text_content().split())
    assert "known-a.mp4 test-bank" in said
    assert "0:00.0–0:03.0 is 0:00.0–0:03.0 of it" in said or "is 0:00.0–0:02.9 of it" in said
    assert not page.xpath("//*[@style]")  # the content security policy would drop it
    assert not page.xpath("//*[@data-part]")  # whole frames match, and nobody holds the case


def test_personal_data_is_masked_and_text_is_escaped(floor: Floor):
    page = floor.client("rita").get(f"/console/cases/{floor.cases()['bertram']}")
    assert "bertram.person@example.org" not in page.text
    assert "b…n@e….org" in page.text
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert" in page.text
    assert "192.0.2.44" not in page.text


def test_a_bio_is_for_who_may_look_and_on_demand_once_it_is_evidence(floor: Floor):
    pages = (f"/console/cases/{floor.cases()['bertram']}", "/console/accounts/acct-bertram")
    for page in pages:
        assert "I like gardens" in floor.client("rita").get(page).text
        assert "I like gardens" not in floor.client("olga").get(page).text
    finding = make_finding(floor, "acct-bertram", AccountFindingKind.TERM_HIT, field=TextField.BIO)
    open_account_case(floor, "acct-bertram", finding)
    assert "I like gardens" not in floor.client("rita").get(pages[1]).text


def test_opening_a_page_changes_nothing_and_loads_no_material(floor: Floor):
    client = floor.client("rita")
    take(floor, client)
    before = floor.verbs()
    page = client.get(f"/console/cases/{floor.cases()['bertram']}")
    assert floor.verbs() == before
    document = html.fromstring(page.text)
    assert not document.xpath("//video | //source | //iframe | //img[not(starts-with(@src, '/static/'))]")
    assert "/console/media/" not in page.text


def test_taking_a_case_lends_it_to_one_person(floor: Floor):
    rita, ralf = floor.client("rita"), floor.client("ralf")
    case = take(floor, rita)
    assert "You hold this case until" in text_of(rita.get(f"/console/cases/{case}"))
    seen = ralf.get(f"/console/cases/{case}")
    assert "rita holds this case until" in text_of(seen)
    assert not forms_of(seen, "/decide")
    answer = ralf.post(f"/console/cases/{case}/lease", data={"csrf": token_of(ralf)})
    assert answer.status_code == 409
    assert "Look again" in answer.text


def test_a_case_can_be_given_back(floor: Floor):
    rita = floor.client("rita")
    case = take(floor, rita)
    assert rita.post(f"/console/cases/{case}/release", data={"csrf": token_of(rita)}).status_code == 303
    assert "Nobody holds this case" in rita.get(f"/console/cases/{case}").text


def test_an_auditor_reads_without_forms_or_material(floor: Floor):
    page = floor.client("olga").get(f"/console/cases/{floor.cases()['bertram']}")
    document = html.fromstring(page.text)
    assert {form.action for form in document.forms} == {"/console/logout"}
    assert not document.xpath("//*[@data-hold]")


def test_a_covered_file_asks_for_no_view_and_no_verdict(floor: Floor):
    client = floor.client("rita")
    case = take(floor, client, "carla")
    page = client.get(f"/console/cases/{case}")
    assert "No view needed" in page.text
    assert f"/console/cases/{floor.cases()['bertram']}" in page.text
    assert not forms_of(page, "/decide")
    assert not html.fromstring(page.text).xpath("//*[@data-hold]")


def test_a_broken_file_says_what_is_wrong(floor: Floor):
    text = text_of(floor.client("rita").get(f"/console/cases/{floor.cases()['dora']}"))
    assert "The file ends before its video does" in text


def test_a_decided_case_shows_verdict_actions_and_report(floor: Floor):
    client = floor.client("lena")
    case = confirm_all(floor, client)
    page = client.get(f"/console/cases/{case}")
    text = text_of(page)
    for part in ("Closed", "Decided", "matched frames agree", "Remove", "Ban account", "Banned", "Delivered"):
        assert part in text, part
    assert "/console/reports/report_" in page.text
    assert not forms_of(page, "/decide")


def test_only_leads_are_offered_reversal(floor: Floor):
    case = floor.cases()["bertram"]
    assert forms_of(floor.client("lena").get(f"/console/cases/{case}"), "/reverse")
    assert not forms_of(floor.client("rita").get(f"/console/cases/{case}"), "/reverse")


def test_a_refused_form_keeps_what_was_written(floor: Floor):
    client = floor.client("rita")
    case = take(floor, client)
    answer = decide(floor, client, case, verdict="violating", reason="ab")
    assert answer.status_code == 422
    assert "The verdict was not recorded" in answer.text
    form = forms_of(answer, "/decide")[0]
    assert form["reason"].strip() == "ab"
    assert form["verdict"] == "violating"


def test_an_unknown_case_is_not_found(floor: Floor):
    answer = floor.client("rita").get("/console/cases/case_none")
    assert answer.status_code == 404
    assert "review.case_missing" in answer.text


def test_a_page_looks_for_news_until_the_verdict_is_applied(floor: Floor):
    client = floor.client("rita")
    case = take(floor, client)
    assert (
        f"Can be undone for {floor.stages.settings.undo_seconds} seconds" in client.get(f"/console/cases/{case}").text
    )
    assert decide(floor, client, case).status_code == 303
    mark = html.fromstring(client.get(f"/console/cases/{case}").text).get_element_by_id("renew")
    assert mark.get("data-renew")
    assert mark.get("data-renew-from").endswith("Z")
    floor.clock.advance(floor.stages.settings.undo_seconds + 1)
    floor.drain()
    assert 'id="renew"' not in client.get(f"/console/cases/{case}").text


def test_a_case_that_another_settles_is_not_offered(floor: Floor):
    page = floor.client("rita").get(f"/console/cases/{floor.cases()['carla']}")
    assert "Nothing to do here: the verdict in case" in text_of(page)
    assert "Take this case" not in page.text

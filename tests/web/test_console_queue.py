import pytest
from console_floor import Floor
from console_steps import confirm_all
from lxml import html

pytestmark = pytest.mark.xdist_group("console")


def rows(page) -> list[str]:
    return [" ".join(row.text_content().split()) for row in html.fromstring(page.text).xpath("//*[@data-case]")]


def test_the_worst_lane_comes_first_and_a_copy_needs_no_view(floor: Floor):
    first, second, third = rows(floor.client("rita").get("/console/"))
    assert "acct-bertram" in first
    assert "2 files to decide" in first
    assert "acct-carla" in second
    assert "No view needed covered by" in second
    assert "Unreadable" in third
    assert "acct-dora" in third
    assert "left" in first


def test_a_clock_that_ran_out_is_said_to_be_overdue(floor: Floor):
    client = floor.client("rita")
    floor.clock.advance(5 * 3600)
    page = client.get("/console/")
    assert "overdue" in rows(page)[0]
    assert "2 overdue" in page.text


def test_the_queue_says_who_holds_a_case(floor: Floor):
    case = floor.cases()["bertram"]
    with floor.stages.db.write() as connection:
        floor.stages.desk.lease_case(connection, case, floor.user_id("ralf"))
    assert "ralf" in rows(floor.client("rita").get("/console/"))[0]
    assert "you" in rows(floor.client("ralf").get("/console/"))[0]


def test_counters_show_what_waits_for_somebody(floor: Floor):
    page = html.fromstring(floor.client("lena").get("/console/").text)
    counters = {
        " ".join(item.xpath("./span")[0].text_content().split()): item.xpath("./b")[0].text
        for item in page.find_class("counter")
    }
    assert counters["open cases"] == "3"
    assert counters["reports wait for a person"] == "2"
    assert counters["dead letters"] == "0"
    assert int(counters["audit entries"]) > 20


def test_looking_at_the_queue_changes_nothing(floor: Floor):
    client = floor.client("rita")
    before = floor.verbs()
    client.get("/console/")
    assert floor.verbs() == before


def test_an_empty_queue_says_so(floor: Floor):
    client = floor.client("lena")
    for account, case in floor.cases().items():
        if account == "carla":
            continue
        settle(floor, case)
    assert "Nothing waits for a person" in client.get("/console/").text


def settle(floor: Floor, case: str) -> None:
    from jacana.model.verdict import Verdict
    from jacana.review.cases import DecisionForm

    user = floor.user_id("rita")
    for sha256 in dict.fromkeys(floor.sha256s(case)):
        with floor.stages.db.write() as connection:
            lease = floor.stages.desk.lease_case(connection, case, user)
            form = DecisionForm(case, sha256, Verdict.CLEARED, None, "innocent", user, lease.token, lease.version)
            floor.stages.desk.decide(connection, form)
    floor.clock.advance(60)
    floor.drain()


def test_closed_cases_are_found_by_account(floor: Floor):
    client = floor.client("lena")
    case = confirm_all(floor, client)
    found = rows(client.get("/console/?state=closed"))
    assert len(found) == 2
    (row,) = rows(client.get("/console/?state=closed&account=acct-bertram"))
    assert "acct-bertram" in row
    assert f"/console/cases/{case}" in client.get("/console/?state=closed&account=acct-bertram").text
    assert "No closed case of this account" in client.get("/console/?state=closed&account=nobody").text
    assert len(rows(client.get("/console/?account=acct-dora"))) == 1
    assert client.get("/console/?state=odd").status_code == 422

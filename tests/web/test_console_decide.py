import pytest
from console_floor import Floor, forms_of, token_of
from console_steps import confirm_all, decide, read_form, take, watch

from jacana.model.verdict import Classification, Verdict

pytestmark = pytest.mark.xdist_group("console")


def decisions(floor: Floor, case: str):
    with floor.stages.db.read() as connection:
        return floor.stages.desk.get_case(connection, case).decisions


def test_a_verdict_is_recorded_and_waits_for_the_undo_window(floor: Floor):
    client = floor.client("rita")
    case = take(floor, client)
    assert "data-needs-whole disabled" in client.get(f"/console/cases/{case}").text
    watch(floor, client, case)
    answer = decide(floor, client, case, classification="B2")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/console/cases/{case}"
    (made,) = decisions(floor, case)
    assert (made.verdict, made.classification) == (Verdict.CONFIRMED, Classification.B2)
    assert made.user_id == floor.user_id("rita")
    assert made.viewed_whole
    page = client.get(f"/console/cases/{case}")
    assert "applies in 10 s" in page.text
    assert floor.drain() == []


def test_nobody_classifies_what_they_have_not_seen(floor: Floor):
    client = floor.client("rita")
    case = take(floor, client)
    answer = decide(floor, client, case, classification="B2")
    assert answer.status_code == 422
    assert "look at all of it first, or leave the classification empty" in answer.text
    assert not decisions(floor, case)
    assert decide(floor, client, case).status_code == 303
    assert not decisions(floor, case)[0].viewed_whole


def test_a_verdict_can_be_taken_back_in_time(floor: Floor):
    client = floor.client("rita")
    case = take(floor, client)
    decide(floor, client, case)
    (made,) = decisions(floor, case)
    assert client.post(f"/console/decisions/{made.id}/undo", data={"csrf": token_of(client)}).status_code == 303
    floor.clock.advance(60)
    floor.drain()
    assert decisions(floor, case)[0].undone_at
    assert "case.undone" in floor.verbs()
    assert not any(action.kind == "remove" for action in floor.network.effects)
    assert len(forms_of(client.get(f"/console/cases/{case}"), "/decide")) == 2


def test_after_the_window_it_is_too_late(floor: Floor):
    client = floor.client("rita")
    case = take(floor, client)
    decide(floor, client, case)
    floor.clock.advance(60)
    floor.drain()
    (made,) = decisions(floor, case)
    answer = client.post(f"/console/decisions/{made.id}/undo", data={"csrf": token_of(client)})
    assert answer.status_code == 409
    assert "review.too_late_to_undo" in answer.text


def test_only_its_author_or_a_lead_takes_a_verdict_back(floor: Floor):
    rita, ralf, lena = floor.client("rita"), floor.client("ralf"), floor.client("lena")
    case = take(floor, rita)
    decide(floor, rita, case)
    (made,) = decisions(floor, case)
    path = f"/console/decisions/{made.id}/undo"
    assert ralf.post(path, data={"csrf": token_of(ralf)}).status_code == 403
    assert lena.post(path, data={"csrf": token_of(lena)}).status_code == 303


def test_a_form_that_comes_back_too_fast_decides_nothing(floor: Floor):
    client = floor.client("rita")
    case = take(floor, client)
    fields = {**read_form(client, case), "verdict": "cleared", "reason": "too quick"}
    floor.clock.advance(1.4)
    answer = client.post(f"/console/cases/{case}/decide", data=fields)
    assert answer.status_code == 409
    assert "console.decided_too_soon" in answer.text
    assert not decisions(floor, case)


def test_the_same_form_twice_decides_once(floor: Floor):
    client = floor.client("rita")
    case = take(floor, client)
    fields = read_form(client, case)
    assert decide(floor, client, case, fields).status_code == 303
    assert decide(floor, client, case, fields).status_code == 409
    assert len(decisions(floor, case)) == 1


def test_a_form_of_an_older_page_is_stale(floor: Floor):
    client = floor.client("rita")
    case = take(floor, client)
    older = read_form(client, case, 1)
    decide(floor, client, case)
    answer = decide(floor, client, case, older)
    assert answer.status_code == 409
    assert "review.case_stale" in answer.text
    assert f'href="/console/cases/{case}"' in answer.text


def test_a_lost_lease_decides_nothing(floor: Floor):
    client = floor.client("rita")
    case = take(floor, client)
    fields = read_form(client, case)
    floor.clock.advance(floor.stages.settings.lease_seconds + 1)
    answer = decide(floor, client, case, fields)
    assert answer.status_code == 409
    assert "review.lease_lost" in answer.text


def test_somebody_elses_page_decides_nothing(floor: Floor):
    rita, ralf = floor.client("rita"), floor.client("ralf")
    case = take(floor, rita)
    stolen = {**read_form(rita, case), "csrf": token_of(ralf)}
    assert decide(floor, ralf, case, stolen).status_code == 403
    assert not decisions(floor, case)


def test_a_covered_file_is_decided_where_it_is_seen(floor: Floor):
    client = floor.client("rita")
    ahead, case = take(floor, client), take(floor, client, "carla")
    fields = {**read_form(client, ahead), "sha256": floor.sha256s(case)[0], "lease_token": "1", "version": "1"}
    fields["shown"] = sign(client, case, floor)
    answer = decide(floor, client, case, fields)
    assert answer.status_code == 409
    assert "console.decided_elsewhere" in answer.text


def test_a_file_of_another_case_is_not_decided(floor: Floor):
    client = floor.client("rita")
    case = take(floor, client)
    other = floor.sha256s(floor.cases()["dora"])[0]
    assert decide(floor, client, case, {**read_form(client, case), "sha256": other}).status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": "maybe"},
        {"classification": "C9"},
        {"sha256": "../../etc"},
        {"version": "first"},
        {"reason": "x" * 9000},
        {"shown": "y" * 200},
    ],
)
def test_a_changed_form_is_refused(floor: Floor, changes: dict[str, str]):
    client = floor.client("rita")
    case = take(floor, client)
    answer = decide(floor, client, case, **changes)
    assert answer.status_code == 422
    assert "console.form_invalid" in answer.text
    assert not decisions(floor, case)


def test_no_verdict_is_no_decision(floor: Floor):
    client = floor.client("rita")
    case = take(floor, client)
    assert decide(floor, client, case, verdict="").status_code == 422
    assert not decisions(floor, case)


def test_a_class_chosen_before_another_verdict_does_not_count(floor: Floor):
    client = floor.client("rita")
    case = take(floor, client)
    assert decide(floor, client, case, verdict="cleared", classification="A1").status_code == 303
    assert decisions(floor, case)[0].classification is None


def sign(client, case: str, floor: Floor) -> str:
    from jacana.web.console.shown import sign_shown

    return sign_shown(token_of(client), case, floor.clock())


def test_a_lead_overturns_an_applied_verdict_and_a_reviewer_cannot(floor: Floor):
    rita, lena = floor.client("rita"), floor.client("lena")
    case = confirm_all(floor, rita)
    assert "bertram" not in floor.cases()
    made = decisions(floor, case)[0]
    path = f"/console/decisions/{made.id}/overturn"
    assert not forms_of(rita.get(f"/console/cases/{case}"), "/overturn")
    assert rita.post(path, data={"csrf": token_of(rita), "reason": "the wrong film"}).status_code == 403
    assert forms_of(lena.get(f"/console/cases/{case}"), "/overturn")
    assert lena.post(path, data={"csrf": token_of(lena), "reason": ""}).status_code == 422
    assert lena.post(path, data={"csrf": token_of(lena), "reason": "the wrong film"}).status_code == 303
    assert floor.cases()["bertram"] == case
    assert "case.overturned" in floor.verbs()

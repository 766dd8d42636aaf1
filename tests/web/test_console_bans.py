import pytest
from console_floor import Floor, find_value, forms_of
from lxml import html

from jacana.act.bans.tiers import DeviceEvidence
from jacana.model.ban import AppealState, BanState, DeviceBan
from jacana.pipeline.appealing import AppealRequest, open_appeal

pytestmark = pytest.mark.xdist_group("console")

KEY = "ab" * 32


def words(page) -> str:
    return " ".join(" ".join(html.fromstring(page.text).itertext()).split())


def ban(floor: Floor, decided_by: str = "policy:1", cause: str = "decision_1") -> DeviceBan:
    evidence = {KEY: DeviceEvidence(1, True, 0, 1, 5)}
    with floor.stages.db.write() as connection:
        (made,) = floor.stages.bans.place(connection, [KEY], "anna", cause, "Banned.", evidence, decided_by)
    return made


def appeal(floor: Floor, text: str | None = "I bought it <b>used</b>") -> str:
    request = AppealRequest("n1", "buyer", [KEY], next_owner=True, text=text)
    return open_appeal(floor.stages, request, "key:key_1")[0].id


def state(floor: Floor, appeal_id: str) -> AppealState:
    with floor.stages.db.read() as connection:
        return floor.stages.bans.appeals.load(connection, appeal_id).state


def test_bans_and_appeals_are_described_without_a_device(floor: Floor) -> None:
    ban(floor)
    appeal(floor)
    page = floor.client("lena").get("/console/bans")
    said = words(page)
    for part in (
        "No new account", "anna", "Banned. Tier 1: One account on the device is confirmed.", "buyer",
        "Says the device came from somebody else", "I bought it <b>used</b>", "Standing 1", "Lifted 0",
    ):  # fmt: skip
        assert part in said, part
    assert KEY[:12] not in page.text


def test_what_looks_like_a_password_in_an_appeal_is_not_shown(floor: Floor) -> None:
    ban(floor)
    appeal(floor, "It is mine, see for yourself: user: moonfan22 pass: sunny123")
    page = floor.client("lena").get("/console/bans").text
    assert "see for yourself" in page and "sunny123" not in page


def test_a_lead_grants_an_appeal(floor: Floor) -> None:
    ban(floor)
    appeal_id = appeal(floor)
    client = floor.client("lena")
    token = find_value(client.get("/console/bans"), "csrf")
    fields = {"csrf": token, "reason": "shows a receipt", "decision": "grant"}
    answer = client.post(f"/console/appeals/{appeal_id}/decide", data=fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/bans")
    assert state(floor, appeal_id) is AppealState.GRANTED
    said = words(client.get("/console/bans?state=lifted"))
    assert "shows a receipt" in said
    assert "No appeal waits." in said
    assert client.post(f"/console/appeals/{appeal_id}/decide", data=fields).status_code == 409
    assert {"appeal.granted", "ban.lifted"} <= set(floor.verbs())


def test_a_lead_denies_an_appeal(floor: Floor) -> None:
    ban(floor)
    appeal_id = appeal(floor, None)
    client = floor.client("lena")
    fields = {"csrf": find_value(client.get("/console/bans"), "csrf"), "reason": "not so", "decision": "deny"}
    assert client.post(f"/console/appeals/{appeal_id}/decide", data=fields).status_code == 303
    assert state(floor, appeal_id) is AppealState.DENIED
    with floor.stages.db.read() as connection:
        assert floor.stages.bans.count(connection)[BanState.STANDING] == 1


def test_whoever_banned_is_offered_no_form_and_refused(floor: Floor) -> None:
    ban(floor, decided_by=f"user:{floor.user_id('lena')}")
    appeal_id = appeal(floor)
    client = floor.client("lena")
    page = client.get("/console/bans")
    assert "somebody else decides the appeal" in words(page)
    assert forms_of(page, "/decide") == []
    fields = {"csrf": find_value(page, "csrf"), "reason": "mine", "decision": "deny"}
    assert client.post(f"/console/appeals/{appeal_id}/decide", data=fields).status_code == 403
    assert state(floor, appeal_id) is AppealState.OPEN


def test_a_lead_lifts_a_ban(floor: Floor) -> None:
    made = ban(floor)
    client = floor.client("lena")
    page = client.get("/console/bans")
    assert len(forms_of(page, "/lift")) == 1
    fields = {"csrf": find_value(page, "csrf"), "reason": "a mistake"}
    assert client.post(f"/console/bans/{made.id}/lift", data=fields).status_code == 303
    assert client.post(f"/console/bans/{made.id}/lift", data=fields).status_code == 409
    assert "No standing bans." in words(client.get("/console/bans"))


@pytest.mark.parametrize(("name", "status"), [("rita", 403), ("adam", 403), ("olga", 200)])
def test_who_may_look_and_that_they_may_not_decide(floor: Floor, name: str, status: int) -> None:
    made = ban(floor)
    appeal_id = appeal(floor)
    client = floor.client(name)
    page = client.get("/console/bans")
    assert page.status_code == status
    assert forms_of(page, "/decide") == forms_of(page, "/lift") == []
    token = find_value(page, "csrf")
    for path in (f"/console/appeals/{appeal_id}/decide", f"/console/bans/{made.id}/lift"):
        fields = {"csrf": token, "reason": "why not", "decision": "grant"}
        assert client.post(path, data=fields).status_code == 403
    assert state(floor, appeal_id) is AppealState.OPEN

import pytest
from console_floor import Floor, forms_of, token_of
from console_steps import confirm_all

from jacana.act.memory import Mishap

pytestmark = pytest.mark.xdist_group("console")


def make_dead(floor: Floor) -> str:
    """Reverse the suspension of bertram while the network refuses everything; return the dead action's id."""
    client = floor.client("lena")
    floor.network.mishaps.extend([Mishap(status=500)] * 2)
    reverse(floor, client, suspension_of(floor))
    for _ in range(3):
        floor.clock.advance(30)
        floor.drain()
    with floor.stages.db.read() as connection:
        (dead,) = floor.stages.enforcement.list_dead(connection)
    return dead.id


def suspension_of(floor: Floor) -> str:
    with floor.stages.db.read() as connection:
        actions = floor.stages.enforcement.list_actions(connection, account_id="acct-bertram")
    return next(action.id for action in actions if action.kind == "suspend_account")


def reverse(floor: Floor, client, action: str, **changes: str):
    fields = {
        "csrf": token_of(client),
        "case_id": floor.cases()["bertram"],
        "reason": "suspended by mistake",
        **changes,
    }
    return client.post(f"/console/actions/{action}/reverse", data=fields)


def test_a_lead_reverses_an_instruction(floor: Floor):
    client = floor.client("lena")
    answer = reverse(floor, client, suspension_of(floor))
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/console/cases/{floor.cases()['bertram']}"
    floor.drain()
    assert floor.network.effects[-1].kind == "reinstate_account"
    assert floor.network.effects[-1].decided_by == f"user:{floor.user_id('lena')}"
    again = reverse(floor, client, suspension_of(floor))
    assert again.status_code == 409


@pytest.mark.parametrize("changes", [{"reason": ""}, {"reason": "x" * 2001}, {"case_id": "https://evil.test"}])
def test_a_reversal_needs_a_reason_and_a_case(floor: Floor, changes: dict[str, str]):
    assert reverse(floor, floor.client("lena"), suspension_of(floor), **changes).status_code == 422
    assert "action.reversed" not in floor.verbs()


def test_an_unknown_instruction_is_not_found(floor: Floor):
    assert reverse(floor, floor.client("lena"), "act_none").status_code == 404


def test_dead_letters_are_listed_and_retried(floor: Floor):
    client = floor.client("lena")
    assert "Nothing here" in client.get("/console/actions/dead").text
    dead = make_dead(floor)
    page = client.get("/console/actions/dead")
    for part in ("Reinstate account", "acct-bertram", "HTTP 500", f"/console/cases/{floor.cases()['bertram']}"):
        assert part in page.text, part
    assert "counter-alert" in client.get("/console/").text
    assert client.post(f"/console/actions/{dead}/retry", data={"csrf": token_of(client)}).status_code == 303
    floor.drain()
    assert floor.network.effects[-1].id == dead
    assert "Nothing here" in client.get("/console/actions/dead").text
    assert client.post(f"/console/actions/{dead}/retry", data={"csrf": token_of(client)}).status_code == 409


def test_an_admin_sees_dead_letters_but_no_case(floor: Floor):
    make_dead(floor)
    page = floor.client("adam").get("/console/actions/dead")
    assert "acct-bertram" in page.text
    assert "/console/cases/" not in page.text
    assert "/retry" not in page.text


def test_a_hold_is_decided_and_not_reversed(floor: Floor):
    with floor.stages.db.read() as connection:
        actions = floor.stages.enforcement.list_actions(connection, account_id="acct-bertram")
    hold = next(action.id for action in actions if action.kind == "hold")
    answer = reverse(floor, floor.client("lena"), hold)
    assert answer.status_code == 409
    assert "enforce.release_refused" in answer.text


def test_what_was_overtaken_is_not_offered_for_reversal(floor: Floor):
    client = floor.client("lena")
    case = confirm_all(floor, client)
    page = client.get(f"/console/cases/{case}")
    assert "overtaken by Ban account" in page.text
    assert "settled by the verdict" in page.text
    assert not forms_of(page, f"/{suspension_of(floor)}/reverse")


def test_an_attempt_without_an_answer_is_explained(floor: Floor):
    client = floor.client("lena")
    floor.network.mishaps.extend([Mishap()] * 2)
    reverse(floor, client, suspension_of(floor))
    for _ in range(3):
        floor.clock.advance(30)
        floor.drain()
    for path in ("/console/actions/dead", f"/console/cases/{floor.cases()['bertram']}"):
        page = client.get(path)
        assert "may not have happened" in page.text
        assert "act.network_unreachable" in page.text

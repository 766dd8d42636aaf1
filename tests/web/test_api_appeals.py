import pytest
from api_floor import ApiFloor, build_floor

from jacana.act.bans.bans import DeviceBans
from jacana.act.bans.tiers import DeviceEvidence
from jacana.ingest.personal import DeviceKeys
from jacana.model.ban import AppealState


@pytest.fixture
def floor(database, tmp_path, clock) -> ApiFloor:
    made = build_floor(database, tmp_path, clock)
    made.stages.bans = DeviceBans(clock, made.stages.sealer, 365)
    return made


def send(floor: ApiFloor, status: int = 201, **body):
    answer = floor.client.post("/v1/appeals", json={"id": "n1", "account_id": "buyer", **body})
    assert answer.status_code == status, answer.text
    return answer.json()


def test_an_appeal_finds_the_ban_and_does_not_tell_of_it(floor: ApiFloor) -> None:
    now = floor.stages.clock()
    key = DeviceKeys(floor.stages.sealer, floor.stages.settings.device_epoch_days).blind("phone", now)
    with floor.stages.db.write() as connection:
        (ban,) = floor.stages.bans.place(
            connection, [key], "anna", "decision_1", "why", {key: DeviceEvidence(1, True, 0, 1, 5)}
        )
    said = send(floor, device_id="phone", next_owner=True, text="I bought it")
    assert set(said) == {"id", "state"}
    assert said["state"] == "open"
    with floor.stages.db.read() as connection:
        (appeal,) = floor.stages.bans.appeals.list_appeals(connection, state=AppealState.OPEN)
        assert floor.stages.bans.appeals.read_text(connection, appeal.id) == "I bought it"
    assert (appeal.ban_id, appeal.next_owner, appeal.opened_by[:4]) == (ban.id, True, "key:")
    assert send(floor, 200, device_id="phone", next_owner=True) == said


def test_an_appeal_without_a_device_is_about_the_account(floor: ApiFloor) -> None:
    send(floor)
    with floor.stages.db.read() as connection:
        (appeal,) = floor.stages.bans.appeals.list_appeals(connection)
    assert (appeal.ban_id, appeal.device_key) == (None, None)


def test_a_next_owner_says_of_which_device(floor: ApiFloor) -> None:
    problem = send(floor, 422, next_owner=True)
    assert (problem["field"], problem["code"]) == ("device_id", "input.fields_invalid")
    assert send(floor, 422, account="x")["field"] == "account"


def test_it_needs_its_scope_and_json(floor: ApiFloor) -> None:
    headers = {"Authorization": f"Bearer {floor.make_key('checks:read')}"}
    assert floor.client.post("/v1/appeals", json={}, headers=headers).status_code == 403
    assert floor.client.post("/v1/appeals", content=b"x").status_code == 415

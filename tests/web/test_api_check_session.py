"""What the network is told at the door, and above all what it is not told."""

import asyncio
from datetime import timedelta

import pytest
from api_floor import ApiFloor, build_floor

from jacana.act.bans.bans import DeviceBans
from jacana.act.bans.tiers import DeviceEvidence
from jacana.db.engine import DatabaseUnavailableError
from jacana.db.tables.ingest import ingest_accounts
from jacana.decide.policy import load_policy
from jacana.ingest.personal import DeviceKeys
from jacana.pipeline.door import Door
from jacana.web.api.check_session import refresh_door

BLOCK, NO_NEW = DeviceEvidence(2, True, 0, 2, 5), DeviceEvidence(1, True, 0, 1, 5)
NAME = "zorvalim quandrel"


@pytest.fixture
def floor(database, tmp_path, clock) -> ApiFloor:
    made = build_floor(database, tmp_path, clock)
    made.stages.door = Door(load_policy(None), clock)
    made.stages.bans = DeviceBans(clock, made.stages.sealer, 365)
    return made


def ban(floor: ApiFloor, device: str, evidence: DeviceEvidence) -> None:
    now = floor.stages.clock()
    devices = DeviceKeys(floor.stages.sealer, floor.stages.settings.device_epoch_days)
    row = {"state": "banned", "screen_name": NAME, "first_seen_at": now, "updated_at": now}
    with floor.stages.db.write() as connection:
        connection.execute(ingest_accounts.insert().values(id="anna", **row))
        key = devices.blind(device, now)
        floor.stages.bans.place(connection, [key], "anna", "decision_1", "why", {key: evidence})


def ask(floor: ApiFloor, status: int = 200, **body):
    answer = floor.client.post("/v1/check/session", json={"kind": "sign_up", **body})
    assert answer.status_code == status, answer.text
    return answer.json()


def test_somebody_unknown_comes_in(floor: ApiFloor) -> None:
    assert ask(floor, account_id="berta", device_id="phone", ip="192.0.2.4", sha256="ab" * 32) == {
        "answer": "allow", "rules": [], "reasons": [], "appeal": False
    }  # fmt: skip


def test_a_banned_device_is_refused_and_the_way_to_appeal_is_told(floor: ApiFloor) -> None:
    ban(floor, "phone", NO_NEW)
    said = ask(floor, device_id="phone", device_attested=True)
    assert (said["answer"], said["appeal"], said["rules"]) == ("refuse", True, ["ban_evasion"])
    assert ask(floor, kind="log_in", account_id="berta", device_id="phone")["answer"] == "allow"
    assert ask(floor, kind="log_in", account_id="anna")["rules"] == ["banned_account"]


def test_the_answer_never_tells_what_linked_them(floor: ApiFloor) -> None:
    """A device in any tier, a name: what is told is words of the policy, and they differ by the answer alone."""
    ban(floor, "phone", BLOCK)
    by_device = ask(floor, device_id="phone")
    by_name = ask(floor, screen_name="Zorvalim-Quandrel9")
    assert (by_device["answer"], by_name["answer"]) == ("refuse", "challenge")
    for said in (by_device, by_name):
        assert set(said) == {"answer", "rules", "reasons", "appeal"}
        assert said["rules"] == ["ban_evasion"]
        text = " ".join(said["reasons"]).lower()
        for telling in ("device", "name", "file", "tier", "anna", "zorvalim", "similar"):
            assert telling not in text, said


def test_a_ban_carries_over_a_change_of_keys(floor: ApiFloor, clock) -> None:
    ban(floor, "phone", NO_NEW)
    devices = DeviceKeys(floor.stages.sealer, floor.stages.settings.device_epoch_days)
    before = devices.epoch(clock())
    while devices.epoch(clock()) == before:
        clock.advance(timedelta(days=20).total_seconds())
    assert ask(floor, device_id="phone")["answer"] == "refuse"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"kind": "log_out"}, "kind", id="unknown kind"),
        pytest.param({"device": "phone"}, "device", id="unknown field"),
        pytest.param({"sha256": "XY"}, "sha256", id="no digest"),
        pytest.param({"ip": "example.org"}, "ip", id="no address"),
        pytest.param({"occurred_at": "yesterday"}, "occurred_at", id="no time"),
    ],
)
def test_a_bad_question_names_its_field(floor: ApiFloor, body, field: str) -> None:
    problem = ask(floor, 422, **body)
    assert problem["field"] == field
    assert problem["remedy"]


def test_it_needs_its_scope_its_surface_and_json(floor: ApiFloor, database, tmp_path, clock) -> None:
    key = floor.make_key("events:write")
    headers = {"Authorization": f"Bearer {key}"}
    assert floor.client.post("/v1/check/session", json={"kind": "log_in"}, headers=headers).status_code == 403
    assert floor.client.post("/v1/check/session", content=b"x").status_code == 415
    off = build_floor(database, tmp_path, clock, accounts_legal_basis="")
    off.stages.door = floor.stages.door
    assert off.client.post("/v1/check/session", json={"kind": "log_in"}).json()["code"] == "ingest.surface_off"


def test_the_door_shuts_when_it_cannot_know(floor: ApiFloor, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_connection) -> None:
        raise DatabaseUnavailableError("down")

    monkeypatch.setattr(floor.stages.door, "refresh", fail)
    said = ask(floor, account_id="berta")
    assert (said["answer"], said["appeal"]) == ("challenge", False)
    assert asyncio.run(asyncio.to_thread(refresh_door, floor.stages)) is None

"""From a banned account to its devices and back, end to end at the door."""

from datetime import timedelta

import pytest
from door_world import DECISION, DoorWorld
from event_floor import tell, work_all

from jacana.audit import list_entries
from jacana.db.tables.review import review_items
from jacana.detect.findings.store import list_account_findings, record_account_findings
from jacana.model.account_finding import AccountFindingKind
from jacana.model.ban import BanState, DeviceTier
from jacana.model.check import Answer
from jacana.model.event import Event, EventType
from jacana.pipeline.banning import expire_bans, lift_ban
from jacana.pipeline.door import find_evasion


@pytest.fixture
def world(stages, clock) -> DoorWorld:
    return DoorWorld(stages, clock)


def verbs(stages) -> list[str]:
    with stages.db.read() as connection:
        return [entry.verb for _, entry in list_entries(connection, limit=10_000)]


def sign_up(world: DoorWorld, account: str, device: str) -> Event:
    key, before = world.keys(device)
    payload = {"device_key": key, "device_key_before": before}
    return Event(f"event_{account}", EventType.ACCOUNT_CREATED, account, world.clock(), world.clock(), payload)


def test_lifting_a_ban_lifts_everything_it_caused(world: DoorWorld) -> None:
    world.add_account("anna")
    world.tie("anna", "phone")
    world.confirm("anna", "verdict_1")
    (order,) = world.ban("anna")
    assert (order.tier, order.target_id) == (DeviceTier.NO_NEW_ACCOUNT, world.key("phone"))
    assert world.check("sign_up", "phone").answer is Answer.REFUSE
    assert world.check("log_in", account="anna").answer is Answer.REFUSE

    world.clock.advance(3600)
    world.add_account("evader", days=0)
    stages = world.stages
    with stages.db.write() as connection:
        found = find_evasion(stages, connection, [sign_up(world, "evader", "phone")])
        record_account_findings(connection, found, world.clock())
    (finding,) = found
    assert finding.kind is AccountFindingKind.BAN_EVASION
    assert finding.score >= 0.8
    assert (finding.details["pattern"], finding.details["device_tier"]) == ("same_device", 1)
    assert (finding.details["linked_to"], finding.details["caused_by"]) == ("anna", DECISION)

    lifted = world.lift("anna")
    assert [ban.state for ban in lifted.bans] == [BanState.LIFTED]
    assert lifted.withdrawn == 1
    assert world.told("phone")[-1][0] == "unban_device"
    with stages.db.read() as connection:
        assert list_account_findings(connection, "evader") == []
    assert world.check("sign_up", "phone").answer is Answer.ALLOW
    assert world.check("log_in", account="anna").answer is Answer.ALLOW
    with stages.db.read() as connection:
        assert find_evasion(stages, connection, [sign_up(world, "evader", "phone")]) == []
    said = verbs(stages)
    assert said.count("ban.placed") == said.count("ban.lifted") == 1


def test_the_hardest_tier_falls_with_one_of_the_two_it_rests_on(world: DoorWorld) -> None:
    for account in ("anna", "berta"):
        world.add_account(account)
        world.tie(account, "phone")
        world.confirm(account, f"verdict_{account}")
    world.ban("anna", "decision_a")
    world.ban("berta", "decision_b")
    assert world.check("log_in", "phone", account="other").answer is Answer.REFUSE
    with world.stages.db.write() as connection:
        connection.execute(
            review_items.update().where(review_items.c.decision_id == "verdict_anna").values(verdict=None)
        )
    world.lift("anna", "decision_a")
    assert world.check("log_in", "phone", account="other").answer is Answer.ALLOW
    assert world.check("sign_up", "phone").answer is Answer.REFUSE
    assert "ban.lowered" in verbs(world.stages)
    with world.stages.db.read() as connection:
        (ban,) = world.stages.bans.list_standing(connection, [world.key("phone")])
    assert ban.tier is DeviceTier.NO_NEW_ACCOUNT
    assert "Lowered to tier 1" in ban.reason


def test_two_accounts_confirmed_by_one_file_are_not_two(world: DoorWorld) -> None:
    for account in ("anna", "berta"):
        world.add_account(account)
        world.tie(account, "phone")
        world.confirm(account, "verdict_same")
    (order,) = world.ban("anna")
    assert order.tier == DeviceTier.NO_NEW_ACCOUNT


def test_a_family_tablet_is_not_blocked(world: DoorWorld) -> None:
    for account in ("anna", "berta"):
        world.add_account(account)
        world.tie(account, "tablet")
        world.confirm(account, f"verdict_{account}")
    world.add_account("mother", days=400)
    world.tie("mother", "tablet", days=200)
    (order,) = world.ban("anna")
    assert order.tier == DeviceTier.NO_NEW_ACCOUNT
    assert world.check("log_in", "tablet", account="mother").answer is Answer.ALLOW


def test_a_device_seen_once_is_only_tagged_and_nothing_is_ordered(world: DoorWorld) -> None:
    world.add_account("anna")
    world.tie("anna", "library", sessions=1)
    world.confirm("anna", "verdict_1")
    assert world.ban("anna") == []
    with world.stages.db.read() as connection:
        (ban,) = world.stages.bans.list_bans(connection, account_id="anna")
    assert ban.tier is DeviceTier.TAG
    assert world.check("sign_up", "library", account="new").answer is Answer.ALLOW


def test_the_same_cause_bans_once(world: DoorWorld) -> None:
    world.add_account("anna")
    world.tie("anna", "phone")
    world.confirm("anna", "verdict_1")
    first = world.ban("anna")
    assert world.ban("anna") == first
    assert verbs(world.stages).count("ban.placed") == 1
    assert world.told("phone") == [("ban_device", 1)]


def test_a_ban_runs_out(world: DoorWorld) -> None:
    world.add_account("anna")
    world.tie("anna", "phone")
    world.confirm("anna", "verdict_1")
    world.ban("anna")
    key = world.key("phone")
    world.clock.advance(timedelta(days=world.stages.settings.device_ban_days).total_seconds() + 1)
    with world.stages.db.write() as connection:
        assert expire_bans(world.stages, connection) == 1
        assert expire_bans(world.stages, connection) == 0
    with world.stages.db.read() as connection:
        actions = world.stages.enforcement.list_actions(connection, account_id="anna")
    assert [a.kind.value for a in actions if a.target_id == key] == ["ban_device", "unban_device"]
    assert verbs(world.stages).count("ban.expired") == 1


def test_lifting_one_ban_of_a_device_leaves_the_account_banned(world: DoorWorld) -> None:
    world.add_account("anna")
    world.tie("anna", "phone")
    world.confirm("anna", "verdict_1")
    world.ban("anna")
    with world.stages.db.write() as connection:
        (ban,) = world.stages.bans.list_bans(connection, account_id="anna")
        lifted = lift_ban(world.stages, connection, ban.id, "cli:anton", "sold")
        world.stages.enforcement.order(connection, lifted.orders)
    world.refresh()
    assert world.check("sign_up", "phone", account="new").answer is Answer.ALLOW
    assert world.check("log_in", account="anna").answer is Answer.REFUSE


@pytest.mark.parametrize("returned", [pytest.param(False, id="not seen since"), pytest.param(True, id="seen since")])
def test_whoever_used_the_device_before_its_key_changed_speaks_for_it(world: DoorWorld, returned: bool) -> None:
    world.add_account("mother", days=400)
    world.tie("mother", "tablet", days=300)
    world.clock.advance(366 * 86_400)  # a new epoch: today the device has another key
    for name in ("anna", "berta"):
        world.add_account(name)
        world.confirm(name, f"verdict_{name}")
    sessions = [("anna", 0), ("anna", 1), ("berta", 0), ("berta", 1), *([("mother", 0)] if returned else [])]
    tell(
        world.stages,
        *(
            {
                "type": "session_started",
                "account_id": name,
                "device_id": "tablet",
                "device_attested": True,
                "session_id": f"{name}{number}",
            }
            for name, number in sessions
        ),
    )
    work_all(world.stages)
    world.ban("anna")
    with world.stages.db.read() as connection:
        bans = world.stages.bans.list_standing(connection, world.keys("tablet"))
    assert {ban.tier for ban in bans} == {DeviceTier.NO_NEW_ACCOUNT}

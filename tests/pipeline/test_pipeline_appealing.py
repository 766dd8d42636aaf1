import pytest
from door_world import DoorWorld

from jacana.act.bans.appeals import AppealDecidedError, AppealOwnDecisionError
from jacana.detect.findings.store import list_account_findings, record_account_findings
from jacana.model.account import AccountState
from jacana.model.ban import AppealState, BanState
from jacana.model.check import Answer
from jacana.model.event import Event, EventType
from jacana.pipeline.appealing import AppealRequest, deny_appeal, grant_appeal, list_bans_of, open_appeal
from jacana.pipeline.door import find_evasion


@pytest.fixture
def world(stages, clock) -> DoorWorld:
    made = DoorWorld(stages, clock)
    made.add_account("anna")
    made.tie("anna", "phone")
    made.confirm("anna", "verdict_1")
    made.ban("anna")
    return made


def appeal(world: DoorWorld, account: str, device: str | None = None, *, next_owner: bool = False):
    keys = world.keys(device) if device else ()
    made, _ = open_appeal(world.stages, AppealRequest("n1", account, keys, next_owner, "please"), "key:key_1")
    return made


def state_of(world: DoorWorld, account: str) -> AccountState:
    with world.stages.db.read() as connection:
        return world.stages.intake.load_account(connection, account).state


def test_the_next_owner_gets_the_device_and_the_account_stays_banned(world: DoorWorld) -> None:
    world.clock.advance(60)
    assert world.check("sign_up", "phone", account="buyer").answer is Answer.REFUSE
    opened = appeal(world, "buyer", "phone", next_owner=True)
    with world.stages.db.read() as connection:
        (ban,) = list_bans_of(world.stages, connection, opened)
    assert opened.ban_id == ban.id
    granted = grant_appeal(world.stages, opened.id, "user:user_2", "shows a receipt")
    assert (granted.state, granted.decided_by) == (AppealState.GRANTED, "user:user_2")
    world.refresh()
    assert world.check("sign_up", "phone", account="buyer").answer is Answer.ALLOW
    assert world.check("sign_up", "phone", account="anybody").answer is Answer.ALLOW
    assert world.check("log_in", "phone", account="anna").answer is Answer.REFUSE
    assert state_of(world, "anna") is AccountState.BANNED
    assert [kind for kind, _ in world.told("phone")][-1] == "unban_device"


def test_an_own_ban_is_reversed_with_the_bans_of_its_devices(world: DoorWorld) -> None:
    opened = appeal(world, "anna")
    assert opened.ban_id is None
    grant_appeal(world.stages, opened.id, "user:user_2", "it was not them")
    world.refresh()
    assert state_of(world, "anna") is AccountState.ACTIVE
    assert world.check("log_in", "phone", account="anna").answer is Answer.ALLOW
    with world.stages.db.read() as connection:
        (ban,) = world.stages.bans.list_bans(connection, account_id="anna")
        kinds = {action.kind.value for action in world.stages.enforcement.list_actions(connection, account_id="anna")}
    assert ban.state is BanState.LIFTED
    assert {"ban_account", "ban_device"} <= kinds


@pytest.mark.parametrize("device", [None, "phone"], ids=["account", "device"])
def test_whoever_banned_does_not_decide(world: DoorWorld, device: str | None) -> None:
    opened = appeal(world, "anna", device)
    for decide in (grant_appeal, deny_appeal):
        with pytest.raises(AppealOwnDecisionError):
            decide(world.stages, opened.id, "user:user_1", "I was right")
    with world.stages.db.read() as connection:
        assert world.stages.bans.appeals.load(connection, opened.id).state is AppealState.OPEN
    assert state_of(world, "anna") is AccountState.BANNED


def test_a_denied_appeal_lifts_nothing(world: DoorWorld) -> None:
    opened = appeal(world, "buyer", "phone", next_owner=True)
    deny_appeal(world.stages, opened.id, "user:user_2", "the same person")
    world.refresh()
    assert world.check("sign_up", "phone", account="buyer").answer is Answer.REFUSE
    with pytest.raises(AppealDecidedError):
        grant_appeal(world.stages, opened.id, "user:user_2", "on second thought")


def test_who_was_met_wrongly_is_not_met_again(world: DoorWorld) -> None:
    """No ban of a device or of their own: the door mistook them, by a name or a file."""
    world.clock.advance(60)
    world.add_account("innocent", days=0)
    key, before = world.keys("phone")
    payload = {"device_key": key, "device_key_before": before}
    told = [Event("event_1", EventType.ACCOUNT_CREATED, "innocent", world.clock(), world.clock(), payload)]
    with world.stages.db.write() as connection:
        found = find_evasion(world.stages, connection, told)
        record_account_findings(connection, found, world.clock())
    assert found
    opened = appeal(world, "innocent")
    grant_appeal(world.stages, opened.id, "user:user_2", "somebody else")
    world.refresh()
    with world.stages.db.read() as connection:
        assert list_account_findings(connection, "innocent") == []
        assert find_evasion(world.stages, connection, told) == []
    assert world.check("sign_up", "phone", account="another").answer is Answer.REFUSE

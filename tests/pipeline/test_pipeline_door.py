"""The door over a real database: what it answers, how it keeps up, and that it shuts when it cannot know."""

from dataclasses import replace
from datetime import timedelta

import pytest
from door_world import DECISION, DoorWorld

from jacana.audit import list_entries
from jacana.detect.accounts.door.keeper import ANEW_AFTER
from jacana.detect.findings.store import record_account_findings
from jacana.model.account_finding import AccountFindingKind
from jacana.model.ban import DeviceTier
from jacana.model.check import Answer
from jacana.model.event import Event, EventType
from jacana.model.tie import TieKind
from jacana.pipeline.door import Door, find_evasion, renew_bans

NAME = "zorvalim quandrel"


@pytest.fixture
def world(stages, clock) -> DoorWorld:
    made = DoorWorld(stages, clock)
    made.add_account("anna", name=NAME)
    made.tie("anna", "phone")
    made.confirm("anna", "verdict_1")
    return made


def event(world: DoorWorld, kind: EventType, account: str, device: str | None = None, **payload) -> Event:
    if device:
        payload["device_key"], payload["device_key_before"] = world.keys(device)
    return Event(f"event_{account}_{kind}", kind, account, world.clock(), world.clock(), payload)


def find(world: DoorWorld, *events: Event):
    with world.stages.db.read() as connection:
        return find_evasion(world.stages, connection, list(events))


def test_who_is_not_banned_comes_in(world: DoorWorld) -> None:
    world.refresh()
    answer = world.check("sign_up", "phone", account="new", name="somebody else")
    assert (answer.answer, answer.findings) == (Answer.ALLOW, ())


def test_without_a_book_nobody_is_allowed(world: DoorWorld) -> None:
    door = Door(world.stages.policy, world.clock)
    world.stages = replace(world.stages, door=door)
    assert door.is_stale()
    answer = world.check("log_in", account="berta")
    assert answer.answer is Answer.CHALLENGE
    assert [finding.kind for finding in answer.findings] == [AccountFindingKind.SCREENING_DOWN]
    world.refresh()
    assert not door.is_stale()
    assert world.check("log_in", account="berta").answer is Answer.ALLOW
    world.clock.advance(301)
    assert door.is_stale()
    assert world.check("log_in", account="berta").answer is Answer.CHALLENGE


def test_a_ban_is_met_at_once_and_after_the_book_is_written_anew(world: DoorWorld) -> None:
    world.refresh()
    world.ban("anna")
    assert world.check("sign_up", "phone").answer is Answer.REFUSE
    world.clock.advance(ANEW_AFTER.total_seconds())
    world.refresh()
    assert world.check("sign_up", "phone").answer is Answer.REFUSE
    assert world.check("log_in", account="anna").rules == ("banned_account",)


def test_a_ban_carries_over_a_change_of_keys(world: DoorWorld) -> None:
    world.ban("anna")
    epoch = timedelta(days=world.stages.settings.device_epoch_days)
    old = world.key("phone")
    start = world.clock()
    while world.devices.epoch(world.clock()) == world.devices.epoch(start):
        world.clock.advance(timedelta(days=20).total_seconds())
    assert world.clock() - start < timedelta(days=world.stages.settings.device_ban_days) <= epoch
    world.refresh()
    assert world.key("phone") != old
    assert world.check("sign_up", "phone").answer is Answer.REFUSE
    with world.stages.db.write() as connection:
        assert renew_bans(world.stages, connection) == 1
        assert renew_bans(world.stages, connection) == 0
        (ban,) = world.stages.bans.list_standing(connection, [world.key("phone")])
    assert (ban.placed_key, ban.expires_at) == (old, start + timedelta(days=world.stages.settings.device_ban_days))
    world.refresh()
    assert world.check("sign_up", "phone").answer is Answer.REFUSE
    assert world.stages.door.take_renewals() == {}
    with world.stages.db.read() as connection:
        renewed = [entry for _, entry in list_entries(connection) if entry.verb == "ban.renewed"]
    assert [entry.subject for entry in renewed] == [ban.id]
    world.lift("anna")
    assert world.check("sign_up", "phone").answer is Answer.ALLOW


def test_an_event_under_the_old_key_is_due_for_renewal_too(world: DoorWorld) -> None:
    world.ban("anna")
    payload = {"device_key": "k" * 64, "device_key_before": world.key("phone")}
    find(world, Event("event_1", EventType.SESSION_STARTED, "other", world.clock(), world.clock(), payload))
    assert list(world.stages.door.take_renewals().values()) == ["k" * 64]


def test_a_name_alone_lets_in_and_beside_a_device_asks(world: DoorWorld) -> None:
    world.tie("anna", "library", sessions=1)
    world.ban("anna")
    world.clock.advance(timedelta(days=60).total_seconds())
    world.refresh()
    alone = world.check("sign_up", account="new", name="Zorvalim_Quandrel7")
    assert alone.answer is Answer.ALLOW
    assert [finding.details["pattern"] for finding in alone.findings] == ["similar_name"]
    assert alone.findings[0].score <= 0.5
    both = world.check("sign_up", "library", account="new", name="Zorvalim_Quandrel7")
    assert both.answer is Answer.CHALLENGE
    assert both.findings[0].details["patterns"] == "same_device,similar_name"


def test_a_name_soon_after_the_ban_asks(world: DoorWorld) -> None:
    world.ban("anna")
    world.clock.advance(3600)
    world.refresh()
    answer = world.check("sign_up", account="new", name="Zorvalim_Quandrel7")
    assert answer.answer is Answer.CHALLENGE
    assert answer.findings[0].details["patterns"] == "similar_name,new_after_ban"


def test_the_identical_file_counts_unless_many_have_it(world: DoorWorld) -> None:
    rare, common = "ab" * 32, "cd" * 32
    world.tie("anna", rare, kind=TieKind.CONTENT)
    world.tie("anna", common, kind=TieKind.CONTENT)
    for place in range(6):
        world.tie(f"other{place}", common, kind=TieKind.CONTENT)
    world.ban("anna")
    world.clock.advance(timedelta(days=60).total_seconds())
    world.refresh()
    (finding,) = world.check("sign_up", sha256=rare).findings
    assert finding.details["pattern"] == "same_content"
    assert world.check("sign_up", sha256=common).findings == ()
    assert world.check("sign_up", sha256=rare, name=NAME).answer is Answer.CHALLENGE


def test_a_device_the_banned_account_comes_to_later_is_known(world: DoorWorld) -> None:
    world.ban("anna")
    world.tie("anna", "second phone")
    world.clock.advance(ANEW_AFTER.total_seconds())
    world.refresh()
    (finding,) = world.check("sign_up", "second phone").findings
    assert "device_tier" not in finding.details
    assert finding.details["pattern"] == "same_device"


def test_an_evader_is_found_in_the_events_once(world: DoorWorld) -> None:
    world.ban("anna")
    world.clock.advance(3600)
    world.add_account("evader", days=0, name=NAME)
    events = [
        event(world, EventType.ACCOUNT_CREATED, "evader", "phone"),
        event(world, EventType.SESSION_STARTED, "evader", "phone"),
        event(world, EventType.SESSION_STARTED, "evader", "phone"),
        event(world, EventType.VIDEO_VIEWED, "evader", "phone"),
    ]
    found = find(world, *events)
    assert found
    assert {finding.account_id for finding in found} == {"evader"}
    best = max(found, key=lambda finding: finding.score)
    assert best.details["patterns"] == "same_device,similar_name,new_after_ban"
    assert best.score > 0.9
    with world.stages.db.write() as connection:
        assert record_account_findings(connection, found, world.clock())
        assert record_account_findings(connection, find(world, *events), world.clock()) == []


def test_the_family_of_a_banned_account_leaves_no_findings(world: DoorWorld) -> None:
    world.add_account("mother", days=400)
    world.ban("anna")
    world.clock.advance(3600)
    assert find(world, event(world, EventType.SESSION_STARTED, "mother", "phone")) == []


def test_an_older_account_on_a_blocked_device_is_noted_and_not_accused(world: DoorWorld) -> None:
    world.add_account("berta")
    world.tie("berta", "phone")
    world.confirm("berta", "verdict_2")
    (order,) = world.ban("anna")
    assert order.tier == DeviceTier.BLOCK
    world.add_account("buyer", days=400)
    world.clock.advance(3600)
    (finding,) = find(world, event(world, EventType.SESSION_STARTED, "buyer", "phone"))
    assert finding.score < 0.8


def test_what_happened_before_the_ban_is_no_evasion(world: DoorWorld) -> None:
    early = event(world, EventType.ACCOUNT_CREATED, "evader", "phone")
    world.clock.advance(10)
    world.ban("anna")
    assert find(world, early) == []


def test_the_banned_account_itself_is_no_evader(world: DoorWorld) -> None:
    world.ban("anna")
    world.clock.advance(10)
    assert find(world, event(world, EventType.SESSION_STARTED, "anna", "phone")) == []


def test_findings_name_the_ban_and_no_device(world: DoorWorld) -> None:
    world.ban("anna")
    (finding,) = world.check("sign_up", "phone", account="new", name=NAME).findings
    assert finding.details["caused_by"] == DECISION
    shown = f"{finding.reasons} {finding.details}"
    assert NAME not in shown
    assert world.key("phone") not in shown

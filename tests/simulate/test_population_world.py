from datetime import timedelta
from random import Random

from jacana.simulate.population.networks import AddressPlan
from jacana.simulate.population.words import invent_vocabulary
from jacana.simulate.population.world import DAY_SECONDS, START, World, format_second, moment_of


def make_world(seed: int = 1, days: int = 10) -> World:
    rng = Random(seed)
    return World(rng, AddressPlan(rng, 100), invent_vocabulary(rng), days)


def test_events_come_in_the_order_of_time():
    world = make_world()
    for second in (500.0, 20.0, 300.0):
        world.record(second, "follow", "a1")
    assert [event["occurred_at"][17:19] for event in world.take_events()] == ["20", "00", "20"]
    assert world.take_events() == []


def test_what_would_reach_into_tomorrow_is_moved_into_today():
    world = make_world()
    world.day = 2
    world.record(5 * DAY_SECONDS, "follow", "a1")
    (event,) = world.take_events()
    assert event["occurred_at"] == "2026-01-07T23:59:59.999Z"


def test_a_session_carries_device_and_address():
    world = make_world()
    device, place = world.make_device(1.0), world.plan.home()
    session = world.open_session("a1", device, place, 100.0)
    world.tell(session, "video_viewed", 5, upload_id="u1")
    started, viewed = world.take_events()
    assert started["type"] == "session_started"
    assert {started[name] == viewed[name] for name in ("session_id", "ip", "asn", "device_id")} == {True}
    assert started["device_attested"] is True


def test_moments_are_counted_from_the_start():
    assert moment_of(-60) == START - timedelta(minutes=1)
    assert format_second(0.0006) == "2026-01-05T00:00:00.001Z"


def test_ids_differ():
    world = make_world()
    assert len({world.name_account() for _ in range(50)}) == 50
    assert len({world.record(1, "follow", "a") for _ in range(50)}) == 50

from test_population_world import make_world

from jacana.simulate.population.movers import settle_resetter, settle_traveller, settle_vpn_user


def live_days(world, person, days):
    for world.day in range(days):
        person.rate = 3.0
        person.live(world)
    return [event for event in world.take_events() if event["type"] == "session_started"]


def test_a_traveller_keeps_the_device_and_changes_the_network():
    world = make_world(8)
    (person,) = settle_traveller(world)
    sessions = live_days(world, person, 20)
    hotels = {event["ip"] for event in sessions if event["ip"].startswith("203.0.113.")}
    assert len({event["device_id"] for event in sessions}) <= 2
    assert len(hotels) >= 3


def test_a_vpn_user_mostly_comes_through_an_exit():
    world = make_world(9)
    (person,) = settle_vpn_user(world)
    sessions = live_days(world, person, 20)
    assert sum(event["ip"].startswith("192.0.2.") for event in sessions) > len(sessions) / 2


def test_a_resetter_shows_new_devices_that_nobody_vouches_for():
    world = make_world(10)
    (person,) = settle_resetter(world)
    sessions = live_days(world, person, 20)
    assert len({event["device_id"] for event in sessions}) >= 6
    assert not any(event.get("device_attested") for event in sessions)

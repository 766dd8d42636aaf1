from datetime import datetime

from test_population_world import make_world

from jacana.model.verdict import AccountVerdict
from jacana.simulate.population.takeover import settle_victim


def test_a_victim_is_taken_over_and_comes_back():
    world = make_world(11, days=20)
    (victim,) = settle_victim(world)
    victim.rate = 2.0
    thieves = {device.id for device, _ in victim.thieves}
    for world.day in range(26):
        victim.live(world)
    events = world.take_events()
    (taken,) = world.truth.takeovers
    changes = [event for event in events if event["type"] == "password_changed"]
    by_thieves = [event for event in events if event.get("device_id") in thieves]
    assert victim.verdict is AccountVerdict.VICTIM
    assert [change["device_id"] in thieves for change in changes] == [True, False]
    assert by_thieves
    assert all(taken.at <= datetime.fromisoformat(event["occurred_at"]) <= taken.until for event in by_thieves)
    assert any(event["type"] == "notice_received" for event in events)

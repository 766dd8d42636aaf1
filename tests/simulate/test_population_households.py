from test_population_world import make_world

from jacana.model.verdict import AccountVerdict
from jacana.simulate.population.households import settle_family, settle_split_family


def test_a_family_shares_one_tablet_at_one_home():
    world = make_world(4)
    members = settle_family(world)
    devices = [{device.id for device, _ in person.seats} for person in members]
    assert len(members) >= 2
    assert set.intersection(*devices)
    homes = {id(place) for person in members for _, place in person.seats if place.kind.startswith("home")}
    assert len(homes) <= 2  # the grandparents' at most
    assert members[0].verdict is AccountVerdict.SHARED


def test_a_split_family_lives_in_two_homes():
    world = make_world(5)
    (person,) = settle_split_family(world)
    homes = {id(place) for _, place in person.seats if place.kind.startswith("home")}
    assert len(homes) == 2

from test_population_world import make_world

from jacana.simulate.population.organisations import AGENCY_STAFF, settle_agency, settle_school


def test_a_school_is_one_network_with_a_pool_of_devices():
    world = make_world(6)
    members = settle_school(world, 30)
    campuses = {place.addresses[0] for person in members for _, place in person.seats if place.kind == "campus"}
    pool = {device.id for device, _ in members[0].seats}
    assert len(campuses) == 1
    assert len(pool) >= 8
    assert all(pool & {device.id for device, _ in pupil.seats} for pupil in members[1:])


def test_a_school_is_no_larger_than_asked():
    assert len(settle_school(make_world(7), 3)) == 3


def test_an_agency_has_staff_with_devices_and_homes_of_their_own():
    least, most = AGENCY_STAFF
    verified = set()
    for seed in range(20):
        (account,) = settle_agency(make_world(seed))
        assert least <= len({device.id for device, _ in account.seats}) <= most
        verified.add(account.organisation)
    assert verified == {True, False}

"""Schools and agencies: many people behind one account, or many accounts behind one address. All innocent."""

from dataclasses import replace

from jacana.model.verdict import AccountVerdict
from jacana.simulate.population.kinds import HABITS, Kind
from jacana.simulate.population.networks import Device, Place
from jacana.simulate.population.person import Person
from jacana.simulate.population.world import World

VERIFIED_AGENCIES = 0.6
VERIFIED_SCHOOLS = 0.5
SCHOOL_ACCOUNTS = (12, 40)
AGENCY_STAFF = (8, 25)


def settle_school(world: World, most: int) -> list[Person]:
    """Return up to `most` accounts of a school: a class account on the whole pool, and pupils."""
    rng = world.rng
    campus = world.plan.campus()
    pool = [world.make_device(0.3) for _ in range(rng.randint(8, 25))]
    habits = replace(HABITS[Kind.SCHOOL], sessions=1.5, uploads=0.15, own_views=0.4)
    class_account = Person(world, Kind.SCHOOL, [(device, campus) for device in pool], habits=habits)
    class_account.organisation = rng.random() < VERIFIED_SCHOOLS
    class_account.verdict = AccountVerdict.SHARED
    members = [class_account]
    for _ in range(min(most, rng.randint(*SCHOOL_ACCOUNTS)) - 1):
        home, own = world.plan.home(), world.make_device()
        at_school = [(device, campus) for device in rng.sample(pool, min(4, len(pool)))]
        members.append(Person(world, Kind.SCHOOL, [(own, home), *at_school]))
    return members


def settle_agency(world: World) -> list[Person]:
    """Return the account of a brand that 8 to 25 staff use: office, homes and the road; drafts only they can see."""
    rng = world.rng
    office = world.plan.campus()
    seats: list[tuple[Device, Place]] = []
    for _ in range(rng.randint(*AGENCY_STAFF)):
        device = world.make_device(0.8)
        seats += [(device, office), (device, office), (device, world.plan.carrier()), (device, world.plan.home())]
    person = Person(world, Kind.AGENCY, seats)
    person.organisation = rng.random() < VERIFIED_AGENCIES
    person.verdict = AccountVerdict.SHARED
    return [person]

"""Families: several people and one tablet in one home, or one account in two homes. All innocent."""

from jacana.model.verdict import AccountVerdict
from jacana.simulate.population.kinds import Kind
from jacana.simulate.population.networks import Device, Place
from jacana.simulate.population.person import Person
from jacana.simulate.population.world import World


def settle_family(world: World) -> list[Person]:
    """Return the accounts of a family: all are used on the tablet, the first also on everybody's telephone."""
    rng = world.rng
    home, carrier = world.plan.home(), world.plan.carrier()
    tablet = world.make_device()
    telephones = [world.make_device() for _ in range(rng.randint(2, 4))]
    shared: list[tuple[Device, Place]] = [(tablet, home), *((telephone, home) for telephone in telephones)]
    shared += [(telephone, carrier) for telephone in telephones]
    if rng.random() < 0.3:
        shared.append((world.make_device(), world.plan.home()))  # grandparents
    members = [Person(world, Kind.FAMILY, shared)]
    members[0].verdict = AccountVerdict.SHARED
    for telephone in telephones[1:]:
        seats = [(telephone, home), (telephone, carrier), (tablet, home)]
        members.append(Person(world, Kind.FAMILY, seats))
    return members


def settle_split_family(world: World) -> list[Person]:
    """Return the one account that a family in two homes shares."""
    seats: list[tuple[Device, Place]] = []
    for _ in range(2):
        home, carrier = world.plan.home(), world.plan.carrier()
        for _ in range(world.rng.randint(1, 3)):
            device = world.make_device()
            seats += [(device, home), (device, carrier)]
    person = Person(world, Kind.SPLIT_FAMILY, seats)
    person.verdict = AccountVerdict.SHARED
    return [person]

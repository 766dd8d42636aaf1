"""People whose devices or networks keep changing: travellers, VPN users, resetters of device ids. All innocent."""

from jacana.simulate.population.kinds import Kind
from jacana.simulate.population.networks import Device, Place
from jacana.simulate.population.person import Person, settle_in
from jacana.simulate.population.world import World

RESET_PER_SESSION = 0.25
DAYS_AT_ONE_PLACE = (2, 5)


class Traveller(Person):
    """Sleeps somewhere else every few days."""

    _until = -1

    def live(self, world: World) -> None:
        """Move on if it is time, then live through today."""
        if world.day > self._until:
            self._until = world.day + world.rng.randint(*DAYS_AT_ONE_PLACE)
            hotel, carrier = world.plan.hotel(), world.plan.carrier()
            devices = {device.id: device for device, _ in self.seats}.values()
            self.seats = [(device, place) for device in devices for place in (hotel, carrier)]
        super().live(world)


class Resetter(Person):
    """Wipes the device id, or uses software that does."""

    def choose_seat(self, world: World) -> tuple[Device, Place]:
        """Return a seat, often with a device id that was never seen before."""
        device, place = super().choose_seat(world)
        if world.rng.random() < RESET_PER_SESSION:
            fresh = world.make_device(0.0)
            self.seats = [(fresh if seat is device else seat, at) for seat, at in self.seats]
            device = fresh
        return device, place


def settle_traveller(world: World) -> list[Person]:
    """Return somebody on the road."""
    return [Traveller(world, Kind.TRAVELLER, settle_in(world))]


def settle_vpn_user(world: World) -> list[Person]:
    """Return somebody who mostly comes through the exits of a VPN service, as thousands do."""
    seats = settle_in(world)
    service = world.plan.vpn()
    return [Person(world, Kind.VPN_USER, [*((device, service) for device, _ in seats), seats[0]])]


def settle_resetter(world: World) -> list[Person]:
    """Return somebody whose device id does not last."""
    return [Resetter(world, Kind.RESETTER, settle_in(world, attested=0.0))]

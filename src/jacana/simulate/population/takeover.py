"""Victims of a take-over: a stranger gets in, changes the password, and is shut out again days later."""

from jacana.model.verdict import AccountVerdict
from jacana.simulate.datasets.truth import TakeoverTruth
from jacana.simulate.population.kinds import Kind
from jacana.simulate.population.networks import Device, Place
from jacana.simulate.population.person import Person, draw_count, settle_in
from jacana.simulate.population.world import DAY_SECONDS, World, moment_of

HELD_DAYS = (1, 5)
THIEVES = (1, 4)
"""Devices a stolen log-in is used from: resold ones from several."""


class Victim(Person):
    """An ordinary account until strangers have its password, and again when its owner has it back."""

    def __init__(self, world: World, kind: Kind, seats: list[tuple[Device, Place]]) -> None:
        super().__init__(world, kind, seats)
        self.verdict = AccountVerdict.VICTIM
        self.taken_on = world.rng.randint(1, max(1, world.days - 2))
        self.until = self.taken_on + world.rng.randint(*HELD_DAYS)
        self.thieves = [
            (world.make_device(0.2), world.plan.vpn() if world.rng.random() < 0.5 else world.plan.home())
            for _ in range(world.rng.randint(*THIEVES))
        ]

    def live(self, world: World) -> None:
        """Live through today, with strangers in the account while they hold it."""
        if world.day == self.taken_on:
            at, until = world.day * DAY_SECONDS, self.until * DAY_SECONDS
            world.truth.takeovers.append(TakeoverTruth(self.id, moment_of(at), moment_of(until)))
            self._seize(world)
        if self.taken_on <= world.day < self.until:
            for device, place in self.thieves:
                for _ in range(draw_count(world.rng, 0.8)):
                    session = world.open_session(self.id, device, place, world.draw_second())
                    for step in range(draw_count(world.rng, 0.8) if self.uploads else 0):
                        self.watch_own(world, session, 10.0 + 20 * step)
            return
        if world.day == self.until:
            self._take_back(world)
        super().live(world)

    def _seize(self, world: World) -> None:
        session = world.open_session(self.id, *self.thieves[0], world.day * DAY_SECONDS + 3600.0)
        world.tell(session, "password_changed", 60)
        if world.rng.random() < 0.6:
            world.tell(session, "recovery_changed", 90)

    def _take_back(self, world: World) -> None:
        second = world.day * DAY_SECONDS + 36_000.0
        world.record(
            second - 3600, "notice_received", self.id, source="user", text="I cannot get into my account any more"
        )
        session = world.open_session(self.id, *self.seats[0], second)
        world.tell(session, "password_changed", 30)
        world.tell(session, "recovery_changed", 60)


def settle_victim(world: World) -> list[Person]:
    """Return somebody who will lose the account for some days."""
    return [Victim(world, Kind.VICTIM, settle_in(world))]

"""The whole population: every actor of the table of kinds is built, and lives through the days one by one."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from random import Random

from jacana.simulate.datasets.truth import Truth
from jacana.simulate.population.households import settle_family, settle_split_family
from jacana.simulate.population.kinds import ACCOUNTS_PER_RING, LEAST_RINGS, NEW_ACCOUNTS_PER_DAY, SHARES, Kind
from jacana.simulate.population.movers import settle_resetter, settle_traveller, settle_vpn_user
from jacana.simulate.population.networks import AddressPlan
from jacana.simulate.population.organisations import settle_agency, settle_school
from jacana.simulate.population.person import Person, settle_in
from jacana.simulate.population.rings import Ring
from jacana.simulate.population.takeover import settle_victim
from jacana.simulate.population.words import Vocabulary, invent_vocabulary
from jacana.simulate.population.world import SimEvent, World
from jacana.simulate.population.writers import TermUser, settle_lookalike, settle_term_user

_SETTLERS: dict[Kind, Callable[[World], list[Person]]] = {
    Kind.FAMILY: settle_family,
    Kind.SPLIT_FAMILY: settle_split_family,
    Kind.AGENCY: settle_agency,
    Kind.TRAVELLER: settle_traveller,
    Kind.VPN_USER: settle_vpn_user,
    Kind.RESETTER: settle_resetter,
    Kind.VICTIM: settle_victim,
    Kind.TERM_USER: settle_term_user,
    Kind.LOOKALIKE: settle_lookalike,
    Kind.WATCHER: lambda world: [TermUser(world, Kind.WATCHER, settle_in(world))],
}


class Crowd:
    """Everybody. The same seed, accounts and days give the same events and the same truth."""

    def __init__(self, seed: int, accounts: int, days: int) -> None:
        rng = Random(seed)  # noqa: S311 - a simulation, not a secret
        self.world = World(rng, AddressPlan(rng, accounts), invent_vocabulary(rng), days)
        self.days = days
        rings = max(LEAST_RINGS, round(accounts / ACCOUNTS_PER_RING))
        self._people = self._settle(max(1, accounts - 2 * rings))
        watchers = [person for person in self._people if person.kind is Kind.WATCHER]
        self._rings = [
            Ring(self.world, number, watchers, rng.randint(0, max(1, int(days * 0.4)))) for number in range(rings)
        ]
        self._joining: defaultdict[int, list[Person]] = defaultdict(list)

    @property
    def truth(self) -> Truth:
        """Return what is true of the days lived so far."""
        return self.world.truth

    @property
    def vocabulary(self) -> Vocabulary:
        """Return the coded words of this network."""
        return self.world.vocabulary

    def live(self) -> Iterator[list[SimEvent]]:
        """Yield the events before the first day, then those of each day, in the order of time."""
        world = self.world
        self._move_in()
        yield world.take_events()
        present = [person for person in self._people if person.id in world.truth.accounts]
        for day in range(self.days):
            world.day = day
            for person in self._joining.pop(day, ()):
                person.join(world, world.draw_second())
                present.append(person)
            followers = [ring.live(world) for ring in self._rings]  # first, so that others meet its teasers today
            self._rings += [ring for ring in followers if ring is not None]
            for person in present:
                person.live(world)
            yield world.take_events()

    def _move_in(self) -> None:
        """Make the accounts that were there before the first day; the others wait for their day."""
        world = self.world
        late = NEW_ACCOUNTS_PER_DAY * self.days
        world.day = -1
        for person in self._people:
            if person.kind is Kind.ORDINARY and world.rng.random() < late:
                self._joining[world.rng.randrange(self.days)].append(person)
            else:
                person.join(world)

    def _settle(self, accounts: int) -> list[Person]:
        people: list[Person] = []
        for kind, share in SHARES.items():
            wanted = max(1, round(accounts * share))
            settled: list[Person] = []
            while len(settled) < wanted:
                if kind is Kind.SCHOOL:
                    settled += settle_school(self.world, wanted - len(settled))
                else:
                    settled += _SETTLERS[kind](self.world)
            people += settled
        while len(people) < accounts:
            people.append(Person(self.world, Kind.ORDINARY, settle_in(self.world)))
        return people

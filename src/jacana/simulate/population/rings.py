"""A vault ring: an account whose password is passed round, what advertises it, who watches, and its return after a ban.

Nothing of what is traded is described anywhere: an upload is an id and a random digest.
"""

from dataclasses import dataclass, replace

from jacana.simulate.datasets.truth import ReturnTruth
from jacana.simulate.population.kinds import Kind
from jacana.simulate.population.networks import Device, Place
from jacana.simulate.population.person import Person, draw_count
from jacana.simulate.population.traders import Advertiser, Trader, Vault
from jacana.simulate.population.words import SimTerm, invent_name, invent_password, vary_name
from jacana.simulate.population.world import DAY_SECONDS, World, moment_of

WATCHERS_MEDIAN, WATCHERS_SPREAD, WATCHERS_LIMITS = 14, 0.6, (5, 60)
WATCHERS_WITH_ACCOUNT = 0.6
WATCHERS_ON_VPN = 0.15
ROTATION_DAYS = (3, 7)
KEPT_AT_ROTATION = 0.6
SAME_DEVICE, SIMILAR_NAME, SAME_CONTENT = 0.7, 0.6, 0.7
"""How often who comes back uses the old device, a name like the old one, the old files; at least one of them."""
GAP_DAYS = (0, 2)
NEW_WORDS = 0.4
"""Share of rings that use words no lexicon has yet: only how the vault is used tells of them."""


@dataclass(slots=True)
class Guest:
    """Somebody who got the password: an unrelated device at an unrelated place."""

    device: Device
    place: Place
    account_id: str | None
    sessions_left: int


@dataclass(frozen=True, slots=True)
class Heritage:
    """What a ring that comes back brings along."""

    devices: list[Device]
    home: Place
    names: list[str]
    files: list[str]
    terms: tuple[SimTerm, ...]
    instrument: str
    generation: int


class Ring:
    """One ring from its first upload to its ban."""

    def __init__(
        self, world: World, number: int, watchers: list[Person], begin: int, heritage: Heritage | None = None
    ) -> None:
        rng = world.rng
        self.name = f"ring{number:04d}"
        self._number = number
        self.begin = begin
        self.end = begin + rng.randint(max(4, world.days // 4), max(6, world.days // 2))
        self._watchers = watchers
        self._size = draw_size(world)
        self._guests: list[Guest] = []
        self._arrived = 0
        self._rotates_on = begin + rng.randint(*ROTATION_DAYS)
        old = heritage or _found_ring(world)
        self._heritage = replace(old, generation=old.generation + 1)
        self._password = invent_password(rng)
        self.vault: Vault | None = None
        self.advertiser: Trader | None = None
        self._parents: tuple[str, ...] = ()
        self._by: tuple[str, ...] = ()

    def live(self, world: World) -> "Ring | None":
        """Live through today; return the ring that will follow this one when it ends."""
        if world.day == self.begin:
            self._open(world)
        if self.vault is None or self.advertiser is None or not self.begin <= world.day <= self.end:
            return None
        self.vault.stock(world, self._heritage.files, first=world.day == self.begin)
        self.advertiser.advertise(world, self._heritage.terms, first=world.day == self.begin)
        if world.day >= self._rotates_on:
            self._rotate(world)
        self._welcome(world)
        self._watch(world)
        return self._return_later(world) if world.day == self.end else None

    def _open(self, world: World) -> None:
        rng, old = world.rng, self._heritage
        at = world.day * DAY_SECONDS + rng.uniform(3600, 36_000)
        places = [old.home, old.home, world.plan.vpn() if rng.random() < 0.5 else world.plan.carrier()]
        seats = [(device, place) for device in old.devices for place in places]
        self.vault = Vault(world, Kind.VAULT, seats, name=old.names[0])
        alone = rng.random() < 0.35
        self.advertiser = self.vault if alone else Advertiser(world, Kind.ADVERTISER, seats, name=old.names[-1])
        for place, trader in enumerate(dict.fromkeys((self.advertiser, self.vault))):
            trader.enlist(self.name, old.terms)
            trader.join(world, at + 600.0 * place)
            self._add_instruments(world, trader, at + 600.0 * place + 60)
            for parent in self._parents:
                back = ReturnTruth(parent, trader.id, moment_of(at + 600.0 * place), self._by)
                world.truth.returns.append(back)

    def _add_instruments(self, world: World, trader: Trader, second: float) -> None:
        device, place = trader.seats[0]
        session = world.open_session(trader.id, device, place, second)
        kind = world.rng.choice(("recovery_email", "recovery_phone", "payment"))
        if world.rng.random() < 0.7:
            world.tell(session, "instrument_added", 5, kind=kind, instrument=self._heritage.instrument)
        if self.advertiser is not trader and self.advertiser is not None and world.rng.random() < 0.3:
            world.tell(session, "invitation_used", 9, inviter_id=self.advertiser.id)

    def _rotate(self, world: World) -> None:
        assert self.vault is not None  # noqa: S101 - live() has looked
        rng = world.rng
        self._rotates_on = world.day + rng.randint(*ROTATION_DAYS)
        self._password = invent_password(rng)
        session = world.open_session(self.vault.id, *self.vault.seats[0], world.draw_second(self.vault.made))
        world.tell(session, "password_changed", 20)
        self._guests = [guest for guest in self._guests if rng.random() < KEPT_AT_ROTATION]
        for guest in self._guests[:3]:
            self._hand_over(world, guest)

    def _welcome(self, world: World) -> None:
        rng = world.rng
        days_left = max(1, self.end - world.day)
        for _ in range(min(draw_count(rng, (self._size - self._arrived) / min(3.0, days_left)), 25)):
            self._arrived += 1
            person = rng.choice(self._watchers) if self._watchers and rng.random() < WATCHERS_WITH_ACCOUNT else None
            if person is not None:
                device, place = person.seats[0]
            else:
                device = world.make_device(0.6)
                place = world.plan.vpn() if rng.random() < WATCHERS_ON_VPN else world.plan.home()
            guest = Guest(device, place, person.id if person else None, 1 + draw_count(rng, 1.6))
            self._guests.append(guest)
            self._hand_over(world, guest)

    def _hand_over(self, world: World, guest: Guest) -> None:
        if self.vault is None or self.advertiser is None:
            return
        if guest.account_id is not None or world.rng.random() < 0.5:
            self.advertiser.hand_over(world, self.vault.name, self._password, guest.account_id)

    def _watch(self, world: World) -> None:
        if self.vault is None:
            return
        for guest in self._guests:
            if guest.sessions_left and world.rng.random() < 0.7:
                guest.sessions_left -= 1
                self.vault.be_watched(world, guest.device, guest.place)
        self._guests = [guest for guest in self._guests if guest.sessions_left]

    def _return_later(self, world: World) -> "Ring | None":
        """Return the ring that opens in place of this one, which is banned today, if there is time left."""
        rng, old = world.rng, self._heritage
        begin = world.day + 1 + rng.randint(*GAP_DAYS)
        if begin > world.days - 2 or self.vault is None or self.advertiser is None:
            return None
        by = [name for name, share in _RETURNS if rng.random() < share] or ["same_device"]
        again = Heritage(
            devices=old.devices if "same_device" in by else [world.make_device(0.6)],
            home=old.home if "same_device" in by else world.plan.home(),
            names=[vary_name(rng, name) if "similar_name" in by else invent_name(rng) for name in old.names],
            files=list(old.files) if "same_content" in by else [],
            terms=old.terms,
            instrument=old.instrument if rng.random() < 0.4 else f"i{rng.getrandbits(48):012x}",
            generation=old.generation,
        )
        ring = Ring(world, self._number, self._watchers, begin, again)
        ring._parents = tuple(dict.fromkeys((self.vault.id, self.advertiser.id)))
        ring._by = tuple(by)
        return ring


_RETURNS = (("same_device", SAME_DEVICE), ("similar_name", SIMILAR_NAME), ("same_content", SAME_CONTENT))


def draw_size(world: World) -> int:
    """Return how many guests a ring will have: few have many."""
    least, most = WATCHERS_LIMITS
    return int(min(most, max(least, round(world.rng.lognormvariate(_LOG_MEDIAN, WATCHERS_SPREAD)))))


_LOG_MEDIAN = 2.64  # ln 14


def _found_ring(world: World) -> Heritage:
    rng = world.rng
    devices = [world.make_device(0.6) for _ in range(rng.randint(1, 2))]
    unlisted = [term for term in world.vocabulary.terms if not term.listed]
    known = world.vocabulary.terms if rng.random() > NEW_WORDS else unlisted
    terms = tuple(rng.sample(known, rng.randint(2, 4)))
    names = [invent_name(rng), invent_name(rng)]
    return Heritage(devices, world.plan.home(), names, [], terms, f"i{rng.getrandbits(48):012x}", 0)

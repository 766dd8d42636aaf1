"""The accounts of a ring: the vault that holds only-me uploads, and what advertises it and hands the password over."""

from dataclasses import replace

from jacana.model.verdict import AccountVerdict
from jacana.simulate.datasets.truth import AccountTruth
from jacana.simulate.population.disguise import IN_NAME, hide_in_name
from jacana.simulate.population.networks import Device, Place
from jacana.simulate.population.person import Person, draw_count
from jacana.simulate.population.words import HANDOVERS, TEASERS, SimTerm, fill
from jacana.simulate.population.world import Session, World, moment_of
from jacana.simulate.population.writers import write_term

FIRST_STOCK = (3, 8)
LATER_STOCK = 0.8
"""Mean only-me uploads per day after the first."""
TEASERS_PER_DAY = 0.5
HANDED_OVER_IN_PUBLIC = 0.3
NAME_HOLDS_TERM = 0.25
BIO_HOLDS_TERM = 0.35


class Trader(Person):
    """An account of a ring."""

    terms: tuple[SimTerm, ...] = ()
    _bio: tuple[str, SimTerm] | None = None
    _in_name: SimTerm | None = None
    _caption: tuple[str, str, SimTerm] | None = None

    def enlist(self, ring: str, terms: tuple[SimTerm, ...]) -> None:
        """Say which ring it belongs to and which words it uses."""
        self.ring, self.terms = ring, terms
        self.verdict = AccountVerdict.TRADING
        self.two_factor = False

    def write_bio(self, world: World) -> str:
        """Return a profile that may hold a term."""
        rng = world.rng
        if not self.terms or rng.random() > BIO_HOLDS_TERM:
            return super().write_bio(world)
        term = rng.choice(self.terms)
        text, how = write_term(world, TEASERS, term)
        self._bio = (how, term)
        return text

    def join(self, world: World, second: float | None = None) -> None:
        """Make the account, perhaps under a name that holds a term."""
        plain = [term for term in self.terms if not term.requires]
        if plain and world.rng.random() < NAME_HOLDS_TERM:
            self._in_name = world.rng.choice(plain)
            self.name = hide_in_name(world.rng, self._in_name.text)
        super().join(world, second)

    def note_created(self, world: World, event_id: str) -> None:
        """Write into the truth book what name and profile hold."""
        if self._in_name:
            world.note_text(event_id, self.id, "screen_name", "term", IN_NAME, self._in_name.listed)
        if self._bio:
            how, term = self._bio
            world.note_text(event_id, self.id, "bio", "term", how, term.listed)

    def advertise(self, world: World, terms: tuple[SimTerm, ...], *, first: bool) -> None:
        """Publish teasers that anybody can see, with a disguised term in the caption."""
        for _ in range(max(int(first), draw_count(world.rng, TEASERS_PER_DAY))):
            term = world.rng.choice(terms)
            text, how = write_term(world, TEASERS, term)
            self._caption = (text, how, term)
            session = world.open_session(self.id, *self.choose_seat(world), world.draw_second(self.made))
            self.publish_as(world, session, 30.0, only_me=False, caption=text)
            self._caption = None

    def publish_as(
        self, world: World, session: Session, later: float, *, only_me: bool, caption: str, sha256: str | None = None
    ) -> None:
        """Upload with a visibility of one's choice."""
        usual, self.habits = self.habits, replace(self.habits, only_me=float(only_me))
        self.publish(world, session, later, sha256=sha256, caption=caption)
        self.habits = usual

    def note_upload(self, world: World, event_id: str) -> None:
        """Write into the truth book which term the caption holds."""
        if self._caption:
            _, how, term = self._caption
            world.note_text(event_id, self.id, "caption", "term", how, term.listed)

    def hand_over(self, world: World, login: str, password: str, to: str | None) -> None:
        """Pass the log-in on: under a public video, or in a message."""
        session = world.open_session(self.id, *self.choose_seat(world), world.draw_second(self.made))
        text = fill(world.rng, HANDOVERS, login=login, password=password)
        public = [upload_id for upload_id, only_me, at in self.uploads if not only_me and at < session.second]
        if public and (to is None or world.rng.random() < HANDED_OVER_IN_PUBLIC):
            event_id = world.tell(session, "comment_posted", 20, upload_id=public[-1], text=text, language="en")
            world.note_text(event_id, self.id, "comment", "handover")
        elif to is not None:
            world.note_text(self.send(world, session, 20, to, text), self.id, "message", "handover")


class Advertiser(Trader):
    """Publishes teasers and hands over the password of another account."""


class Vault(Trader):
    """Holds what only its owner may see, and is opened by whoever has the password."""

    def stock(self, world: World, files: list[str], *, first: bool) -> None:
        """Upload what only the owner may see; files of an earlier vault come back first."""
        rng = world.rng
        count = rng.randint(*FIRST_STOCK) if first else draw_count(rng, LATER_STOCK)
        if not count:
            return
        session = world.open_session(self.id, *self.choose_seat(world), world.draw_second(self.made))
        known = list(files) if first else []
        for step in range(count):
            sha256 = known[step] if step < len(known) else f"{rng.getrandbits(256):064x}"
            if sha256 not in files:
                files.append(sha256)
            self.publish_as(world, session, 30.0 + 20 * step, only_me=True, caption="", sha256=sha256)

    def be_watched(self, world: World, device: Device, place: Place) -> None:
        """Let a stranger log in and watch."""
        stocked = [(at, upload_id) for upload_id, only_me, at in self.uploads if only_me]
        second = world.draw_second(min(stocked)[0]) if stocked else 0.0
        private = [upload_id for at, upload_id in stocked if at < second]
        if not private:
            return
        session = world.open_session(self.id, device, place, second)
        known = world.truth.accounts[self.id]
        if known.vault_at is None or moment_of(session.second) < known.vault_at:
            world.truth.accounts[self.id] = AccountTruth(
                self.id, self.kind.value, self.ring, moment_of(session.second), self.verdict
            )
        for step in range(1 + draw_count(world.rng, 2.5)):
            upload_id = world.rng.choice(private)
            seconds = round(world.rng.uniform(5, 90), 1)
            world.tell(session, "video_viewed", 10.0 + 60 * step, upload_id=upload_id, seconds=seconds)

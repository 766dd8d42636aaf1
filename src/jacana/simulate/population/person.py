"""An account and what it does in its sessions. Actors that differ override where it connects from or what it writes."""

import math
from random import Random

from jacana.model.verdict import AccountVerdict
from jacana.simulate.datasets.truth import AccountTruth
from jacana.simulate.population.kinds import HABITS, SEVERAL_DEVICES, Habits, Kind
from jacana.simulate.population.networks import Device, Place
from jacana.simulate.population.words import BIOS, CAPTIONS, COMMENTS, MESSAGES, SEARCHES, fill, invent_name
from jacana.simulate.population.world import DAY_SECONDS, Session, World

_OLDEST_DAYS = 700
_REMEMBERED = 60


class Person:
    """One account in the hands of whoever uses it, with the devices and places it is used from."""

    def __init__(
        self,
        world: World,
        kind: Kind,
        seats: list[tuple[Device, Place]],
        *,
        name: str | None = None,
        habits: Habits | None = None,
    ) -> None:
        self.id = world.name_account()
        self.kind = kind
        self.seats = seats
        """(device, place) that sessions start from."""
        self.name = name or invent_name(world.rng)
        self.habits = habits or HABITS[kind]
        self.rate = self.habits.sessions * math.exp(world.rng.gauss(0.0, self.habits.spread))
        self.uploads: list[tuple[str, bool, float]] = []
        """(id, only me, second) of its own uploads, as they were made."""
        self.organisation = False
        self.two_factor = world.rng.random() < 0.25
        self.ring: str | None = None
        self.made = 0.0
        """When the account was made, in seconds since the start."""
        self.verdict = AccountVerdict.CLEARED

    def join(self, world: World, second: float | None = None) -> None:
        """Make the account: at `second`, or at some time before the simulation began."""
        self.made = -world.rng.random() * _OLDEST_DAYS * DAY_SECONDS if second is None else second
        device, place = self.seats[0]
        facts = {
            "screen_name": self.name,
            "display_name": self.name.split("_")[0].title(),
            "email": f"{self.id}@mail.example",
            "bio": self.write_bio(world),
            "language": "en",
            "two_factor": self.two_factor,
            "device_id": device.id,
            "device_attested": device.attested,
            "ip": world.plan.locate(place, device),
            "asn": place.asn,
        }
        if self.organisation:
            facts["organisation"] = True
        created = world.record(self.made, "account_created", self.id, **facts)
        self.note_created(world, created)
        self.note_truth(world)

    def note_truth(self, world: World) -> None:
        """Write into the truth book what this account is."""
        known = world.truth.accounts.get(self.id)
        vault_at = known.vault_at if known else None
        world.truth.accounts[self.id] = AccountTruth(self.id, self.kind.value, self.ring, vault_at, self.verdict)

    def live(self, world: World) -> None:
        """Live through today."""
        for _ in range(draw_count(world.rng, self.rate)):
            device, place = self.choose_seat(world)
            self.act(world, world.open_session(self.id, device, place, world.draw_second(self.made)))

    def act(self, world: World, session: Session) -> None:
        """Do what one does in a session."""
        rng, habits = world.rng, self.habits
        later = 5.0
        for _ in range(draw_count(rng, habits.views)):
            if (video := world.pick_video(session.second + later)) is not None:
                seconds = round(rng.expovariate(1 / 20), 1)
                world.tell(session, "video_viewed", later, upload_id=video[0], seconds=seconds)
                later += rng.expovariate(1 / 40)
        for _ in range(draw_count(rng, habits.own_views) if self.uploads else 0):
            self.watch_own(world, session, later)
            later += 20
        if rng.random() < habits.uploads:
            self.publish(world, session, later)
        self.speak(world, session, later)

    def speak(self, world: World, session: Session, later: float) -> None:
        """Comment, search, write to somebody, follow somebody, each or none."""
        rng, habits = world.rng, self.habits
        if rng.random() < habits.comments and (video := world.pick_video(session.second + later)):
            self.comment(world, session, later + 10, video[0])
        if rng.random() < habits.searches:
            self.search(world, session, later + 15)
        if rng.random() < habits.messages and (video := world.pick_video(session.second + later)):
            self.send(world, session, later + 20, video[1], fill(rng, MESSAGES))
        if rng.random() < habits.follows and (video := world.pick_video(session.second + later)):
            world.tell(session, "follow", later + 25, target_account_id=video[1])

    def choose_seat(self, world: World) -> tuple[Device, Place]:
        """Return where the next session starts; the first seat is the usual one."""
        seats = self.seats
        return seats[0] if len(seats) == 1 or world.rng.random() < 0.4 else world.rng.choice(seats)

    def publish(
        self, world: World, session: Session, later: float, *, sha256: str | None = None, caption: str | None = None
    ) -> str:
        """Upload a video; return its id."""
        rng = world.rng
        only_me = rng.random() < self.habits.only_me
        upload_id = f"u{rng.getrandbits(48):012x}"
        event_id = world.tell(
            session,
            "upload_registered",
            later,
            upload_id=upload_id,
            visibility="only_me" if only_me else "public",
            caption=self.write_caption(world) if caption is None else caption,
            language="en",
            sha256=sha256 or f"{rng.getrandbits(256):064x}",
        )
        self.note_upload(world, event_id)
        self.uploads.append((upload_id, only_me, session.second + later))
        del self.uploads[:-_REMEMBERED]
        if not only_me:
            world.public_videos.append((upload_id, self.id, session.second + later))
        return upload_id

    def watch_own(self, world: World, session: Session, later: float) -> None:
        """Watch a video of one's own, if there is one yet."""
        there = [upload_id for upload_id, _, at in self.uploads if at < session.second]
        if there:
            seconds = round(world.rng.uniform(3, 60), 1)
            world.tell(session, "video_viewed", later, upload_id=world.rng.choice(there), seconds=seconds)

    def comment(self, world: World, session: Session, later: float, upload_id: str) -> None:
        """Comment on a public video."""
        text = fill(world.rng, COMMENTS)
        world.tell(session, "comment_posted", later, upload_id=upload_id, text=text, language="en")

    def search(self, world: World, session: Session, later: float) -> None:
        """Search for something."""
        world.tell(session, "search_performed", later, text=fill(world.rng, SEARCHES), language="en")

    def send(self, world: World, session: Session, later: float, to: str, text: str) -> str:
        """Send a private message; return the event's id."""
        conversation = f"c{min(self.id, to)}{max(self.id, to)}"
        fields = {"conversation_id": conversation, "recipient_ids": [to], "text": text, "language": "en"}
        return world.tell(session, "message_sent", later, **fields)

    def write_caption(self, world: World) -> str:
        """Return the caption of the next upload."""
        return fill(world.rng, CAPTIONS)

    def write_bio(self, world: World) -> str:
        """Return what the profile says."""
        return fill(world.rng, BIOS)

    def note_created(self, world: World, event_id: str) -> None:
        """Write into the truth book what the profile holds."""

    def note_upload(self, world: World, event_id: str) -> None:
        """Write into the truth book what the caption of an upload holds."""


def draw_count(rng: Random, mean: float) -> int:
    """Return a Poisson draw, by multiplying uniform draws (Knuth); means here are small."""
    limit, count, product = math.exp(-min(mean, 30.0)), 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count


def settle_in(world: World, *, devices: int | None = None, attested: float = 0.7) -> list[tuple[Device, Place]]:
    """Return the seats of one person: a home, a carrier on the way, one or two devices."""
    home, carrier = world.plan.home(), world.plan.carrier()
    count = devices or (2 if world.rng.random() < SEVERAL_DEVICES else 1)
    telephone, *others = [world.make_device(attested) for _ in range(count)]
    return [(telephone, home), (telephone, carrier), *((other, home) for other in others)]

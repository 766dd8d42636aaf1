"""The network of the simulation on one day: its clock, its public videos, the events of the day, and the truth book.

Everything random comes from one generator, so that the same seed gives the same network to the byte.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from jacana.simulate.datasets.truth import TextTruth, Truth
from jacana.simulate.population.networks import AddressPlan, Device, Place
from jacana.simulate.population.words import Vocabulary

START = datetime(2026, 1, 5, tzinfo=UTC)
"""The first simulated day, a Monday."""
DAY_SECONDS = 86_400
_HOURS = (2, 1, 1, 1, 1, 2, 4, 6, 6, 5, 5, 6, 7, 7, 6, 6, 8, 10, 12, 14, 15, 14, 10, 5)
"""How sessions lie over the day: few at night, most in the evening (assumption)."""

SimEvent = dict[str, Any]
_REMEMBERED_VIDEOS = 1500
_TRIES = 4


@dataclass(frozen=True, slots=True)
class Session:
    """An open session: from here an account does things. `second` counts from the simulation's start."""

    account_id: str
    second: float
    common: dict[str, Any]
    """session_id, ip, asn, device_id, device_attested: fields of every event of the session."""


@dataclass(slots=True)
class World:
    """What every actor shares."""

    rng: Random
    plan: AddressPlan
    vocabulary: Vocabulary
    days: int
    truth: Truth = field(default_factory=Truth)
    day: int = 0
    public_videos: deque[tuple[str, str, float]] = field(default_factory=lambda: deque(maxlen=_REMEMBERED_VIDEOS))
    """(upload id, owner, second of the upload) of recent public uploads."""
    _events: list[tuple[float, int, SimEvent]] = field(default_factory=list)
    _count: int = 0
    _names: int = 0

    def draw_second(self, after: float = 0.0) -> float:
        """Return a moment of today, in seconds since the start and later than `after`, where a session might begin."""
        hour = self.rng.choices(range(24), _HOURS)[0]
        second = self.day * DAY_SECONDS + hour * 3600 + self.rng.random() * 3500
        return second if second > after else self.rng.uniform(after, (self.day + 1) * DAY_SECONDS)

    def pick_video(self, second: float) -> tuple[str, str] | None:
        """Return (upload id, owner) of a recent public video that is there at a moment; None if none was met."""
        for _ in range(_TRIES if self.public_videos else 0):
            upload_id, owner, at = self.rng.choice(self.public_videos)
            if at < second:
                return upload_id, owner
        return None

    def name_account(self) -> str:
        """Return a new account id."""
        self._names += 1
        return f"a{self._names:07d}"

    def make_device(self, attested: float = 0.7) -> Device:
        """Return a new device; `attested` is the chance that its id is vouched for."""
        return Device(f"d{self.rng.getrandbits(64):016x}", self.rng.random() < attested)

    def open_session(self, account_id: str, device: Device, place: Place, second: float) -> Session:
        """Log in, and return the session."""
        common: dict[str, Any] = {
            "session_id": f"s{self._count:08d}",
            "ip": self.plan.locate(place, device),
            "asn": place.asn,
            "device_id": device.id,
        }
        if device.attested:
            common["device_attested"] = True
        session = Session(account_id, second, common)
        self.tell(session, "session_started", 0.0)
        return session

    def tell(self, session: Session, type: str, later: float, **fields: Any) -> str:
        """Record an event of a session so many seconds into it; return its id."""
        return self.record(session.second + later, type, session.account_id, **session.common, **fields)

    def record(self, second: float, type: str, account_id: str, **fields: Any) -> str:
        """Record an event at a moment since the start (negative: before it); return its id.

        A moment past the end of today is moved back into today: days are handed over one by one.
        """
        second = min(second, (self.day + 1) * DAY_SECONDS - 0.001)
        event_id = f"e{self._count:09d}"
        event = {"id": event_id, "type": type, "account_id": account_id, "occurred_at": format_second(second), **fields}
        self._events.append((second, self._count, event))
        self._count += 1
        return event_id

    def note_text(
        self, event_id: str, account_id: str, field: str, holds: str, disguise: str | None = None, listed: bool = True
    ) -> None:
        """Write into the truth book what a text holds."""
        self.truth.texts.append(TextTruth(event_id, account_id, field, holds, disguise, listed))

    def take_events(self) -> list[SimEvent]:
        """Return what was recorded since the last time, in the order of time."""
        self._events.sort(key=lambda entry: entry[:2])
        events = [event for _, _, event in self._events]
        self._events.clear()
        return events


def moment_of(second: float) -> datetime:
    """Return the moment of a second since the start."""
    return START + timedelta(seconds=second)


def format_second(second: float) -> str:
    """Return RFC 3339 with milliseconds."""
    return moment_of(round(second, 3)).isoformat(timespec="milliseconds").replace("+00:00", "Z")

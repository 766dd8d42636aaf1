"""What happened in a replay, as far as the pipeline itself could know: what was found, decided, refused, withheld."""

from dataclasses import dataclass, field
from datetime import datetime

from jacana.model.account_finding import AccountFindingKind
from jacana.model.verdict import AccountVerdict


@dataclass(frozen=True, slots=True)
class Sighting:
    """One finding about one account. `event_id` is Jacana's id of the event it rests on, if it rests on one."""

    account_id: str
    kind: AccountFindingKind
    score: float
    at: datetime
    """When it was found."""
    event_id: str | None = None
    happened_at: datetime | None = None
    """When what it rests on happened."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """One verdict of the automatic reviewer."""

    account_id: str
    verdict: AccountVerdict
    at: datetime
    day: int


@dataclass(frozen=True, slots=True)
class DayLoad:
    """The reviewer's day: cases that were open in the evening, and how many of them were decided."""

    day: int
    open_cases: int
    decided: int


@dataclass(frozen=True, slots=True)
class AtDoor:
    """A sign-up or log-in that was not simply let in."""

    account_id: str
    at: datetime
    sign_up: bool
    refused: bool


@dataclass(slots=True)
class Outcome:
    """Everything a replay leaves behind."""

    events: int = 0
    """Events that were taken."""
    refused: int = 0
    """Events that ingest refused: 0 unless the set is broken."""
    days: int = 0
    made_at: dict[str, datetime] = field(default_factory=dict)
    """Account -> the moment of its first event that was taken."""
    withheld: set[str] = field(default_factory=set)
    """Network ids of events that never happened, because the account was shut out or refused before."""
    first_at: datetime | None = None
    last_at: datetime | None = None
    sightings: list[Sighting] = field(default_factory=list)
    rulings: list[Ruling] = field(default_factory=list)
    loads: list[DayLoad] = field(default_factory=list)
    at_door: list[AtDoor] = field(default_factory=list)
    shut_out_at: dict[str, datetime] = field(default_factory=dict)
    """Account -> when it was first seen suspended or banned."""
    failed_work: dict[str, int] = field(default_factory=dict)
    """Topic -> promised work that failed; `event.passed_over` if an event was. Anything makes the figures doubtful."""
    cpu_seconds: float = 0.0

    @property
    def accounts(self) -> int:
        """How many accounts did anything."""
        return len(self.made_at)

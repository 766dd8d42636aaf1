"""Replays an event set through the real pipeline, day by day, by the clock of its events. Never opens the truth.

The loop is half closed: what the network would no longer let happen (an account that is shut out, a sign-up that the
door refuses) is withheld. Otherwise the simulated people do what they would have done without Jacana.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from jacana.audit import last_entry
from jacana.ingest.events import EventStatus
from jacana.model.event import EventType
from jacana.pipeline.evaluation.clock import ReplayClock
from jacana.pipeline.evaluation.entrance import Entrance
from jacana.pipeline.evaluation.outcome import Outcome
from jacana.pipeline.evaluation.reviewer import AutomaticReviewer
from jacana.pipeline.evaluation.store import count_failed_work, list_shut_out, list_sightings
from jacana.pipeline.eventwork.worker import work_events
from jacana.pipeline.inline import drain_outbox
from jacana.pipeline.stages import Stages
from jacana.simulate.population.world import SimEvent

ACTOR = "system"
BEFORE = "before"
PASSED_OVER = "event.passed_over"
_MADE = EventType.ACCOUNT_CREATED.value
LEAST_EVENTS = 200
"""Fewer wait for the next hour: each portion costs the pipeline a few transactions."""
_DRAIN_AT_ONCE = 1_000
_AFTER_UNDO_SECONDS = 1.0

Progress = Callable[[int], None]


class Replay:
    """One run of one event set through wired stages whose clock is `clock`.

    `open_loop`: everything happens as the set says, whatever the pipeline thinks of it.
    """

    def __init__(
        self, stages: Stages, clock: ReplayClock, reviewer: AutomaticReviewer, *, open_loop: bool = False
    ) -> None:
        self._stages = stages
        self._clock = clock
        self._reviewer = reviewer
        self._open_loop = open_loop
        self._entrance = Entrance(stages)
        self._shut_out: set[str] = set()
        self.outcome = Outcome()

    def run(self, batches: Iterable[list[SimEvent]], progress: Progress = lambda _events: None) -> Outcome:
        """Replay every event; `progress` is told how many were read so far. Returns what happened."""
        started = time.process_time()
        read = 0
        for day, portions in groupby(_split_days(batches), key=lambda portion: portion[0]):
            for _, events in portions:
                read += len(events)
                self._replay(events)
                progress(read)
            if day != BEFORE:
                self._end_day()
        outcome, stages = self.outcome, self._stages
        with stages.db.read() as connection:
            outcome.sightings = [*list_sightings(connection), *self._entrance.sightings]
            outcome.failed_work = count_failed_work(connection)
            if last_entry(connection, PASSED_OVER) is not None:
                outcome.failed_work[PASSED_OVER] = 1
        outcome.at_door = self._entrance.at_door
        outcome.cpu_seconds = time.process_time() - started
        return outcome

    def _replay(self, events: list[SimEvent]) -> None:
        """Ask at the door, append what may happen, and let the event path work it."""
        outcome = self.outcome
        self._clock.move_to(_moment(events[-1]))
        with self._stages.db.read() as connection:
            self._stages.door.refresh(connection)  # as a running service does every second
        happening = []
        for event in events:
            if not self._open_loop and (event["account_id"] in self._shut_out or not self._entrance.let_in(event)):
                outcome.withheld.add(event["id"])
            else:
                happening.append(event)
                if event["account_id"] not in outcome.made_at:
                    outcome.made_at[event["account_id"]] = _moment(event)
        results = self._stages.events.append(happening, ACTOR)
        taken = sum(result.status is EventStatus.ACCEPTED for result in results)
        outcome.events += taken
        outcome.refused += len(results) - taken
        outcome.first_at = outcome.first_at or _moment(events[0])
        outcome.last_at = self._clock.now
        while work_events(self._stages):
            pass
        self._settle()

    def _end_day(self) -> None:
        """Let the reviewer work, and what follows from it happen."""
        outcome = self.outcome
        load, rulings = self._reviewer.work_day(outcome.days)
        outcome.loads.append(load)
        outcome.rulings += rulings
        outcome.days += 1
        if rulings:
            self._clock.advance(self._stages.settings.undo_seconds + _AFTER_UNDO_SECONDS)
            self._settle()

    def _settle(self) -> None:
        """Work what was promised; learn who is shut out now, and what the matcher has to know."""
        stages = self._stages
        while len(drain_outbox(stages, limit=_DRAIN_AT_ONCE)) == _DRAIN_AT_ONCE:
            pass
        with stages.db.read() as connection:
            self._shut_out = set() if self._open_loop else list_shut_out(connection)
            stages.live.refresh(connection)
        for account_id in self._shut_out:
            self.outcome.shut_out_at.setdefault(account_id, self._clock.now)


def _split_days(batches: Iterable[list[SimEvent]]) -> Iterator[tuple[str, list[SimEvent]]]:
    """Yield (day, events of an hour of it, or of several quiet ones).

    Accounts made before anything else happens are BEFORE.
    """
    begun = False
    for batch in batches:
        start = 0
        if not begun:
            start = next((place for place, event in enumerate(batch) if event["type"] != _MADE), len(batch))
            begun = start < len(batch)
            if start:
                yield BEFORE, batch[:start]
        for day, events in groupby(batch[start:], key=lambda event: str(event["occurred_at"])[:10]):
            yield from ((day, portion) for portion in _split_hours(events))


def _split_hours(events: Iterable[SimEvent]) -> Iterator[list[SimEvent]]:
    portion: list[SimEvent] = []
    for _, hour in groupby(events, key=lambda event: str(event["occurred_at"])[:13]):
        portion += hour
        if len(portion) >= LEAST_EVENTS:
            yield portion
            portion = []
    if portion:
        yield portion


def _moment(event: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(event["occurred_at"])

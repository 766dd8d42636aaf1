"""Keeps the event path going: what was told is worked, what was checked is kept, what is known at the door is fresh."""

import threading
from time import monotonic

import structlog

from jacana.pipeline.eventwork.worker import work_events
from jacana.pipeline.stages import Stages
from jacana.pipeline.textlook import begin_term_look_back
from jacana.pipeline.work import name_problem

log = structlog.get_logger("jacana.pipeline")

REFRESH_SECONDS = 1.0
LOOK_BACK_SECONDS = 5.0


class EventKeeper(threading.Thread):
    """Works events as they come; about once a second refreshes what the asking path answers from."""

    def __init__(self, stages: Stages, *, pause_seconds: float = 0.2) -> None:
        super().__init__(name="jacana-events", daemon=True)
        self._stages = stages
        self._pause_seconds = pause_seconds
        self._stopping = threading.Event()
        self._refreshed_at = self._looked_at = float("-inf")

    def run(self) -> None:
        """Work until stopped; a failure is logged and tried again a moment later."""
        while not self._stopping.is_set():
            try:
                worked = self.turn()
            except Exception as problem:  # whatever it is: the event path must not die in silence
                log.error("the event path waits", code=name_problem(problem))
                worked = 0
                self._stopping.wait(1.0)
            if not worked:
                self._stopping.wait(self._pause_seconds)

    def turn(self) -> int:
        """Do what is due now; return how many events were worked."""
        now = monotonic()
        if now - self._refreshed_at >= REFRESH_SECONDS:
            self.refresh()
            self._refreshed_at = now
        if now - self._looked_at >= LOOK_BACK_SECONDS:
            begin_term_look_back(self._stages)
            self._looked_at = now
        return work_events(self._stages)

    def refresh(self) -> None:
        """Keep what was checked, and bring lexicon and door up to date, even if the first fails."""
        try:
            self._stages.checked.flush()
        finally:
            with self._stages.db.read() as connection:
                self._stages.live.refresh(connection)
                self._stages.door.refresh(connection)

    def stop(self) -> None:
        """End the loop, and keep what was checked until now."""
        self._stopping.set()
        if self.is_alive():
            self.join()
        try:
            self._stages.checked.flush()
        except Exception as problem:
            log.error("checked texts could not be kept", code=name_problem(problem))

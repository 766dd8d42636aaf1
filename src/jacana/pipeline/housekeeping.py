"""What happens by the clock: evidence whose last hold has ended is destroyed, by destroying its key."""

import threading

import structlog

from jacana.pipeline.stages import Stages
from jacana.pipeline.work import name_problem

log = structlog.get_logger("jacana.pipeline")


class Housekeeping(threading.Thread):
    """Runs once at start and then every hour."""

    def __init__(self, stages: Stages, *, pause_seconds: float = 3600) -> None:
        super().__init__(name="jacana-housekeeping", daemon=True)
        self._stages = stages
        self._pause_seconds = pause_seconds
        self._stopping = threading.Event()

    def run(self) -> None:
        """Keep house until stopped; a failure is logged and tried again at the next turn."""
        while not self._stopping.is_set():
            try:
                self.keep_house()
            except Exception as problem:  # tried again at the next turn, whatever it was
                log.error("housekeeping failed", code=name_problem(problem))
            self._stopping.wait(self._pause_seconds)

    def keep_house(self) -> list[str]:
        """Do one turn; return the SHA-256 of every object that was destroyed."""
        destroyed = self._stages.vault.destroy_expired(self._stages.clock())
        if destroyed:
            log.info("expired evidence destroyed", count=len(destroyed))
        return list(destroyed)

    def stop(self) -> None:
        """End the loop."""
        self._stopping.set()
        if self.is_alive():
            self.join()

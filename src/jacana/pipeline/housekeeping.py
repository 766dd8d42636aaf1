"""What happens by the clock: bans end, records whose time is over are forgotten; evidence whose last hold has ended is
destroyed, by destroying its key.
"""

import threading
from datetime import timedelta

import structlog

from jacana.audit import AuditEntry, append_entry
from jacana.detect.media.catalogue import store as catalogue_store
from jacana.pipeline.banning import expire_bans
from jacana.pipeline.retention import forget_old
from jacana.pipeline.stages import Stages
from jacana.pipeline.work import name_problem

log = structlog.get_logger("jacana.pipeline")

EXPIRED_AT_ONCE = 1000


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
        self._forget_hashes()
        self._retire_expired()
        self._end_bans()
        forgotten = forget_old(self._stages, lambda: not self._stopping.is_set())
        if forgotten.total():
            log.info("old records forgotten", count=forgotten.total())
        destroyed = self._stages.vault.destroy_expired(self._stages.clock())
        if destroyed:
            log.info("expired evidence destroyed", count=len(destroyed))
        return list(destroyed)

    def _retire_expired(self) -> None:
        """Make tombstones of the bank entries whose time is over, a portion at a time: imports must not wait long."""
        stages = self._stages
        while not self._stopping.is_set():
            with stages.db.write() as connection:
                if stages.banks.retire_expired(connection, stages.clock(), EXPIRED_AT_ONCE) < EXPIRED_AT_ONCE:
                    return

    def _end_bans(self) -> None:
        """Tell the network of the devices whose ban has run out that they are free, a portion at a time."""
        while not self._stopping.is_set():
            with self._stages.db.write() as connection:
                if expire_bans(self._stages, connection) == 0:
                    return

    def _forget_hashes(self) -> None:
        """Apply catalogue_days: after that time neither the catalogue nor the database keeps a file's hashes."""
        stages, days = self._stages, self._stages.settings.catalogue_days
        stages.catalogue.seal_full()
        if not days:
            return
        limit = stages.clock() - timedelta(days=days)
        dropped = stages.catalogue.forget_before(limit)
        with stages.db.write() as connection:
            emptied = catalogue_store.forget_analyses(connection, limit)
            if emptied:
                details = {"files": emptied, "days": days}
                append_entry(connection, AuditEntry(stages.clock(), "system", "hashes.forgotten", "catalogue", details))
        if dropped or emptied:
            log.info("hashes forgotten", count=max(dropped, emptied))

    def stop(self) -> None:
        """End the loop."""
        self._stopping.set()
        if self.is_alive():
            self.join()

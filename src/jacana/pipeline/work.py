"""The pump: takes due rows from the outbox and has each worked by a durable workflow under the row's own id.

A row that raises is tried again later, for ever, ever more slowly; after three failures of a screening the upload is
put before a person (fail closed). Nothing is dropped.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

import structlog

from jacana.db.outbox import OutboxRow, list_due, list_started, mark_finished, mark_started, record_failure
from jacana.model.errors import JacanaError
from jacana.model.fault import fault
from jacana.pipeline.flow import HANDLERS, screen_failing_upload
from jacana.pipeline.stages import Stages
from jacana.pipeline.step import Step

log = structlog.get_logger("jacana.pipeline")

RETRY_SECONDS = (1, 5, 30, 120, 600, 1800, 3600)
"""Wait after the first, second … failure; the last one repeats."""

TAKE_UP_SECONDS = 60.0
"""How often rows are looked for whose workflow ended without a trace."""

SCREENING_FAILURES = 3
"""After so many failures an upload is held as a case, whatever is wrong."""


class Workflows(Protocol):
    """Where workflows run: DBOS in production, inline in tests."""

    def start(self, row: OutboxRow, finished: Callable[[], None]) -> None:
        """Work the row durably and call `finished` when it has ended in this process, well or not."""

    def is_running(self, run_id: str) -> bool:
        """Whether a workflow under this id will still end by itself, now or after a restart."""


def work_row(stages: Stages, row: OutboxRow, step: Step) -> None:
    """Work one outbox row to its end, or record its failure and when to try again."""
    handler = HANDLERS[row.topic]
    if row.topic == "screen_upload" and row.failures >= SCREENING_FAILURES:
        handler = screen_failing_upload
    try:
        handler(stages, step, **row.payload)
    except Exception as problem:
        code = name_problem(problem)
        log.error("work failed", row=row.id, topic=row.topic, failures=row.failures + 1, code=code)
        step("record failure", record_work_failure, stages, row, code)
    else:
        step("finish", finish_work, stages, row.id)


def name_problem(problem: Exception) -> str:
    """Return the error's code; for an unexpected one its type, never its message, which may hold content."""
    return problem.code if isinstance(problem, JacanaError) else f"unexpected.{type(problem).__name__}"


def finish_work(stages: Stages, row_id: str) -> None:
    """Mark the row done."""
    with stages.db.write() as connection:
        mark_finished(connection, row_id, stages.clock())


def record_work_failure(stages: Stages, row: OutboxRow, code: str) -> None:
    """Make the row due again after a wait that grows with its failures."""
    wait = RETRY_SECONDS[min(row.failures, len(RETRY_SECONDS) - 1)]
    with stages.db.write() as connection:
        record_failure(connection, row, code, stages.clock() + timedelta(seconds=wait))


class Pump(threading.Thread):
    """Starts due work, so many at a time per topic."""

    def __init__(self, stages: Stages, workflows: Workflows, *, pause_seconds: float = 0.1) -> None:
        super().__init__(name="jacana-pump", daemon=True)
        self._stages = stages
        self._workflows = workflows
        self._pause_seconds = pause_seconds
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._running: Counter[str] = Counter()
        self._limits = {"screen_upload": stages.settings.media_workers}

    def run(self) -> None:
        """Pump until stopped. A database that is away is waited for."""
        take_up_at = 0.0
        while not self._stopping.is_set():
            try:
                if time.monotonic() >= take_up_at:
                    self.take_up_lost()
                    take_up_at = time.monotonic() + TAKE_UP_SECONDS
                started = self.start_due()
            except Exception as problem:  # whatever it is: a pump that died would leave everything undone in silence
                log.error("pump waits", code=name_problem(problem))
                started = 0
            if not started:
                self._wake.wait(self._pause_seconds)
                self._wake.clear()

    def stop(self) -> None:
        """Start nothing more and wait for the loop to end; running workflows go on."""
        self._stopping.set()
        self._wake.set()
        if self.is_alive():
            self.join()

    def start_due(self) -> int:
        """Start what is due and fits the limits; return how many rows were started."""
        with self._stages.db.read() as connection:
            rows = list_due(connection, self._stages.clock(), 50, except_topics=self._full_topics())
        started = 0
        for row in rows:
            if row.topic in self._full_topics():
                continue
            with self._lock:
                self._running[row.topic] += 1
            finished = self._count_down(row.topic)
            try:
                self._workflows.start(row, finished)
            except Exception:
                finished()
                raise
            fault("pipeline.after_start")
            with self._stages.db.write() as connection:
                mark_started(connection, row.id, self._stages.clock(), failures=row.failures)
            started += 1
        return started

    def take_up_lost(self) -> int:
        """Make every started row due again whose workflow has ended without finishing it; return how many.

        That happens when not even the failure could be recorded (disk full, database away), or when the workflow engine
        gave up on a row that killed the process again and again.
        """
        with self._stages.db.read() as connection:
            started = list_started(connection)
        lost = [row for row in started if not self._workflows.is_running(row.run_id)]
        for row in lost:
            log.error("work was lost and is taken up", row=row.id, topic=row.topic, failures=row.failures + 1)
            record_work_failure(self._stages, row, "pipeline.work_lost")
        return len(lost)

    def _full_topics(self) -> list[str]:
        with self._lock:
            return [topic for topic in HANDLERS if self._running[topic] >= self._limits.get(topic, 8)]

    def _count_down(self, topic: str) -> Callable[[], None]:
        def finished() -> None:
            with self._lock:
                self._running[topic] -= 1
            self._wake.set()

        return finished

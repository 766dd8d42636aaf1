"""Workflows on DBOS: a step that finished before a crash is not run again, and a started workflow always ends.

Only ids pass through DBOS's database; content and state stay in ours.
"""

import sqlite3
import threading
import traceback
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from dbos import DBOS, DBOSConfig, SetWorkflowID

from jacana.db.outbox import OutboxRow
from jacana.model.clock import utc_now
from jacana.model.errors import JacanaError, ServiceUnavailableError
from jacana.pipeline.stages import Stages
from jacana.pipeline.work import work_row

APPLICATION_VERSION = "1"
"""DBOS recovers only workflows of its own version. Our steps may be run twice and keep their state in our tables, so
a newer program can finish an older one's work; raise this only when that stops being true."""

log = structlog.get_logger("jacana.pipeline")

RUNNING = frozenset({"PENDING", "ENQUEUED", "DELAYED"})

_serving: "DbosWorkflows | None" = None


@DBOS.workflow(name="work_outbox_row")
def _work_outbox_row(row_id: str, topic: str, payload: dict[str, Any], failures: int) -> None:
    if _serving is None:
        raise RuntimeError("a workflow ran before DbosWorkflows.launch")
    row = OutboxRow(row_id, topic, payload, utc_now(), failures)
    try:
        work_row(_serving.stages, row, _run_step)
    finally:
        _serving.release(row.run_id)


class StepFailedError(ServiceUnavailableError):
    """A step raised something unexpected. Only its type is told: DBOS stores errors, and texts may hold content."""

    code = "pipeline.step_failed"


def _run_step(name: str, body: Callable[..., Any], *arguments: Any) -> Any:
    def run() -> Any:
        try:
            return body(*arguments)
        except JacanaError:
            raise
        except Exception as problem:
            log.error("step failed", kind=type(problem).__name__, trace=_list_frames(problem))
            raise StepFailedError(f"{name}: {type(problem).__name__}") from None

    return DBOS.run_step({"name": name}, run)


def _list_frames(problem: Exception) -> list[str]:
    """Return where it happened, without a word of what it said."""
    frames = traceback.extract_tb(problem.__traceback__)[-6:]
    return [f"{Path(frame.filename).name}:{frame.lineno}:{frame.name}" for frame in frames]


class DbosWorkflows:
    """The one DBOS of this process (DBOS itself is a singleton)."""

    def __init__(self, stages: Stages) -> None:
        self.stages = stages
        self._finished: dict[str, list[Callable[[], None]]] = {}
        self._ended: deque[str] = deque(maxlen=1_000)  # DBOS records an end a moment after the workflow has ended
        self._lock = threading.Lock()

    def launch(self) -> None:
        """Connect, create DBOS's tables if needed, and take up every workflow a crash left unfinished."""
        global _serving
        _serving = self
        url = workflow_database_url(self.stages)
        if url.startswith("sqlite"):
            _preset_wal(url)
        config: DBOSConfig = {
            "name": "jacana",
            "system_database_url": url,
            "application_version": APPLICATION_VERSION,
            "executor_id": "local",
            "log_level": "ERROR",
        }
        DBOS(config=config)
        DBOS.launch()

    def start(self, row: OutboxRow, finished: Callable[[], None]) -> None:
        """Start the row's workflow; a workflow id that exists already is not started again."""
        with self._lock:
            ended = row.run_id in self._ended
            if not ended:
                self._finished.setdefault(row.run_id, []).append(finished)
        if ended:
            finished()
            return
        with SetWorkflowID(row.run_id):
            handle = DBOS.start_workflow(_work_outbox_row, row.id, row.topic, row.payload, row.failures)
        if handle.get_status().status not in RUNNING:
            self.release(row.run_id)

    def is_running(self, run_id: str) -> bool:
        """Ask DBOS whether the workflow is pending; one it has given up on, or never saw, is not."""
        status = DBOS.get_workflow_status(run_id)
        return status is not None and status.status in RUNNING

    def release(self, run_id: str) -> None:
        """Tell whoever started it that this workflow has ended."""
        with self._lock:
            self._ended.append(run_id)
            waiting = self._finished.pop(run_id, [])
        for finished in waiting:
            finished()

    def stop(self) -> None:
        """Give running workflows two seconds to end; the rest is taken up at the next start."""
        global _serving
        DBOS.destroy(workflow_completion_timeout_sec=2)
        _serving = None


def workflow_database_url(stages: Stages) -> str:
    """Return where DBOS keeps its state: the setting, the main Postgres database, or a file beside the SQLite one."""
    if stages.settings.workflow_database_url:
        return stages.settings.workflow_database_url
    if stages.db.is_sqlite:
        return f"sqlite:///{(stages.settings.data_dir / 'workflows.db').absolute()}"
    return sa.make_url(stages.db.url).set(drivername="postgresql").render_as_string(hide_password=False)


def _preset_wal(url: str) -> None:
    # DBOS opens its file with a rollback journal, three times slower (research/accounts_ops section 6); WAL persists.
    path = Path(str(sa.make_url(url).database))
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()

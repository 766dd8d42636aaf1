"""The in-memory twin of DBOS: works rows at once, in the calling thread. For tests and for commands that wait."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from jacana.db.outbox import OutboxRow, list_due, mark_started
from jacana.pipeline.stages import Stages
from jacana.pipeline.work import work_row


def run_step(_name: str, /, body: Callable[..., Any], *arguments: Any) -> Any:
    """Run the step; nothing is remembered."""
    return body(*arguments)


class InlineWorkflows:
    """Runs each workflow where it is started."""

    def __init__(self, stages: Stages) -> None:
        self._stages = stages

    def start(self, row: OutboxRow, finished: Callable[[], None]) -> None:
        """Work the row now."""
        work_row(self._stages, row, run_step)
        finished()

    def is_running(self, run_id: str) -> bool:
        """Return False: what was started has ended."""
        return False


def drain_outbox(stages: Stages, *, until: datetime | None = None, limit: int = 1000) -> list[str]:
    """Work every row due by `until` (default: now) and what that work promises; return the topics in order."""
    topics: list[str] = []
    while len(topics) < limit:
        with stages.db.read() as connection:
            rows = list_due(connection, until or stages.clock(), 1)
        if not rows:
            break
        with stages.db.write() as connection:
            mark_started(connection, rows[0].id, stages.clock(), failures=rows[0].failures)
        work_row(stages, rows[0], run_step)
        topics.append(rows[0].topic)
    return topics

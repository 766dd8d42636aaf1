"""The queue: which case comes next, and what an operator must not overlook. Reading it changes nothing."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from jacana.audit import count_entries
from jacana.db.engine import Connection
from jacana.db.outbox import count_waiting
from jacana.pipeline.stages import Stages
from jacana.report.states import ReportState
from jacana.web.console.errors import ConsoleRoute
from jacana.web.console.pages import names_of_users, render
from jacana.web.gate import require, stages_of
from jacana.web.permissions import Permission

router = APIRouter(route_class=ConsoleRoute)

FOR_A_PERSON = (ReportState.DRAFT, ReportState.AMBIGUOUS, ReportState.NEEDS_PERSON)
"""Reports that do not move on by themselves."""


@dataclass(frozen=True, slots=True)
class Counters:
    """Numbers above the queue."""

    overdue: int
    undelivered: int
    dead: int
    reports_for_a_person: int
    audit_size: int


@router.get("/", dependencies=[require(Permission.SEE_QUEUE)])
def show_queue(request: Request) -> Response:
    """List open cases, worst lane first, then by clock."""
    stages = stages_of(request)
    with stages.db.read() as connection:
        rows = stages.desk.list_queue(connection)
        counters = count_for_operator(stages, connection, overdue=sum(row.overdue for row in rows))
        names = names_of_users(request, connection)
    return render(request, "queue.html", section="queue", rows=rows, counters=counters, names=names)


def count_for_operator(stages: Stages, connection: Connection, *, overdue: int) -> Counters:
    """Return what waits for somebody."""
    reports = stages.reports.list_reports(connection)
    return Counters(
        overdue=overdue,
        undelivered=count_waiting(connection).get("deliver_action", 0),
        dead=len(stages.enforcement.list_dead(connection)),
        reports_for_a_person=sum(report.state in FOR_A_PERSON for report in reports),
        audit_size=count_entries(connection)[0],
    )

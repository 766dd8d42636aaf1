"""The queue: which case comes next, and what an operator must not overlook. Reading it changes nothing."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

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

CLOSED_LIMIT = 100
"""Most closed cases listed."""

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
def show_queue(
    request: Request,
    state: Literal["open", "closed"] = "open",
    account: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """List open cases, worst lane first, then by clock, or closed ones, newest first; of one account if asked for."""
    account = account.strip()
    stages = stages_of(request)
    with stages.db.read() as connection:
        rows = stages.desk.list_queue(connection)
        closed = stages.desk.list_closed(connection, account or None, CLOSED_LIMIT) if state == "closed" else []
        counters = count_for_operator(stages, connection, overdue=sum(row.overdue for row in rows))
        names = names_of_users(request, connection)
    return render(
        request,
        "queue.html",
        section="queue",
        state=state,
        account=account,
        open_count=len(rows),
        rows=[row for row in rows if account in ("", row.account_id)],
        closed=closed,
        counters=counters,
        names=names,
    )


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

"""The case page, and taking a case or giving it back. Opening the page changes nothing."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from jacana.model.verdict import AccountVerdict, Classification, Verdict
from jacana.review.states import REASON_MAX_LENGTH, REASON_MIN_LENGTH
from jacana.web.console.accounttext import OpenedText
from jacana.web.console.casefile import gather_case
from jacana.web.console.errors import ConsoleRoute
from jacana.web.console.pages import names_of_actors, render
from jacana.web.console.shown import sign_shown
from jacana.web.gate import LiveSession, require, stages_of
from jacana.web.permissions import Permission
from jacana.web.users import Session

router = APIRouter(route_class=ConsoleRoute)

VERDICTS = (
    (Verdict.CONFIRMED, "1", "Remove, ban, preserve, draft the report"),
    (Verdict.VIOLATING, "2", "Remove; nothing is reported"),
    (Verdict.CLEARED, "3", "Release, and undo what the machine did"),
)
"""Verdict, its key, and what it leads to under the shipped policy."""

ACCOUNT_VERDICTS = (
    (
        AccountVerdict.TRADING,
        "1",
        "Advertises, hands over or trades access: ban it and its devices, look for who is tied to it",
    ),
    (AccountVerdict.SHARED, "2", "A family, an agency: no strike, and what the machine did is undone"),
    (AccountVerdict.VICTIM, "3", "Somebody else got in: sign everybody out, give it back to its owner"),
    (AccountVerdict.CLEARED, "4", "Nothing of it is true: undo what the machine did"),
)
"""The same for an account."""

CLASSIFICATIONS = (
    (Classification.A1, "Prepubescent, category 1"),
    (Classification.A2, "Prepubescent, category 2"),
    (Classification.B1, "Pubescent, category 1"),
    (Classification.B2, "Pubescent, category 2"),
)
"""The industry classification scale: letter, apparent age; digit, what the scale defines (reference section 3)."""


@router.get("/cases/{case_id}", dependencies=[require(Permission.SEE_CASE)])
def show_case(request: Request, session: LiveSession, case_id: str) -> Response:
    """Show the account, its files, what was found, what was decided and what happened."""
    return render_case(request, session, case_id)


@router.post("/cases/{case_id}/lease", dependencies=[require(Permission.DECIDE)])
def lease_case(request: Request, session: LiveSession, case_id: str) -> Response:
    """Take the case, or keep it longer."""
    stages = stages_of(request)
    with stages.db.write() as connection:
        stages.desk.lease_case(connection, case_id, session.user.id)
    return RedirectResponse(f"/console/cases/{case_id}", 303)


@router.post("/cases/{case_id}/release", dependencies=[require(Permission.DECIDE)])
def release_case(request: Request, session: LiveSession, case_id: str) -> Response:
    """Let somebody else take the case."""
    stages = stages_of(request)
    with stages.db.write() as connection:
        stages.desk.release_lease(connection, case_id, session.user.id)
    return RedirectResponse("/console/", 303)


def render_case(
    request: Request,
    session: Session,
    case_id: str,
    *,
    status: int = 200,
    sent: Mapping[str, object] | None = None,
    problem: str = "",
    opened: Sequence[OpenedText] = (),
) -> Response:
    """Return the page; `sent` is a decide form that was refused with `problem`, shown again so that no text is lost.

    `opened` are texts that were asked for.
    """
    stages = stages_of(request)
    with stages.db.read() as connection:
        page = gather_case(stages, connection, case_id, session.user.id)
        names = names_of_actors(request, connection)
    shown = sign_shown(session.csrf_token, case_id, stages.clock())
    return render(
        request,
        "case.html",
        status=status,
        section="queue",
        page=page,
        names=names,
        shown=shown,
        sent=sent or {},
        problem=problem,
        opened={text.finding_id: text for text in opened},
        verdicts=VERDICTS,
        account_verdicts=ACCOUNT_VERDICTS,
        classifications=CLASSIFICATIONS,
        reason_lengths=(REASON_MIN_LENGTH, REASON_MAX_LENGTH),
        decide_delay_ms=stages.settings.decide_delay_ms,
        undo_seconds=stages.settings.undo_seconds,
    )

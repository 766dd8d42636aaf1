"""Instructions to the network that a person must deal with: dead letters to retry, actions to reverse."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from jacana.pipeline.reversal import reverse_action
from jacana.web.console.errors import ConsoleRoute
from jacana.web.console.pages import render
from jacana.web.gate import LiveSession, require, stages_of
from jacana.web.permissions import Permission

router = APIRouter(route_class=ConsoleRoute)


@router.get("/actions/dead", dependencies=[require(Permission.SEE_DEAD)])
def show_dead(request: Request) -> Response:
    """List what the network never accepted, and the case each belongs to."""
    stages = stages_of(request)
    with stages.db.read() as connection:
        actions = stages.enforcement.list_dead(connection)
        cases = {
            action.id: stages.desk.find_case(connection, action.upload_id) for action in actions if action.upload_id
        }
        silences = {action.id: stages.enforcement.explain_silence(connection, action.id) for action in actions}
    return render(request, "dead.html", section="dead", actions=actions, cases=cases, silences=silences)


@router.post("/actions/{action_id}/retry", dependencies=[require(Permission.RETRY_DEAD)])
def retry_dead(request: Request, session: LiveSession, action_id: str) -> Response:
    """Give a dead instruction a new run of attempts."""
    stages = stages_of(request)
    with stages.db.write() as connection:
        stages.enforcement.retry_dead(connection, action_id, session.user.actor)
    return RedirectResponse("/console/actions/dead", 303)


@router.post("/actions/{action_id}/reverse", dependencies=[require(Permission.REVERSE)])
def reverse(
    request: Request,
    session: LiveSession,
    action_id: str,
    reason: Annotated[str, Form(min_length=3, max_length=2000)],
    case_id: Annotated[str, Form(pattern="^case_[0-9a-z]+$")],
) -> Response:
    """Order the inverse of an instruction."""
    reverse_action(stages_of(request), action_id, session.user.actor, reason.strip())
    return RedirectResponse(f"/console/cases/{case_id}", 303)

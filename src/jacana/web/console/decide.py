"""A verdict, and taking it back. The only route that decides; refuses whatever is stale, too quick or not waiting."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from jacana.model.errors import InputInvalidError, PermissionDeniedError, StateConflictError
from jacana.model.verdict import Classification, Verdict
from jacana.pipeline.casework import overturn_verdict
from jacana.review.cases import CaseFile, CaseItem, DecisionForm, ItemState
from jacana.review.errors import ItemMissingError
from jacana.web.console.case import render_case
from jacana.web.console.errors import ConsoleRoute
from jacana.web.console.shown import check_shown
from jacana.web.gate import LiveSession, require, stages_of
from jacana.web.permissions import Permission

router = APIRouter(route_class=ConsoleRoute)


class DecidedElsewhereError(StateConflictError):
    """Another case that is ahead in the queue holds the same file; its verdict settles this one."""

    code = "console.decided_elsewhere"


class VerdictOfAnotherError(PermissionDeniedError):
    """Somebody else's verdict; only they or a lead may take it back."""

    code = "console.verdict_of_another"


class VerdictForm(BaseModel):
    """The form as it is posted. Hidden fields prove what the reviewer had before them."""

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    version: int
    lease_token: int
    shown: str = Field(max_length=120)
    verdict: Verdict | None = None
    classification: str = Field("", pattern="^([AB][12])?$")
    reason: str = Field("", max_length=8000)

    def read(self, case_id: str, user_id: str) -> DecisionForm:
        """Return what the desk is asked. Raises InputInvalidError if no verdict was chosen."""
        if self.verdict is None:
            raise InputInvalidError("no verdict was chosen", field="verdict", remedy="choose one")
        confirmed = self.verdict is Verdict.CONFIRMED  # a class chosen before another verdict was does not count
        return DecisionForm(
            case_id=case_id,
            sha256=self.sha256,
            verdict=self.verdict,
            classification=Classification(self.classification) if confirmed and self.classification else None,
            reason=self.reason,
            user_id=user_id,
            lease_token=self.lease_token,
            version=self.version,
        )


@router.post("/cases/{case_id}/decide", dependencies=[require(Permission.DECIDE)])
def decide_case(request: Request, session: LiveSession, case_id: str, form: Annotated[VerdictForm, Form()]) -> Response:
    """Record the verdict on one file; it applies after the undo window."""
    stages = stages_of(request)
    check_shown(form.shown, session.csrf_token, case_id, stages.clock(), stages.settings.decide_delay_ms)
    try:
        decision = form.read(case_id, session.user.id)
        with stages.db.write() as connection:
            stages.desk.lock_file(connection, form.sha256)
            require_waiting(stages.desk.get_case(connection, case_id), form.sha256)
            stages.desk.decide(connection, decision)
    except InputInvalidError as problem:
        text = f"{problem.message}: {problem.remedy}" if problem.remedy else problem.message
        return render_case(request, session, case_id, status=422, sent=form.model_dump(), problem=text)
    return RedirectResponse(f"/console/cases/{case_id}", 303)


@router.post("/decisions/{decision_id}/undo", dependencies=[require(Permission.DECIDE)])
def undo_decision(request: Request, session: LiveSession, decision_id: str) -> Response:
    """Take a verdict back inside its undo window."""
    stages = stages_of(request)
    with stages.db.write() as connection:
        decision = stages.desk.load_decision(connection, decision_id)
        if decision.user_id != session.user.id and not session.user.may(Permission.REVERSE):
            raise VerdictOfAnotherError("somebody else gave this verdict; ask them or a lead to take it back")
        stages.desk.undo(connection, decision_id, session.user.id)
    return RedirectResponse(f"/console/cases/{decision.case_id}", 303)


@router.post("/decisions/{decision_id}/overturn", dependencies=[require(Permission.REVERSE)])
def overturn_decision(
    request: Request,
    session: LiveSession,
    decision_id: str,
    reason: Annotated[str, Form(min_length=3, max_length=2000)],
) -> Response:
    """Take an applied verdict back, with everything it did that still stands."""
    stages = stages_of(request)
    overturn_verdict(stages, decision_id, session.user.id, reason.strip())
    with stages.db.read() as connection:
        decision = stages.desk.load_decision(connection, decision_id)
    return RedirectResponse(f"/console/cases/{decision.case_id}", 303)


def require_waiting(case: CaseFile, sha256: str) -> CaseItem:
    """Return the item that waits here for a verdict on these bytes.

    Raises ItemMissingError, and DecidedElsewhereError for a file that a person need not see here.
    """
    items = [item for item in case.items if item.sha256 == sha256]
    if not items:
        raise ItemMissingError("the case has no such file")
    for item in items:
        if item.covered_by is not None and item.state is ItemState.UNDECIDED:
            raise DecidedElsewhereError(f"the case {item.covered_by} is ahead in the queue; its verdict covers this")
    return items[0]

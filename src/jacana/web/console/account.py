"""The page of an account, a text on demand, the verdict on an account and taking it back."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from jacana.model.errors import InputInvalidError
from jacana.model.verdict import AccountVerdict
from jacana.pipeline.accountwork import overturn_account
from jacana.review.accounts.items import AccountForm
from jacana.web.console.accountfile import gather_account
from jacana.web.console.accounttext import OpenedText, open_text
from jacana.web.console.case import render_case
from jacana.web.console.decide import VerdictOfAnotherError
from jacana.web.console.errors import ConsoleRoute
from jacana.web.console.pages import names_of_actors, render
from jacana.web.console.shown import check_shown
from jacana.web.gate import LiveSession, require, stages_of
from jacana.web.permissions import Permission

router = APIRouter(route_class=ConsoleRoute)

FindingId = Annotated[str, Form(pattern="^find_[0-9a-z_]{1,59}$")]
CaseId = Annotated[str, Form(pattern="^(case_[0-9a-z]+)?$")]


class AccountVerdictForm(BaseModel):
    """The form as it is posted. Hidden fields prove what the reviewer had before them."""

    account_id: str = Field(min_length=1, max_length=200)
    version: int
    lease_token: int
    shown: str = Field(max_length=120)
    finding_ids: list[str] = Field(default_factory=list, max_length=1000)
    verdict: AccountVerdict | None = None
    reason: str = Field("", max_length=8000)

    def read(self, case_id: str, user_id: str) -> AccountForm:
        """Return what the desk is asked. Raises InputInvalidError if no verdict was chosen."""
        if self.verdict is None:
            raise InputInvalidError("no verdict was chosen", field="verdict", remedy="choose one")
        return AccountForm(
            case_id=case_id,
            account_id=self.account_id,
            verdict=self.verdict,
            reason=self.reason,
            finding_ids=tuple(self.finding_ids),
            user_id=user_id,
            lease_token=self.lease_token,
            version=self.version,
        )


@router.get("/accounts/{account_id:path}", dependencies=[require(Permission.SEE_CASE)])
def show_account(request: Request, account_id: str) -> Response:
    """Show what is known of an account, what was found about it, and who is tied to it."""
    return render_account(request, account_id)


@router.post("/texts", dependencies=[require(Permission.VIEW_MEDIA)])
def show_text(request: Request, session: LiveSession, finding_id: FindingId, case_id: CaseId = "") -> Response:
    """Show the text that a finding speaks of, once, on the page it was asked for from; who looked goes on record."""
    stages = stages_of(request)
    with stages.db.write() as connection:
        opened = open_text(stages, connection, finding_id, case_id or None, session.user.actor)
    answer = (
        render_case(request, session, case_id, opened=(opened,))
        if case_id
        else render_account(request, opened.account_id, opened=(opened,))
    )
    answer.headers["cache-control"] = "no-store"
    return answer


@router.post("/cases/{case_id}/accounts/decide", dependencies=[require(Permission.DECIDE)])
def decide_account(
    request: Request, session: LiveSession, case_id: str, form: Annotated[AccountVerdictForm, Form()]
) -> Response:
    """Record the verdict on an account; it applies after the undo window."""
    stages = stages_of(request)
    check_shown(form.shown, session.csrf_token, case_id, stages.clock(), stages.settings.decide_delay_ms)
    try:
        decision = form.read(case_id, session.user.id)
        with stages.db.write() as connection:
            stages.account_desk.decide(connection, decision)
    except InputInvalidError as problem:
        text = f"{problem.message}: {problem.remedy}" if problem.remedy else problem.message
        return render_case(request, session, case_id, status=422, sent=form.model_dump(), problem=text)
    return RedirectResponse(f"/console/cases/{case_id}", 303)


@router.post("/account-verdicts/{review_id}/undo", dependencies=[require(Permission.DECIDE)])
def undo_account_verdict(request: Request, session: LiveSession, review_id: str) -> Response:
    """Take a verdict on an account back inside its undo window."""
    stages = stages_of(request)
    with stages.db.write() as connection:
        review = stages.account_desk.load(connection, review_id)
        if review.user_id != session.user.id and not session.user.may(Permission.REVERSE):
            raise VerdictOfAnotherError("somebody else gave this verdict; ask them or a lead to take it back")
        stages.account_desk.undo(connection, review_id, session.user.id)
    return RedirectResponse(f"/console/cases/{review.case_id}", 303)


@router.post("/account-verdicts/{review_id}/overturn", dependencies=[require(Permission.REVERSE)])
def overturn_account_verdict(
    request: Request,
    session: LiveSession,
    review_id: str,
    reason: Annotated[str, Form(min_length=3, max_length=2000)],
) -> Response:
    """Take an applied verdict on an account back, with everything it did that still stands."""
    stages = stages_of(request)
    overturn_account(stages, review_id, session.user.id, reason.strip())
    with stages.db.read() as connection:
        review = stages.account_desk.load(connection, review_id)
    return RedirectResponse(f"/console/cases/{review.case_id}", 303)


def render_account(request: Request, account_id: str, *, opened: Sequence[OpenedText] = ()) -> Response:
    """Return the page of an account; `opened` are texts that were asked for."""
    stages = stages_of(request)
    with stages.db.read() as connection:
        page = gather_account(stages, connection, account_id)
        names = names_of_actors(request, connection)
    return render(
        request,
        "account.html",
        section="queue",
        page=page,
        names=names,
        opened={text.finding_id: text for text in opened},
        undo_seconds=stages.settings.undo_seconds,
    )

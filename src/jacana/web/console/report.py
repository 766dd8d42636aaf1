"""Reports to the authority: what would be said, what is missing, and the second confirmation that filing takes."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from jacana.model.verdict import Verdict
from jacana.pipeline.reporting import approve_report, preview_report
from jacana.report.desk import ReportStaleError, Resolution
from jacana.report.facts import fingerprint_facts
from jacana.report.record import Report
from jacana.report.states import ReportState
from jacana.web.console.errors import ConsoleRoute
from jacana.web.console.pages import names_of_users, render
from jacana.web.gate import LiveSession, require, stages_of
from jacana.web.permissions import Permission

router = APIRouter(route_class=ConsoleRoute)

CONFIRMATION = "FILE"

STEPS = (
    ReportState.DRAFT,
    ReportState.APPROVED,
    ReportState.SUBMITTING,
    ReportState.OPEN,
    ReportState.UPLOADING,
    ReportState.FINISHING,
    ReportState.FILED,
)
"""The way of a report on which nothing goes wrong."""

MOVING = STEPS[1:-1]
"""States that a report leaves by itself within seconds, so that its page looks for news."""

LISTED = (
    ReportState.NEEDS_PERSON,
    ReportState.AMBIGUOUS,
    ReportState.DRAFT,
    ReportState.APPROVED,
    ReportState.SUBMITTING,
    ReportState.OPEN,
    ReportState.UPLOADING,
    ReportState.FINISHING,
    ReportState.FILED,
    ReportState.RETRACTED,
)
"""Order of the list: what waits for a person first."""


class ApprovalForm(BaseModel):
    """The second, different confirmation."""

    version: int
    shown: str = Field(max_length=64)
    """Fingerprint of the facts and the destination that the page showed."""
    confirmation: str = Field("", max_length=20)
    checked: Literal["", "yes"] = ""


class ResolutionForm(BaseModel):
    """What a person decides of a report that does not move on by itself."""

    version: int
    decision: Resolution
    reason: str = Field(min_length=3, max_length=400)
    understood: Literal["", "yes"] = ""


class DiscardForm(BaseModel):
    """Why a draft is given up."""

    version: int
    reason: str = Field(min_length=3, max_length=400)


@router.get("/reports", dependencies=[require(Permission.SEE_REPORT)])
def list_reports(request: Request, state: Annotated[ReportState | None, Query()] = None) -> Response:
    """List reports by state, those that wait for a person first."""
    stages = stages_of(request)
    with stages.db.read() as connection:
        reports = stages.reports.list_reports(connection)
        names = names_of_users(request, connection)
    counts = {listed: sum(report.state is listed for report in reports) for listed in LISTED}
    shown = [report for report in reports if state is None or report.state is state]
    shown.sort(key=lambda report: (LISTED.index(report.state), report.created_at))
    return render(request, "reports.html", section="reports", reports=shown, counts=counts, chosen=state, names=names)


@router.get("/reports/{report_id}", dependencies=[require(Permission.SEE_REPORT)])
def show_report(request: Request, report_id: str) -> Response:
    """Show the facts, the document, the files, every call, and what a person can do now."""
    return _render_report(request, report_id)


@router.post("/reports/{report_id}/approve", dependencies=[require(Permission.APPROVE_REPORT)])
def approve(request: Request, session: LiveSession, report_id: str, form: Annotated[ApprovalForm, Form()]) -> Response:
    """Freeze the facts and promise the filing, after the word was typed and the box checked."""
    if form.confirmation.strip() != CONFIRMATION or form.checked != "yes":
        problem = f"Nothing was filed. Type the word {CONFIRMATION} and check the box."
        return _render_report(request, report_id, status=422, problem=problem)
    approve_report(stages_of(request), report_id, form.version, session.user.id, form.shown)
    return RedirectResponse(f"/console/reports/{report_id}", 303)


@router.post("/reports/{report_id}/resolve", dependencies=[require(Permission.APPROVE_REPORT)])
def resolve(
    request: Request, session: LiveSession, report_id: str, form: Annotated[ResolutionForm, Form()]
) -> Response:
    """Submit again, stop, or send back; submitting again may file twice, so it must be said to be meant."""
    if form.decision == "submit_again" and form.understood != "yes":
        problem = "Nothing was changed. Submitting again needs the box to be checked."
        return _render_report(request, report_id, status=422, problem=problem)
    stages = stages_of(request)
    with stages.db.write() as connection:
        _require_version(stages.reports.load(connection, report_id), form.version)
        stages.reports.resolve_ambiguous(connection, report_id, session.user.id, form.decision, form.reason.strip())
    return RedirectResponse(f"/console/reports/{report_id}", 303)


@router.post("/reports/{report_id}/discard", dependencies=[require(Permission.APPROVE_REPORT)])
def discard(request: Request, session: LiveSession, report_id: str, form: Annotated[DiscardForm, Form()]) -> Response:
    """Give up a draft; nothing was sent and nothing will be."""
    stages = stages_of(request)
    with stages.db.write() as connection:
        _require_version(stages.reports.load(connection, report_id), form.version)
        stages.reports.discard(connection, report_id, session.user.id, form.reason.strip())
    return RedirectResponse(f"/console/reports/{report_id}", 303)


def list_resolutions(report: Report) -> list[Resolution]:
    """Return what a person may decide of this report now."""
    if report.state is ReportState.AMBIGUOUS:
        allowed: list[Resolution] = ["submit_again", "stop"]
    elif report.state is ReportState.NEEDS_PERSON:
        allowed = ["submit_again", "redraft", "stop"]
    else:
        return []
    impossible = {"stop"} if report.remote_id is not None else set()
    if report.approved_at is None:
        impossible.add("submit_again")
    return [item for item in allowed if item not in impossible]


def _require_version(report: Report, version: int) -> None:
    if report.version != version:
        raise ReportStaleError("the report has changed since it was shown; look at it again")


def _render_report(request: Request, report_id: str, *, status: int = 200, problem: str = "") -> Response:
    stages = stages_of(request)
    report, facts, preview = preview_report(stages, report_id)
    with stages.db.read() as connection:
        calls = stages.reports.list_calls(connection, report_id)
        verdicts = [stages.desk.standing_verdict(connection, file.sha256) for file in report.files]
        names = names_of_users(request, connection)
    return render(
        request,
        "report.html",
        status=status,
        section="reports",
        report=report,
        facts=facts,
        preview=preview,
        document=report.document.decode("utf-8", "replace") if report.document else preview.document,
        calls=calls,
        fingerprint=fingerprint_facts(facts, stages.settings.cybertip_environment),
        undecided=sum(found is None or found.verdict is not Verdict.CONFIRMED for found in verdicts),
        remote_files={file.upload_id: file for file in report.files},
        names=names,
        steps=STEPS,
        moving=MOVING,
        confirmation=CONFIRMATION,
        resolutions=list_resolutions(report),
        problem=problem,
    )

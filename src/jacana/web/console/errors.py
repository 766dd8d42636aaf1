"""Turns every error of a console route into a page a person can act on, without content and without a trace."""

import traceback
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from jacana.model.errors import (
    CredentialInvalidError,
    InputInvalidError,
    InputTooLargeError,
    JacanaError,
    PermissionDeniedError,
    ServiceUnavailableError,
    SetupInvalidError,
    StateConflictError,
    ThingNotFoundError,
)
from jacana.web.console.pages import home_of, render
from jacana.web.gate import LoginNeededError

log = structlog.get_logger("jacana.web")

FAMILIES: tuple[tuple[type[JacanaError], int], ...] = (
    (CredentialInvalidError, 401),
    (PermissionDeniedError, 403),
    (ThingNotFoundError, 404),
    (StateConflictError, 409),
    (InputTooLargeError, 413),
    (InputInvalidError, 422),
    (ServiceUnavailableError, 503),
    (SetupInvalidError, 503),
)

TITLES = {
    401: "Please log in",
    403: "You may not do this",
    404: "There is nothing here",
    405: "There is nothing here",
    409: "This has changed since you looked",
    413: "Too much was sent",
    415: "This cannot be shown",
    422: "Something is missing",
    503: "Jacana cannot do this now",
}

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ConsoleRoute(APIRoute):
    """A route whose errors become pages (or, for the console's own scripts, a short JSON message)."""

    def get_route_handler(self) -> Handler:
        """Wrap the usual handler."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except Exception as problem:
                return answer_problem(request, problem)

        return answer


def answer_problem(request: Request, problem: Exception) -> Response:
    """Return what the person gets to see of a problem."""
    if isinstance(problem, LoginNeededError) and request.method == "GET" and not _wants_json(request):
        target = quote(request.url.path, safe="/")
        return RedirectResponse(f"/console/login?next={target}", 303)
    status, code, message = _describe(problem)
    if status == 500:
        log.error("console page failed", code=code, path=request.scope["route"].path, where=_locate(problem))
    if _wants_json(request):
        return JSONResponse({"code": code, "message": message}, status)
    session = getattr(request.state, "session", None)
    return render(
        request,
        "error.html",
        status=status,
        title=TITLES.get(status, "Something went wrong"),
        message=message,
        code=code,
        look_again=_look_again(request) if status in {409, 422} else None,
        home=home_of(session) if session else "/console/login",
    )


def _describe(problem: Exception) -> tuple[int, str, str]:
    if isinstance(problem, JacanaError):
        status = next((status for family, status in FAMILIES if isinstance(problem, family)), 500)
        if status == 500:
            return 500, problem.code, "Jacana cannot do this now. An operator must look at it."
        return status, problem.code, _sentence(problem)
    if isinstance(problem, RequestValidationError):
        fields = ", ".join(sorted({str(error["loc"][-1]) for error in problem.errors()}))
        return 422, "console.form_invalid", f"The form is incomplete or was changed: {fields}."
    if isinstance(problem, HTTPException):
        return problem.status_code, "console.http", TITLES.get(problem.status_code, "Something went wrong") + "."
    return 500, f"unexpected.{type(problem).__name__}", "This page failed. Nothing was changed by it."


def _sentence(problem: JacanaError) -> str:
    parts = [problem.message]
    if isinstance(problem, (InputInvalidError, SetupInvalidError)) and problem.remedy:
        parts.append(problem.remedy)
    return " ".join(part[:1].upper() + part[1:].rstrip(".") + "." for part in parts)


def _locate(problem: Exception) -> str:
    """Return the last of our own files and its line; never the message, which may quote content."""
    frames = [frame for frame in traceback.extract_tb(problem.__traceback__) if "jacana" in Path(frame.filename).parts]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"


def _look_again(request: Request) -> str | None:
    """Return the page that shows the thing as it is now."""
    if case_id := request.path_params.get("case_id"):
        return f"/console/cases/{quote(case_id, safe='')}"
    if report_id := request.path_params.get("report_id"):
        return f"/console/reports/{quote(report_id, safe='')}"
    return None


def _wants_json(request: Request) -> bool:
    return request.headers.get("accept", "").startswith("application/json")

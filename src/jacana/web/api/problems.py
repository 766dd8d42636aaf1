"""Errors as RFC 9457 problem details: every family of the error tree has its status here and nowhere else in the API.

Never shows a trace, a value that was sent, or the message of an error nobody foresaw.
"""

from collections.abc import Mapping
from pathlib import Path
from traceback import extract_tb

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jacana.ingest.keys import ScopeMissingError
from jacana.ingest.validation import FieldProblem, describe_problems
from jacana.model.errors import (
    CredentialInvalidError,
    InputInvalidError,
    InputTooLargeError,
    IntegrityBrokenError,
    JacanaError,
    PermissionDeniedError,
    ServiceUnavailableError,
    SetupInvalidError,
    StateConflictError,
    ThingNotFoundError,
)
from jacana.model.ids import new_id

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5

STATUS_OF: tuple[tuple[type[JacanaError], int], ...] = (
    (InputTooLargeError, 413),
    (InputInvalidError, 422),
    (CredentialInvalidError, 401),
    (PermissionDeniedError, 403),
    (ThingNotFoundError, 404),
    (StateConflictError, 409),
    (ServiceUnavailableError, 503),
    (SetupInvalidError, 503),
    (IntegrityBrokenError, 500),
)
"""First match wins, so the narrower family comes first."""

TITLES = {
    400: "The request cannot be read",
    401: "Who are you?",
    403: "You may not",
    404: "There is no such thing",
    405: "The method is not allowed here",
    409: "Something has moved on",
    413: "The request is too large",
    415: "The media type is not supported",
    422: "The input is invalid",
    500: "Something is broken",
    503: "Not available now",
}

log = structlog.get_logger("jacana.web")


class ProblemField(BaseModel):
    """One thing that is wrong with the input."""

    code: str
    message: str
    field: str | None = None
    remedy: str | None = None


class Problem(BaseModel):
    """RFC 9457 problem details, with a stable `code`, the `field` that is wrong and the `remedy`."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | None = None
    remedy: str | None = None
    errors: list[ProblemField] | None = None
    incident: str | None = None


class MediaTypeUnsupportedError(InputInvalidError):
    """The body is of a media type this route does not read."""

    code = "input.media_type"


def install_problem_handlers(app: FastAPI) -> None:
    """Answer every error of the app with problem details. Routes that answer their own errors keep doing so."""
    app.add_exception_handler(JacanaError, _answer_jacana_error)
    app.add_exception_handler(RequestValidationError, _answer_validation_error)
    app.add_exception_handler(HTTPException, _answer_http_exception)
    app.add_middleware(UnexpectedErrorMiddleware)


def render_problem(
    status: int,
    code: str,
    detail: str,
    *,
    field: str | None = None,
    remedy: str | None = None,
    errors: tuple[FieldProblem, ...] = (),
    incident: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the problem as a response."""
    problem = Problem(
        type=f"urn:jacana:problem:{code}",
        title=TITLES.get(status, "The request failed"),
        status=status,
        detail=detail,
        code=code,
        field=field,
        remedy=remedy,
        errors=[describe_field(error) for error in errors] or None,
        incident=incident,
    )
    return JSONResponse(problem.model_dump(exclude_none=True), status, headers=headers, media_type=MEDIA_TYPE)


def describe_field(problem: FieldProblem) -> ProblemField:
    """Return one field's problem as the API shows it."""
    return ProblemField(code=problem.code, message=problem.message, field=problem.field, remedy=problem.remedy)


def status_of(error: JacanaError) -> int:
    """Return the HTTP status of an error's family; 500 for one of no family."""
    if isinstance(error, MediaTypeUnsupportedError):
        return 415
    return next((status for family, status in STATUS_OF if isinstance(error, family)), 500)


async def _answer_jacana_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, JacanaError)  # noqa: S101 - what it was registered for
    status = status_of(error)
    if status >= 500:
        log.error("request failed", code=error.code, route=_route(request), status=status)
    return render_problem(
        status,
        error.code,
        error.message,
        field=getattr(error, "field", None),
        remedy=getattr(error, "remedy", None),
        errors=getattr(error, "problems", ()),
        headers=_headers(error, status),
    )


def _headers(error: JacanaError, status: int) -> dict[str, str]:
    """Return the headers a status asks for: RFC 6750 section 3 for credentials, RFC 9110 section 10.2.3 for waiting."""
    if isinstance(error, CredentialInvalidError):
        return {"WWW-Authenticate": 'Bearer realm="jacana", error="invalid_token"'}
    if isinstance(error, ScopeMissingError):
        challenge = f'Bearer realm="jacana", error="insufficient_scope", scope="{error.scope}"'
        return {"WWW-Authenticate": challenge}
    return {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == 503 else {}


async def _answer_validation_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what it was registered for
    sent = [{**one, "loc": one["loc"][1:] or one["loc"]} for one in error.errors()]  # without `body`, `header`, `path`
    problems = tuple(describe_problems(sent))
    first = problems[0]
    detail = f"{first.field}: {first.message}" if first.field else first.message
    return render_problem(422, "input.fields_invalid", detail, field=first.field, remedy=first.remedy, errors=problems)


async def _answer_http_exception(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it was registered for
    code = {404: "route.unknown", 405: "route.method_not_allowed"}.get(error.status_code, "http.error")
    detail = TITLES.get(error.status_code, "The request failed")
    return render_problem(error.status_code, code, f"{detail}.", headers=error.headers)


class UnexpectedErrorMiddleware:
    """Turns what nobody foresaw into a problem with an incident id, and logs where it happened but not what it said."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; answer an unexpected error if nothing was answered yet.

        Otherwise return: a server closes the connection of an answer that was not finished, so the caller sees that it
        is incomplete. Raised further, the error would be printed by the server with all it says.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            incident = _log_unexpected(scope, error)
            if started:
                return
            answer = render_problem(
                500,
                "jacana.unexpected",
                "Jacana met an error that nobody foresaw; nothing was changed by this request.",
                remedy="repeat the request, or give the operator the incident id",
                incident=incident,
            )
            await answer(scope, receive, send)


def _log_unexpected(scope: Scope, error: Exception) -> str:
    """Log the error's type and where it happened, never what it said; return the incident's id."""
    incident = new_id("incident")
    cause = error.__cause__  # Starlette wraps a known error that comes too late to be answered
    origin = cause if isinstance(cause, JacanaError) and type(error) is RuntimeError else error
    frames = extract_tb(origin.__traceback__)
    log.error(
        "unexpected error",
        incident=incident,
        route=_route(Request(scope)),
        error=type(origin).__name__,
        trace=[f"{Path(frame.filename).name}:{frame.lineno}:{frame.name}" for frame in frames],
    )
    return incident


def _route(request: Request) -> str:
    """Return the route's pattern: a path itself may hold ids."""
    return str(getattr(request.scope.get("route"), "path", "unknown"))

"""The sandbox's own controls, for tests and demonstrations: what was received, which faults are on, what time it is.

Answers only callers on this machine, because there is no log-in here.
"""

from collections.abc import Awaitable, Callable
from json import JSONDecodeError
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from jacana.model.errors import InputInvalidError
from jacana.report.environments import is_loopback
from jacana.report.sandbox.faults import DEFAULT_SLOW_SECONDS, SWITCHES, Switchboard
from jacana.report.sandbox.machine import ReceivedReport, Stage, expires_at
from jacana.report.sandbox.receiver import Receiver

Handler = Callable[[Request], Awaitable[Response]]


def build_admin_routes(
    receiver: Receiver, switches: Switchboard, advance_clock: Callable[[float], None]
) -> list[BaseRoute]:
    """Return the routes under /sandbox."""

    async def list_reports(_request: Request) -> Response:
        return JSONResponse([describe_report(report) for report in receiver.list_reports()])

    async def show_report(request: Request) -> Response:
        wanted = int(request.path_params["id"])
        found = next((report for report in receiver.list_reports() if report.id == wanted), None)
        if found is None:
            return JSONResponse({"error": "there is no such report"}, status_code=404)
        return JSONResponse(describe_report(found, documents=True))

    async def list_calls(_request: Request) -> Response:
        return JSONResponse(receiver.shelf.list_calls())

    async def faults(request: Request) -> Response:
        if request.method == "POST":
            _arm(switches, await _read_object(request))
        elif request.method == "DELETE":
            switches.clear()
        return JSONResponse({"on": switches.describe(), "known": SWITCHES})

    async def clock(request: Request) -> Response:
        seconds = (await _read_object(request)).get("advance_seconds")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
            raise InputInvalidError("advance_seconds must be a number, 0 or more", field="advance_seconds")
        advance_clock(float(seconds))
        return JSONResponse({"advanced_seconds": seconds})

    return [
        Route("/sandbox/reports", _local(list_reports)),
        Route("/sandbox/reports/{id:int}", _local(show_report)),
        Route("/sandbox/calls", _local(list_calls)),
        Route("/sandbox/faults", _local(faults), methods=["GET", "POST", "DELETE"]),
        Route("/sandbox/clock", _local(clock), methods=["POST"]),
    ]


def describe_report(report: ReceivedReport, *, documents: bool = False) -> dict[str, Any]:
    """Return a received report as JSON values; with its XML documents if asked."""
    described: dict[str, Any] = {
        "id": report.id,
        "account": report.account,
        "state": report.stage.value,
        "opened_at": report.opened_at.isoformat(),
        "closed_at": None if report.closed_at is None else report.closed_at.isoformat(),
        "expires_at": expires_at(report).isoformat() if report.stage is Stage.OPEN else None,
        "files": [
            {
                "id": file.id,
                "name": file.name,
                "md5": file.md5,
                "size_bytes": file.size_bytes,
                "described": file.details is not None,
                **({"document": file.details.decode()} if documents and file.details is not None else {}),
            }
            for file in report.files
        ],
    }
    if documents:
        described["document"] = report.document.decode("utf-8", "replace")
    return described


def _local(handler: Handler) -> Handler:
    async def guarded(request: Request) -> Response:
        if request.client is None or not is_loopback(request.client.host):
            return JSONResponse({"error": "the sandbox's controls answer only on its own machine"}, status_code=403)
        try:
            return await handler(request)
        except InputInvalidError as problem:
            answer = {"error": problem.message, "field": problem.field, "remedy": problem.remedy}
            return JSONResponse(answer, status_code=400)

    return guarded


async def _read_object(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except (JSONDecodeError, UnicodeDecodeError):
        body = None
    if not isinstance(body, dict):
        raise InputInvalidError("the body must be a JSON object", remedy='as in {"switch": "wrong_md5"}')
    return body


def _arm(switches: Switchboard, body: dict[str, Any]) -> None:
    count, seconds = body.get("count"), body.get("seconds", DEFAULT_SLOW_SECONDS)
    if count is not None and (isinstance(count, bool) or not isinstance(count, int)):
        raise InputInvalidError("count must be a whole number", field="count")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise InputInvalidError("seconds must be a number", field="seconds")
    switches.arm(
        str(body.get("switch")),
        endpoint=body.get("endpoint"),
        count=count,
        always=body.get("always") is True,
        seconds=float(seconds),
    )

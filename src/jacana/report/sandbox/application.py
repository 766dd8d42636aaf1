"""The sandbox as a web application: log-in, paths, forms, faults and answers around the receiver.

Every answer carries a Request-ID, as NCMEC's do.
"""

import asyncio
import base64
import binascii
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jacana.model.clock import Clock
from jacana.report.sandbox.admin import build_admin_routes
from jacana.report.sandbox.faults import Switchboard
from jacana.report.sandbox.forms import Form, FormInvalidError, read_form
from jacana.report.sandbox.receiver import Account, Receiver
from jacana.report.sandbox.replies import DESCRIPTIONS, SUCCESS, Reply, refuse, render_reply
from jacana.report.schema import schema_bytes

BASE_PATH = "/ispws"
_LARGEST_DOCUMENT = 16 * 2**20
_HUGE_ANSWER = 10 * 2**20
_REALM = 'Basic realm="ESP Web Services"'
_INSTEAD = ("code_1000", "code_1100", "code_1110", "code_1111", "code_1300", "code_9999")

DropConnection = Callable[[Request], Awaitable[None]]
Work = Callable[[Account, Request], Awaitable[Reply]]


class _DocumentRefusedError(Exception):
    """The body is not an XML document of acceptable size."""


class SandboxApplication:
    """Turns requests into calls of the receiver and its replies into answers, with the armed faults in between."""

    def __init__(self, receiver: Receiver, switches: Switchboard, clock: Clock, drop: DropConnection) -> None:
        self._receiver, self._switches, self._clock, self._drop = receiver, switches, clock, drop

    def build(self, advance_clock: Callable[[float], None]) -> Starlette:
        """Return the ASGI application with the service under /ispws and its controls under /sandbox."""
        works: dict[str, Work] = {
            "status": self._status,
            "submit": self._submit,
            "upload": self._upload,
            "fileinfo": self._fileinfo,
            "finish": self._finish,
            "retract": self._retract,
        }
        routes = [
            Route(f"{BASE_PATH}/{name}", self._endpoint(name, work), methods=["GET"] if name == "status" else ["POST"])
            for name, work in works.items()
        ]
        routes.append(Route(f"{BASE_PATH}/xsd", self._endpoint("xsd", None), methods=["GET"]))
        admin = build_admin_routes(self._receiver, self._switches, advance_clock)
        everything_else = Route("/{path:path}", self._endpoint("unknown", self._not_found), methods=None)
        return Starlette(routes=[*admin, *routes, everything_else])

    def _endpoint(self, name: str, work: Work | None) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            request_id = secrets.token_hex(16)
            account = self._log_in(request)
            response, reply, fault = await self._answer(name, work, account, request)
            self._receiver.shelf.add_call(
                request_id,
                self._clock(),
                account.user if account else None,
                name,
                reply.code,
                reply.report_id,
                fault,
            )
            response.headers["Request-ID"] = request_id
            if fault.startswith("drop"):
                await self._drop(request)
            return response

        return handle

    async def _answer(
        self, name: str, work: Work | None, account: Account | None, request: Request
    ) -> tuple[Response, Reply, str]:
        if account is None:
            await _drain(request)
            return self._refuse_log_in(name), refuse(2000), ""
        instead = self._find_fault_instead(name)
        if instead is not None:
            await _drain(request)
            return self._answer_instead(name, instead), Reply(_code_of(instead)), instead
        if work is None:
            body = schema_bytes(self._receiver.edition)
            return Response(body, media_type="application/xml"), Reply(SUCCESS), ""
        try:
            reply = await work(account, request)
        except (FormInvalidError, _DocumentRefusedError) as problem:
            reply = refuse(4000, str(problem))
        if reply.code != SUCCESS:
            return self._render(name, reply), reply, ""
        return await self._answer_success(name, reply)

    def _find_fault_instead(self, name: str) -> str | None:
        for switch in (*_INSTEAD, "http_429", "http_503", "drop_before_commit"):
            if self._switches.take(switch, name):
                return switch
        return None

    def _answer_instead(self, name: str, switch: str) -> Response:
        if switch.startswith("code_"):
            code = _code_of(switch)
            return self._render(name, Reply(code, DESCRIPTIONS[code]))
        return Response(status_code=503 if switch == "http_503" else 429)

    async def _answer_success(self, name: str, reply: Reply) -> tuple[Response, Reply, str]:
        """Render a success, bent by at most one fault. The work is done by now."""
        if slow := self._switches.take("slow", name):
            await asyncio.sleep(slow.seconds)
            return self._render(name, reply), reply, "slow"
        if name == "upload" and self._switches.take("wrong_md5", name):
            return self._render(name, replace(reply, hash="0" * 32)), reply, "wrong_md5"
        if self._switches.take("missing_id", name):
            return self._render(name, replace(reply, report_id=None, file_id=None)), reply, "missing_id"
        if name == "finish" and reply.file_ids and self._switches.take("omit_file_id", name):
            return self._render(name, replace(reply, file_ids=reply.file_ids[:-1])), reply, "omit_file_id"
        for switch in ("invalid_xml", "huge_answer", "doctype_answer", "drop_after_commit"):
            if self._switches.take(switch, name):
                return Response(_spoil(switch, render_reply(reply)), media_type="application/xml"), reply, switch
        return self._render(name, reply), reply, ""

    def _render(self, name: str, reply: Reply) -> Response:
        latin1 = self._switches.take("latin1_header", name)
        content_type = "application/xml;charset=ISO-8859-1" if latin1 else "application/xml;charset=UTF-8"
        status = 200 if self._switches.take("legacy", name) else reply.http_status
        return Response(render_reply(reply), status_code=status, headers={"Content-Type": content_type})

    def _refuse_log_in(self, name: str) -> Response:
        if self._switches.take("empty_401", name):
            return Response(status_code=401, headers={"WWW-Authenticate": _REALM})
        response = self._render(name, refuse(2000))
        response.headers["WWW-Authenticate"] = _REALM
        return response

    def _log_in(self, request: Request) -> Account | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            user, _, password = base64.b64decode(token, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return None
        return self._receiver.log_in(user, password)

    async def _status(self, account: Account, request: Request) -> Reply:
        return self._receiver.status(account, request.client.host if request.client else "")

    async def _submit(self, account: Account, request: Request) -> Reply:
        body = await _read_document(request)
        lenient = self._switches.take("lenient", "submit") is not None
        return self._receiver.submit(account, body, lenient=lenient)

    async def _upload(self, account: Account, request: Request) -> Reply:
        form = await read_form(request)
        return self._receiver.upload(account, form.fields.get("id"), form.files.get("file"))

    async def _fileinfo(self, account: Account, request: Request) -> Reply:
        body = await _read_document(request)
        lenient = self._switches.take("lenient", "fileinfo") is not None
        return self._receiver.describe_file(account, body, lenient=lenient)

    async def _finish(self, account: Account, request: Request) -> Reply:
        form: Form = await read_form(request)
        return self._receiver.finish(account, form.fields.get("id"))

    async def _retract(self, account: Account, request: Request) -> Reply:
        form: Form = await read_form(request)
        return self._receiver.retract(account, form.fields.get("id"))

    async def _not_found(self, account: Account, request: Request) -> Reply:
        await _drain(request)
        return refuse(1210)


async def _read_document(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("text/xml", "application/xml"):
        await _drain(request)
        raise _DocumentRefusedError("the content type must be text/xml; charset=utf-8")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_DOCUMENT:
            raise _DocumentRefusedError("the document is too large")
    return bytes(body)


async def _drain(request: Request) -> None:
    """Read what the client sends, so that it gets to read the answer instead of a broken connection."""
    async for _ in request.stream():
        pass


def _code_of(switch: str) -> int:
    return int(switch.removeprefix("code_")) if switch.startswith("code_") else -1


def _spoil(switch: str, body: bytes) -> bytes:
    if switch == "invalid_xml":
        return body[: len(body) // 2]
    if switch == "huge_answer":
        return body.replace(b"<responseCode>", b" " * _HUGE_ANSWER + b"<responseCode>", 1)
    if switch == "doctype_answer":
        doctype = b'<!DOCTYPE answer [<!ENTITY word "Success">]>'
        return body.replace(b"?>", b"?>" + doctype, 1).replace(b">Success<", b">&word;<")
    return body

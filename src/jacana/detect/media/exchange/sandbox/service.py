"""The sandbox as a web application: log-in, the calls of the list, and the armed switches in between."""

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from jacana.detect.media.exchange.ranges import format_instant
from jacana.detect.media.exchange.sandbox import answers
from jacana.detect.media.exchange.sandbox.shared_list import Account, Call, SharedEntry, SharedList
from jacana.detect.media.exchange.sandbox.switches import Switches
from jacana.model.clock import Clock

BASE_PATH = "/hashsharing"
DEFAULT_PAGE_SIZE = 1000
_SIGNALS = ("MD5", "SHA1", "PDNA", "PDQ", "NETCLEAN", "VIDENTIFIER", "TMK_PDQF", "SSVH_PDNA", "SSVH_SAFER_HASH")
_LARGEST_DOCUMENT = 1 << 20

CutConnection = Callable[[Request], Awaitable[None]]
Work = Callable[[Account, Request], Awaitable[Response]]


class HashSharing:
    """Turns requests into calls of the list and its content into answers."""

    def __init__(
        self, shared: SharedList, switches: Switches, clock: Clock, cut: CutConnection, page_size: int
    ) -> None:
        self._shared, self._switches, self._clock, self._cut = shared, switches, clock, cut
        self.page_size = page_size

    def build_routes(self) -> list[BaseRoute]:
        """Return the routes under /hashsharing."""
        entry = "/v2/entries/{member:int}/{entry}"
        works: list[tuple[str, str, str, Work]] = [
            ("GET", "/v2/status", "status", self._status),
            ("GET", "/v2/members", "members", self._members),
            ("GET", "/v2/entries", "entries", self._entries),
            ("GET", "/v2/entries/{row:int}/fingerprints/{signal}", "fingerprint", self._fingerprint),
            ("GET", "/v2/feedback/{signal}/reasons", "reasons", self._reasons),
            ("PUT", f"{entry}/{{signal}}/feedback", "feedback", self._feedback),
            ("PUT", entry, "contribute", self._contribute),
            ("POST", entry, "contribute", self._contribute),
            ("DELETE", entry, "contribute", self._withdraw),
        ]
        return [
            Route(BASE_PATH + path, self._endpoint(name, work), methods=[method], name=f"{name}-{method}")
            for method, path, name, work in works
        ]

    def _endpoint(self, name: str, work: Work) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            account = self._log_in(request)
            response = await self._answer(name, work, account, request)
            self._shared.note(
                Call(
                    self._clock(),
                    account.user if account else None,
                    request.method,
                    request.url.path.removeprefix(BASE_PATH),
                    request.url.query,
                    response.status_code,
                )
            )
            response.headers["Date"] = format_datetime(self._clock().astimezone(UTC), usegmt=True)
            if self._switches.take("cut", name):
                await self._cut(request)
            return response

        return handle

    async def _answer(self, name: str, work: Work, account: Account | None, request: Request) -> Response:
        if account is None:
            return Response(status_code=401, headers={"WWW-Authenticate": 'Basic realm="Hash Sharing"'})
        if slow := self._switches.take("slow", name):
            await asyncio.sleep(slow.seconds)
        if busy := self._switches.take("http_429", name):
            return Response(status_code=429, headers={"Retry-After": f"{busy.seconds:g}"})
        if self._switches.take("http_500", name):
            return Response(status_code=500)
        response = await work(account, request)
        return self._spoil(name, response) if response.status_code < 300 else response

    def _spoil(self, name: str, response: Response) -> Response:
        body = bytes(response.body)
        if self._switches.take("broken_xml", name):
            return _xml(body[: len(body) // 2])
        if self._switches.take("web_page", name):
            return Response(b"<!doctype html><title>Maintenance</title><p>Back soon", media_type="text/html")
        if self._switches.take("doctype", name):
            return _xml(body.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY word "y">]>', 1))
        return response

    def _log_in(self, request: Request) -> Account | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            user, _, password = base64.b64decode(token, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return None
        return self._shared.log_in(user, password) if scheme.lower() == "basic" else None

    async def _status(self, account: Account, request: Request) -> Response:
        return _xml(answers.render_status(account, request.client.host if request.client else ""))

    async def _members(self, account: Account, request: Request) -> Response:
        return _xml(answers.render_members(self._shared.accounts))

    async def _entries(self, account: Account, request: Request) -> Response:
        query = request.query_params
        try:
            start, end = _parse_instant(query["from"]), _parse_instant(query["to"])
            after, last = int(query.get("start", 0)), int(query.get("max", 2**62))
            size = int(query.get("size", self.page_size))
        except (KeyError, ValueError):
            return Response("from and to are moments in UTC", status_code=400)
        left = [entry for entry in self._shared.query(start, end) if after < entry.row <= last]
        page, rest = left[:size], left[size:]
        return _xml(answers.render_page(self._shared, page, self._name_next(start, end, size, page, rest)))

    def _name_next(
        self, start: datetime, end: datetime, size: int, page: list[SharedEntry], rest: list[SharedEntry]
    ) -> str | None:
        if not rest:
            return None
        if self._switches.take("wrong_next", "entries"):
            start, end = end, self._clock()
        asked = {"from": format_instant(start), "to": format_instant(end)}
        return f"/v2/entries?{urlencode(asked | {'start': page[-1].row, 'size': size, 'max': rest[-1].row}, safe=':')}"

    async def _fingerprint(self, account: Account, request: Request) -> Response:
        entry = self._shared.find_row(request.path_params["row"])
        wanted = request.path_params["signal"].lower().replace("_", "-")
        raw = entry.large.get(wanted) if entry else None
        if raw is None:
            return Response(status_code=404)
        return Response(raw, media_type="application/octet-stream")

    async def _reasons(self, account: Account, request: Request) -> Response:
        if request.path_params["signal"] not in _SIGNALS:
            return Response(status_code=404)
        return _xml(answers.render_reasons(nested=self._switches.take("reasons_nested", "reasons") is not None))

    async def _feedback(self, account: Account, request: Request) -> Response:
        where = request.path_params
        if where["signal"] not in _SIGNALS:
            return Response(status_code=404)
        try:
            document = await _read_document(request)
            ballot = answers.read_ballot(document, account.member, where["signal"], self._clock())
        except answers.DocumentInvalidError as problem:
            return Response(str(problem), status_code=400)
        found = self._shared.vote(where["member"], where["entry"], ballot)
        return _xml(answers.render_submission()) if found else Response(status_code=404)

    async def _contribute(self, account: Account, request: Request) -> Response:
        where = request.path_params
        if not account.may_write or where["member"] != account.member:
            return Response(status_code=403)
        try:
            given = answers.read_contribution(await _read_document(request))
        except answers.DocumentInvalidError as problem:
            return Response(str(problem), status_code=400)
        self._shared.put(
            account.member, where["entry"], given.kind, given.fingerprints, classification=given.classification
        )
        return _xml(answers.render_submission())

    async def _withdraw(self, account: Account, request: Request) -> Response:
        where = request.path_params
        if not account.may_write or where["member"] != account.member:
            return Response(status_code=403)
        found = self._shared.delete(account.member, where["entry"])
        return _xml(answers.render_submission()) if found else Response(status_code=404)


async def _read_document(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_DOCUMENT:
            raise answers.DocumentInvalidError("the document is too large")
    if kind != "application/xml":
        raise answers.DocumentInvalidError("the content type must be application/xml")
    return bytes(body)


def _parse_instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def _xml(body: bytes) -> Response:
    return Response(body, media_type="application/xml")

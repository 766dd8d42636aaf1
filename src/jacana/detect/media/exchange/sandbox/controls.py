"""The sandbox's own controls: add, change and delete entries, see calls and votes, set switches, move its clock.

Answers only callers on this machine, because there is no log-in here. Files that are sent are hashed and not kept.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from html import escape
from json import JSONDecodeError
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from jacana.detect.media.exchange.environments import is_loopback_url
from jacana.detect.media.exchange.sandbox.shared_list import SharedEntry, SharedList
from jacana.detect.media.exchange.sandbox.switches import DEFAULT_SECONDS, SWITCHES, Switches
from jacana.model.errors import InputInvalidError

Handler = Callable[[Request], Awaitable[Response]]
FileHasher = Callable[[bytes], tuple[str, dict[str, str]]]
"""Bytes of a file -> `image` or `video`, and its fingerprints by name. Raises InputInvalidError."""


def hash_bytes(data: bytes) -> tuple[str, dict[str, str]]:
    """Return a file's digests, taking every file for a video: pictures need a hasher that can read them."""
    return "video", {"md5": hashlib.md5(data).hexdigest(), "sha1": hashlib.sha1(data).hexdigest()}  # noqa: S324


def add_file(shared: SharedList, name: str, data: bytes, hasher: FileHasher | None) -> SharedEntry:
    """Put an innocent file's hashes on the list, as the first member's entry. Raises InputInvalidError."""
    kind, fingerprints = (hasher or hash_bytes)(data)
    entry_id = "".join(letter if letter.isalnum() else "-" for letter in name).strip("-")[:60] or "file"
    return shared.put(shared.accounts[0].member, entry_id, kind, fingerprints)


def build_control_routes(
    shared: SharedList, switches: Switches, advance_clock: Callable[[float], None], hasher: FileHasher | None
) -> list[BaseRoute]:
    """Return the routes under /sandbox."""
    controls = _Controls(shared, switches, advance_clock, hasher)
    return [
        Route("/sandbox/", _local(controls.page)),
        Route("/sandbox/entries", _local(controls.entries), methods=["GET", "POST", "DELETE"]),
        Route("/sandbox/files", _local(controls.files), methods=["POST"]),
        Route("/sandbox/calls", _local(controls.calls)),
        Route("/sandbox/faults", _local(controls.faults), methods=["GET", "POST", "DELETE"]),
        Route("/sandbox/clock", _local(controls.clock), methods=["POST"]),
    ]


class _Controls:
    """The handlers behind the routes."""

    def __init__(
        self,
        shared: SharedList,
        switches: Switches,
        advance_clock: Callable[[float], None],
        hasher: FileHasher | None,
    ) -> None:
        self._shared, self._switches, self._advance_clock, self._hasher = shared, switches, advance_clock, hasher

    async def page(self, _request: Request) -> Response:
        """Show the list and a form that adds to it."""
        return HTMLResponse(_render_page(self._shared))

    async def entries(self, request: Request) -> Response:
        """List, add, change or delete entries, as JSON."""
        if request.method == "GET":
            return JSONResponse([_describe(entry) for entry in self._shared.list_entries()])
        body = await _read_object(request)
        member, entry_id = _read_name(self._shared, body)
        if request.method == "DELETE":
            return JSONResponse({"deleted": self._shared.delete(member, entry_id)})
        return JSONResponse(_describe(_put(self._shared, body, member, entry_id)))

    async def files(self, request: Request) -> Response:
        """Hash a file that the form sent and add the hashes."""
        async with request.form() as form:
            sent = form.get("file")
            if not isinstance(sent, UploadFile):
                raise InputInvalidError("no file was sent", field="file", remedy="send a form with a field named file")
            data = await sent.read()
        await run_in_threadpool(add_file, self._shared, sent.filename or "file", data, self._hasher)
        return RedirectResponse("/sandbox/", status_code=303)

    async def calls(self, _request: Request) -> Response:
        """List the calls as they came."""
        described = [asdict(call) | {"at": call.at.isoformat()} for call in self._shared.list_calls()]
        return JSONResponse(described)

    async def faults(self, request: Request) -> Response:
        """Show the switches, set one, or switch everything off."""
        if request.method == "POST":
            _arm(self._switches, await _read_object(request))
        elif request.method == "DELETE":
            self._switches.clear()
        return JSONResponse({"on": self._switches.describe(), "known": SWITCHES})

    async def clock(self, request: Request) -> Response:
        """Move the sandbox's time."""
        seconds = _read_number(await _read_object(request), "advance_seconds")
        self._advance_clock(seconds)
        return JSONResponse({"advanced_seconds": seconds})


def _put(shared: SharedList, body: dict[str, Any], member: int, entry_id: str) -> SharedEntry:
    kind, hashes, large = body.get("kind", "video"), body.get("fingerprints", {}), body.get("large", {})
    if kind not in ("image", "video"):
        raise InputInvalidError("kind is image or video", field="kind", remedy="send one of them")
    if not isinstance(hashes, dict) or not isinstance(large, dict):
        raise InputInvalidError(
            "fingerprints and large are objects", field="fingerprints", remedy='as in {"md5": "0123…"}'
        )
    try:
        raw = {str(name): bytes.fromhex(str(value)) for name, value in large.items()}
    except ValueError:
        raise InputInvalidError("large fingerprints are hexadecimal", field="large", remedy="send digits") from None
    return shared.put(
        member,
        entry_id,
        kind,
        {str(name): str(value) for name, value in hashes.items()},
        classification=body.get("classification"),
        large=raw,
        left_out=frozenset(str(name) for name in body.get("left_out", [])),
    )


def _describe(entry: SharedEntry) -> dict[str, Any]:
    return {
        "member": entry.member,
        "id": entry.id,
        "kind": entry.kind,
        "changed_at": entry.changed_at.isoformat(),
        "classification": entry.classification,
        "fingerprints": dict(entry.fingerprints),
        "large": {name: raw.hex() for name, raw in entry.large.items()},
        "deleted": entry.deleted,
        "votes": [
            {"member": one.member, "signal": one.signal, "agrees": not one.reasons, "reasons": list(one.reasons)}
            for one in entry.ballots
        ],
    }


def _render_page(shared: SharedList) -> str:
    rows = "".join(
        f"<tr><td>{entry.member}-{escape(entry.id)}<td>{entry.kind}"
        f"<td>{'deleted' if entry.deleted else escape(', '.join((*entry.fingerprints, *entry.large)))}"
        f"<td>{sum(not one.reasons for one in entry.ballots)}<td>{sum(bool(one.reasons) for one in entry.ballots)}"
        for entry in shared.list_entries()
    )
    return (
        "<!doctype html><meta charset=utf-8><title>Sandbox hash list</title><h1>Sandbox hash list</h1>"
        "<p>This is not NCMEC. Send it drawn or innocent files only; they are hashed and not kept."
        '<form method=post action=/sandbox/files enctype="multipart/form-data">'
        "<input type=file name=file required> <button>Add its hashes</button></form>"
        f"<table><tr><th>entry<th>kind<th>hashes<th>for<th>against{rows}</table>"
    )


def _read_name(shared: SharedList, body: dict[str, Any]) -> tuple[int, str]:
    member, entry_id = body.get("member", shared.accounts[0].member), body.get("id")
    if isinstance(member, bool) or not isinstance(member, int) or not isinstance(entry_id, str) or not entry_id:
        raise InputInvalidError(
            "an entry has a member (a number) and an id (text)", field="id", remedy='as in {"member": 7, "id": "42"}'
        )
    return member, entry_id


def _read_number(body: dict[str, Any], name: str) -> float:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputInvalidError(f"{name} must be a number", field=name, remedy="send a number")
    return float(value)


def _arm(switches: Switches, body: dict[str, Any]) -> None:
    count = body.get("count")
    if count is not None and (isinstance(count, bool) or not isinstance(count, int)):
        raise InputInvalidError("count must be a whole number", field="count", remedy="send 1 or more")
    switches.arm(
        str(body.get("switch")),
        endpoint=body.get("endpoint"),
        count=count,
        always=body.get("always") is True,
        seconds=_read_number({"seconds": DEFAULT_SECONDS} | body, "seconds"),
    )


async def _read_object(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except (JSONDecodeError, UnicodeDecodeError):
        body = None
    if not isinstance(body, dict):
        raise InputInvalidError("the body must be a JSON object", remedy='as in {"switch": "cut"}')
    return body


def _local(handler: Handler) -> Handler:
    async def guarded(request: Request) -> Response:
        if request.client is None or not is_loopback_url(f"http://{request.client.host}"):
            return JSONResponse({"error": "the sandbox's controls answer only on its own machine"}, status_code=403)
        if request.headers.get("origin", "").removeprefix("http://") not in ("", request.headers.get("host", "")):
            return JSONResponse({"error": "another site may not use the controls"}, status_code=403)
        try:
            return await handler(request)
        except InputInvalidError as problem:
            answer = {"error": problem.message, "field": problem.field, "remedy": problem.remedy}
            return JSONResponse(answer, status_code=400)

    return guarded

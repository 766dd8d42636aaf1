"""Looking at material: each look is announced, logged and measured; only then are bytes given, to that person alone.

Never sends a type the uploader claimed, never sends bytes without a live lease, a logged view and a reason to look.
"""

import math
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Annotated

import anyio
from fastapi import APIRouter, Form, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.exceptions import HTTPException
from starlette.types import Message, Send

from jacana.db.engine import Connection
from jacana.model.errors import InputInvalidError, PermissionDeniedError, StateConflictError
from jacana.pipeline.stages import Stages
from jacana.review.cases import ItemState, View, ViewPurpose
from jacana.review.errors import LeaseLostError
from jacana.web.console.decide import require_waiting
from jacana.web.console.errors import ConsoleRoute
from jacana.web.console.showable import choose_media_type, parse_range
from jacana.web.console.words import play_time
from jacana.web.gate import LiveSession, require, stages_of
from jacana.web.permissions import Permission
from jacana.web.security import MEDIA_CONTENT_SECURITY_POLICY
from jacana.web.users import User

router = APIRouter(route_class=ConsoleRoute)

MAX_RANGES_TEXT = 32_000


class ViewNeedlessError(StateConflictError):
    """The file has its verdict; nobody needs to look at it."""

    code = "console.view_needless"


class ViewForeignError(PermissionDeniedError):
    """The view is another person's, of another file, or over."""

    code = "console.view_foreign"


class MediaNavigatedError(PermissionDeniedError):
    """The address of material was opened as a page of its own."""

    code = "console.media_navigated"


@router.post("/cases/{case_id}/views", dependencies=[require(Permission.VIEW_MEDIA)])
def start_view(
    request: Request,
    session: LiveSession,
    case_id: str,
    sha256: Annotated[str, Form(pattern="^[0-9a-f]{64}$")],
    purpose: Annotated[ViewPurpose, Form()] = ViewPurpose.DECIDE,
) -> Response:
    """Log a look before anything is shown; answer with the view's id and the address of the bytes."""
    stages = stages_of(request)
    with stages.db.write() as connection:
        stages.desk.lock_file(connection, sha256)
        item = require_waiting(stages.desk.get_case(connection, case_id), sha256)
        if item.state is ItemState.DECIDED:
            raise ViewNeedlessError("the file has its verdict; nobody needs to look at it")
        if item.state is ItemState.PENDING:
            purpose = ViewPurpose.RECHECK
        view = stages.desk.start_view(connection, session.user.id, case_id, sha256, purpose)
    return JSONResponse({"view": view.id, "media": f"/console/media/{case_id}/{sha256}?view={view.id}"})


@router.post("/cases/{case_id}/views/{view_id}", dependencies=[require(Permission.VIEW_MEDIA)])
def record_progress(
    request: Request,
    session: LiveSession,
    case_id: str,
    view_id: str,
    ranges: Annotated[str, Form(max_length=MAX_RANGES_TEXT)],
    revealed_ms: Annotated[int, Form(ge=0)],
) -> Response:
    """Add up what was revealed; what cannot have been seen in the time that passed is refused."""
    stages = stages_of(request)
    seconds = read_ranges(ranges)
    with stages.db.write() as connection:
        sha256 = _find_view(stages, connection, case_id, view_id, session.user).sha256
        media = stages.screener.load_analysis(connection, sha256)
        view = stages.desk.record_progress(
            connection,
            view_id,
            session.user.id,
            seconds,
            revealed_ms,
            duration_seconds=media.duration_seconds if media else None,
            size_bytes=stages.vault.size_of(connection, sha256),
            readable=bool(media and media.readable),
        )
        whole = stages.desk.viewed_whole(connection, sha256, session.user.id)
    return JSONResponse({"whole": whole, "text": describe_view(view, whole, media.duration_seconds if media else None)})


@router.get("/media/{case_id}/{sha256}", dependencies=[require(Permission.VIEW_MEDIA)])
def send_media(
    request: Request,
    session: LiveSession,
    case_id: str,
    sha256: str,
    view: Annotated[str, Query(max_length=64)],
    range: Annotated[str | None, Header()] = None,
    sec_fetch_dest: Annotated[str | None, Header()] = None,
) -> Response:
    """Stream decrypted bytes, whole or one range of them, and note what really was sent."""
    if sec_fetch_dest in {"document", "iframe", "frame", "embed", "object"}:
        raise MediaNavigatedError("material is shown on the case page only, where it can be hidden at once")
    stages = stages_of(request)
    with stages.db.read() as connection:
        if stages.desk.find_lease(connection, case_id, session.user.id) is None:
            raise LeaseLostError("you no longer hold the case; take it again")
        purpose = _require_live_view(stages, connection, case_id, sha256, view, session.user).purpose
        media_type = choose_media_type(stages.screener.load_analysis(connection, sha256))
        size = stages.vault.size_of(connection, sha256)
    if media_type is None or not size:
        raise HTTPException(415)
    try:
        wanted = parse_range(range, size)
    except ValueError:
        return Response(status_code=416, headers={"content-range": f"bytes */{size}"})
    start, end = wanted or (0, size)
    headers = {
        "accept-ranges": "bytes",
        "content-length": str(end - start),
        "content-disposition": "inline",
        "content-security-policy": MEDIA_CONTENT_SECURITY_POLICY,
    }
    if wanted:
        headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
    chunks = stages.vault.read_range(sha256, start, end, session.user.actor, f"view:{purpose}:{view}")
    answer = MeteredResponse(_begin(chunks), 206 if wanted else 200, headers, media_type)
    user_id = session.user.id

    def record_sent(sent: int) -> None:
        with stages.db.write() as connection:
            stages.desk.record_served(connection, view, user_id, start, start + sent)

    answer.record_sent = record_sent
    return answer


class MeteredResponse(StreamingResponse):
    """Says how many bytes were handed to the connection, also when the browser hangs up before the end."""

    record_sent: Callable[[int], None]

    async def stream_response(self, send: Send) -> None:
        """Send the answer and count; a chunk counts once the server has taken it."""
        sent = 0

        async def send_counted(message: Message) -> None:
            nonlocal sent
            await send(message)
            sent += len(message.get("body", b""))

        try:
            await super().stream_response(send_counted)
        finally:
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(self.record_sent, sent)


def read_ranges(text: str) -> list[tuple[float, float]]:
    """Return `0.000-1.500,3.000-4.250` as pairs of seconds. Raises InputInvalidError."""
    try:
        pairs = [tuple(map(float, part.split("-"))) for part in text.split(",") if part]
        ranges = [(start, end) for start, end in pairs]
    except ValueError:
        ranges = [(math.nan, math.nan)]
    if not all(math.isfinite(start) and math.isfinite(end) for start, end in ranges):
        raise InputInvalidError("ranges cannot be read", field="ranges", remedy="send start-end,start-end in seconds")
    return ranges


def describe_view(view: View, whole: bool, duration_seconds: float | None) -> str:
    """Return in words how much was seen; `whole` counts all looks of the person."""
    if whole:
        return "You have seen the whole file."
    if not duration_seconds:
        return "Not seen long enough to count as seen."
    return f"Seen {play_time(view.seen_seconds)} of {play_time(duration_seconds)} in this look; not the whole file."


def _find_view(stages: Stages, connection: Connection, case_id: str, view_id: str, user: User) -> View:
    for view in stages.desk.list_views(connection, case_id):
        if view.id == view_id and view.user_id == user.id:
            return view
    raise ViewForeignError("this look is not yours, or is over")


def _require_live_view(
    stages: Stages, connection: Connection, case_id: str, sha256: str, view_id: str, user: User
) -> View:
    """Return the named view: the person's own, of this file. The player keeps its address over several looks, so
    another one of the same file must be live, not this very one.
    """
    mine = [
        view
        for view in stages.desk.list_views(connection, case_id)
        if view.user_id == user.id and view.sha256 == sha256
    ]
    named = next((view for view in mine if view.id == view_id), None)
    if named is None or all(view.ended_at is not None for view in mine):
        raise ViewForeignError("this look is not yours, or is over")
    return named


def _begin(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Open the first chunk now, while a broken or destroyed object can still become an error page."""
    first = next(chunks, b"")
    return chain((first,), chunks)

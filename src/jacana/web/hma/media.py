"""A file that somebody sends or points at, and its hashes. The locked-down decoder reads it, never this process."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from fastapi import Request
from starlette.requests import ClientDisconnect

from jacana.detect.media.hashing.frames import unpack_frames
from jacana.ingest.spool import SpoolFile
from jacana.model.media import MediaFacts, MediaKind
from jacana.model.upload import Digests
from jacana.pipeline.stages import Stages
from jacana.web.api.auth import stages_of
from jacana.web.api.bodies import BodyIncompleteError, media_type_of, parse_json, refuse_long_body
from jacana.web.api.multipart import MultipartReader, PartBegin, PartData
from jacana.web.hma.fetch import fetch_url
from jacana.web.hma.route import HmaInvalidError
from jacana.web.hma.signals import MIN_QUALITY, ContentType, Signal

CONTENT_TYPES: tuple[ContentType, ...] = ("photo", "video")
TEXT_PARTS = ("metadata", "note")
TEXT_MAX_BYTES = 64 * 1024
_FORM_BYTES = 2 * TEXT_MAX_BYTES
_WRITE_BYTES = 2**20
_MOVING_PICTURES = ("gif", "apng", "webp")

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Received:
    """A file on disk, what the caller calls it, and what came along in the form."""

    path: Path
    digests: Digests
    content: ContentType
    texts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hashed:
    """Hashes by signal type, and the analysis they come from, if one was needed."""

    signals: dict[str, str]
    facts: MediaFacts | None


@asynccontextmanager
async def receive_media(request: Request, url: str | None, content_type: str | None) -> AsyncIterator[Received]:
    """Yield the file that the request uploads or points at; it is gone afterwards.

    Raises HmaInvalidError, UploadEmptyError, UploadTooLargeError, FetchRefusedError, FetchFailedError.
    """
    stages = stages_of(request)
    with await run_limited(request, stages.intake.begin) as file:
        texts: dict[str, str] = {}
        if url is not None:
            told = await run_limited(request, lambda: fetch_url(url, stages.settings.hma_fetch_hosts, file))
            content = _choose_content(content_type, told)
        elif media_type_of(request) == "multipart/form-data":
            refuse_long_body(request, stages.settings.upload_max_bytes + _FORM_BYTES)
            content = await _receive_form(request, file, texts)
        else:
            raise HmaInvalidError(
                "there is neither a url nor a file", field="url", remedy="send multipart/form-data with photo=@FILE"
            )
        await run_limited(request, file.keep)
        yield Received(file.path, file.digests, content, texts)


async def run_limited(request: Request, work: Callable[[], _T]) -> _T:
    """Run blocking work in a thread, few at once: looking things up must not keep uploads from coming in."""
    state = request.app.state
    if not hasattr(state, "hma_limiter"):
        state.hma_limiter = anyio.CapacityLimiter(8)
    return await anyio.to_thread.run_sync(work, limiter=state.hma_limiter)


def hash_media(stages: Stages, received: Received, signals: Sequence[Signal], *, for_bank: bool = False) -> Hashed:
    """Return the hashes of a file; a picture that carries no information has the empty text as its PDQ hash.

    A video is decoded only for a bank. Blocks. Raises HmaInvalidError for a file that is not what it is called, or that
    cannot be read in full, and DecoderUnavailableError.
    """
    facts = None
    if for_bank or received.content == "photo":
        facts = stages.screener.analyse(received.path, received.digests.sha256, for_bank=for_bank)
        _check_facts(facts, received.content)
    made: dict[str, str] = {}
    for signal in signals:
        if signal.digest is not None:
            made[signal.name] = getattr(received.digests, signal.digest)
        elif facts is not None:
            made[signal.name] = _first_hash(facts)
    return Hashed(made, facts)


def read_metadata(texts: dict[str, str]) -> Any:
    """Return the form's metadata as JSON, or None. Raises JsonInvalidError."""
    return parse_json(texts["metadata"].encode(), "metadata") if "metadata" in texts else None


def _first_hash(facts: MediaFacts) -> str:
    frames = unpack_frames(facts.frames)
    if not len(frames) or frames.quality[0] < MIN_QUALITY:
        return ""
    return bytes(frames.pdq[0]).hex()


def _check_facts(facts: MediaFacts, content: ContentType) -> None:
    if not facts.readable:
        raise HmaInvalidError(facts.problem_detail or "it cannot be read", field=content, remedy="send an intact file")
    still = facts.kind is MediaKind.PICTURE or facts.container in _MOVING_PICTURES
    if content == "photo" and not still:
        raise HmaInvalidError("this is a video", field=content, remedy="send it as video")
    if content == "video" and facts.kind is MediaKind.PICTURE:
        raise HmaInvalidError("this is a picture", field=content, remedy="send it as photo")


def _choose_content(asked: str | None, told: str) -> ContentType:
    if asked is not None:
        return _read_content(asked, "content_type")
    for word, content in (("image", CONTENT_TYPES[0]), ("video", CONTENT_TYPES[1])):
        if told.startswith(f"{word}/"):
            return content
    raise HmaInvalidError(
        "the URL does not say whether it is a picture or a video", field="content_type", remedy="send photo or video"
    )


def _read_content(name: str, at: str) -> ContentType:
    for content in CONTENT_TYPES:
        if content == name:
            return content
    raise HmaInvalidError("there is no such content type", field=at, remedy=f"use {' or '.join(CONTENT_TYPES)}")


async def _receive_form(request: Request, file: SpoolFile, texts: dict[str, str]) -> ContentType:
    reader, form = MultipartReader(request.headers["content-type"]), _Form()
    try:
        async for chunk in request.stream():
            for event in reader.feed(chunk):
                if isinstance(event, PartBegin):
                    form.begin(event.name)
                elif isinstance(event, PartData):
                    form.take(event.chunk)
            if len(form.waiting) >= _WRITE_BYTES:
                await form.write(request, file)
    except ClientDisconnect:
        raise BodyIncompleteError("the connection ended before the file did") from None
    reader.finish()
    await form.write(request, file)
    texts.update({name: bytes(text).decode("utf-8", "replace") for name, text in form.texts.items()})
    if form.content is None:
        raise HmaInvalidError("the form holds no file", field="form", remedy="send photo=@FILE or video=@FILE")
    return form.content


class _Form:
    def __init__(self) -> None:
        self.content: ContentType | None = None
        self.texts: dict[str, bytearray] = {}
        self.waiting = bytearray()
        self._text: bytearray | None = None

    def begin(self, name: str) -> None:
        if name in TEXT_PARTS:
            self._text = self.texts[name] = bytearray()
            return
        if self.content is not None:
            raise HmaInvalidError("there is more than one file", field="form", remedy="send one file in a request")
        self.content, self._text = _read_content(name, "form"), None

    def take(self, chunk: bytes) -> None:
        if self._text is None:
            self.waiting += chunk
            return
        self._text += chunk
        if len(self._text) > TEXT_MAX_BYTES:
            raise HmaInvalidError("a text of the form is too long", field="form", remedy="send less text")

    async def write(self, request: Request, file: SpoolFile) -> None:
        waiting, self.waiting = self.waiting, bytearray()
        if waiting:
            await run_limited(request, lambda: file.write(waiting))

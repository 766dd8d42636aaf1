"""Request bodies: how large they may be, and JSON read without trusting it."""

from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from jacana.ingest.json_text import load_json
from jacana.model.errors import InputInvalidError, InputTooLargeError

JSON_MAX_VALUES = 250_000
_MARKS = (b"{", b"[", b":", b",")


class BodyTooLargeError(InputTooLargeError):
    """The body is larger than this route reads, in bytes or in values."""

    code = "input.body_too_large"


class BodyIncompleteError(InputInvalidError):
    """The caller went away before the body was complete; nothing was taken."""

    code = "input.body_incomplete"


class JsonInvalidError(InputInvalidError):
    """The text is not JSON."""

    code = "input.json_invalid"


def media_type_of(request: Request) -> str:
    """Return the body's media type without its parameters, in lower case."""
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


def refuse_long_body(request: Request, max_bytes: int) -> None:
    """Raise BodyTooLargeError if the caller announces more than that."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > max_bytes:
        raise BodyTooLargeError(f"the body is larger than {max_bytes} bytes", remedy="send less at once")


async def read_json(request: Request, max_bytes: int) -> Any:
    """Return the body as JSON, parsed in a thread.

    Raises BodyTooLargeError, BodyIncompleteError or JsonInvalidError.
    """
    refuse_long_body(request, max_bytes)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > max_bytes:
                raise BodyTooLargeError(f"the body is larger than {max_bytes} bytes", remedy="send less at once")
    except ClientDisconnect:
        raise BodyIncompleteError("the connection ended before the body did") from None
    return await run_in_threadpool(parse_json, bytes(body))


def parse_json(text: bytes, field: str | None = None) -> Any:
    """Return the value. Raises JsonInvalidError naming the line, without repeating what it says; BodyTooLargeError.

    A value of two bytes takes a hundred in memory, so values are counted first, by the marks between them. Marks in
    texts count too; no single event can hold enough of them, so a smaller batch is always taken.
    """
    if sum(text.count(mark) for mark in _MARKS) > JSON_MAX_VALUES:
        raise BodyTooLargeError("the body holds too many values", field=field, remedy="send less at once")
    try:
        return load_json(text)
    except ValueError as problem:
        raise JsonInvalidError(f"not JSON: {problem}", field=field, remedy="send one JSON object in UTF-8") from None

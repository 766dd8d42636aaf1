"""Reads the forms a client sends, multipart or URL-encoded. File bytes are hashed and counted, never kept."""

import hashlib
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from jacana.report.sandbox.receiver import SentFile

_LONGEST_FIELD = 10_000
_LONGEST_FORM = 1_000_000


class FormInvalidError(Exception):
    """The body is not the form that its content type says."""


@dataclass(slots=True)
class Form:
    """Fields by name, and the files' names, digests and sizes by field name."""

    fields: dict[str, str] = field(default_factory=dict)
    files: dict[str, SentFile] = field(default_factory=dict)


async def read_form(request: Request) -> Form:
    """Read the body of a request. Raises FormInvalidError."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind == b"application/x-www-form-urlencoded":
        return await _read_encoded(request)
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise FormInvalidError("the content type is not a form, or has no boundary")
    reader = _PartReader()
    parser = MultipartParser(
        boundary,
        {
            "on_part_begin": reader.begin,
            "on_part_data": reader.take_data,
            "on_part_end": reader.end,
            "on_header_field": reader.take_header_name,
            "on_header_value": reader.take_header_value,
            "on_header_end": reader.end_header,
            "on_headers_finished": reader.open_part,
        },
    )
    try:
        async for chunk in request.stream():
            parser.write(chunk)
        parser.finalize()
    except FormParserError as problem:
        raise FormInvalidError("the multipart body is malformed") from problem
    return reader.form


async def _read_encoded(request: Request) -> Form:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_FORM:
            raise FormInvalidError("the form is too long")
    try:
        return Form(dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True)))
    except ValueError as problem:
        raise FormInvalidError("the form is not UTF-8") from problem


class _PartReader:
    """Collects the parts of a multipart body as the parser finds them."""

    def __init__(self) -> None:
        self.form = Form()
        self._headers: dict[bytes, bytes] = {}
        self._header_name, self._header_value = b"", b""
        self._name, self._file_name = "", ""
        self._is_file, self._data, self._size = False, bytearray(), 0
        self._digest = hashlib.md5(usedforsecurity=False)

    def begin(self) -> None:
        self._headers, self._data, self._size = {}, bytearray(), 0
        self._digest = hashlib.md5(usedforsecurity=False)

    def take_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def take_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def end_header(self) -> None:
        self._headers[self._header_name.lower()] = self._header_value
        self._header_name, self._header_value = b"", b""

    def open_part(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        self._is_file = b"filename" in options
        self._file_name = options.get(b"filename", b"").decode("utf-8", "replace")

    def take_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._digest.update(data[start:end])
            self._size += end - start
            return
        self._data += data[start:end]
        if len(self._data) > _LONGEST_FIELD:
            raise FormInvalidError("a form field is too long")

    def end(self) -> None:
        if self._is_file:
            self.form.files[self._name] = SentFile(self._file_name, self._digest.hexdigest(), self._size)
        else:
            self.form.fields[self._name] = self._data.decode("utf-8", "replace")

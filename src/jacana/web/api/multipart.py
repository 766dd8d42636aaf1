"""multipart/form-data read as it streams in (RFC 7578): parts are handed on piece by piece, never gathered.

Only syntax lives here; which parts are wanted is the route's business.
"""

from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from jacana.model.errors import InputInvalidError

_REMEDY = "send multipart/form-data with a boundary, each part with a name"


class MultipartInvalidError(InputInvalidError):
    """The body is not multipart/form-data, or ends in the middle."""

    code = "input.multipart_invalid"


@dataclass(frozen=True, slots=True)
class PartBegin:
    """A part's headers have been read."""

    name: str
    file_name: str | None
    media_type: str | None


@dataclass(frozen=True, slots=True)
class PartData:
    """Some bytes of the current part."""

    chunk: bytes


@dataclass(frozen=True, slots=True)
class PartEnd:
    """The current part is complete."""


PartEvent = PartBegin | PartData | PartEnd


class MultipartReader:
    """Feed it the body; it answers with what has become known."""

    def __init__(self, content_type: str) -> None:
        """Read the boundary from the Content-Type header. Raises MultipartInvalidError."""
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise MultipartInvalidError("there is no multipart boundary", field="Content-Type", remedy=_REMEDY)
        self._events: list[PartEvent] = []
        self._headers: dict[bytes, bytes] = {}
        self._header_name, self._header_value = b"", b""
        self._complete = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin_part,
                    "on_header_field": self._read_header_name,
                    "on_header_value": self._read_header_value,
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._end_headers,
                    "on_part_data": self._read_data,
                    "on_part_end": self._end_part,
                    "on_end": self._end,
                },
            )
        except (FormParserError, ValueError):
            raise MultipartInvalidError("the boundary is invalid", field="Content-Type", remedy=_REMEDY) from None

    def feed(self, chunk: bytes) -> list[PartEvent]:
        """Return what this piece of the body completes. Raises MultipartInvalidError."""
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise MultipartInvalidError("the body is not multipart/form-data", remedy=_REMEDY) from None
        events, self._events = self._events, []
        return events

    def finish(self) -> None:
        """Say that the body has ended. Raises MultipartInvalidError if its last boundary has not come."""
        if not self._complete:
            raise MultipartInvalidError("the body ends before its last boundary", remedy="send the whole body")

    def _begin_part(self) -> None:
        self._headers = {}

    def _read_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _read_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._header_name.lower()] = self._header_value
        self._header_name, self._header_value = b"", b""

    def _end_headers(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        name = options.get(b"name")
        if name is None:
            raise MultipartInvalidError("a part has no name", remedy=_REMEDY)
        file_name = options.get(b"filename")
        media_type, _ = parse_options_header(self._headers.get(b"content-type"))
        self._events.append(
            PartBegin(
                _decode(name), _decode(file_name) if file_name else None, _decode(media_type) if media_type else None
            )
        )

    def _read_data(self, data: bytes, start: int, end: int) -> None:
        self._events.append(PartData(data[start:end]))

    def _end_part(self) -> None:
        self._events.append(PartEnd())

    def _end(self) -> None:
        self._complete = True


def _decode(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")

"""The upload form: part `metadata` first, then part `file`, which goes to disk as it arrives and never into memory."""

from fastapi import Request
from pydantic import TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from jacana.ingest.fields import FileName, MediaType
from jacana.ingest.schema import UploadMetadata, parse_metadata
from jacana.ingest.spool import SpoolFile
from jacana.ingest.validation import suggest
from jacana.model.errors import InputInvalidError, InputTooLargeError
from jacana.web.api.bodies import BodyIncompleteError, parse_json
from jacana.web.api.multipart import MultipartReader, PartBegin, PartData, PartEnd, PartEvent

METADATA_MAX_BYTES = 256 * 1024
_WRITE_BYTES = 2**20
_PARTS = ("metadata", "file")
_FILE_NAME: TypeAdapter[str] = TypeAdapter(FileName)
_MEDIA_TYPE: TypeAdapter[str] = TypeAdapter(MediaType)


class UploadFormInvalidError(InputInvalidError):
    """A part is missing, unknown, doubled or in the wrong order."""

    code = "input.form_invalid"


class MetadataTooLargeError(InputTooLargeError):
    """The part `metadata` is far larger than metadata can be."""

    code = "input.metadata_too_large"


async def receive_form(request: Request, file: SpoolFile) -> UploadMetadata:
    """Write the part `file` into the spool and return the metadata, with the part's own name and type filled in.

    Raises FieldsInvalidError as soon as the metadata is complete, before the file is read; and this module's errors.
    """
    reader, form = MultipartReader(request.headers["content-type"]), _Form(file)
    try:
        async for chunk in request.stream():
            for event in reader.feed(chunk):
                if isinstance(event, PartEnd):
                    await form.end_part()
                else:
                    form.take(event)
            if len(form.waiting) >= _WRITE_BYTES:
                await form.write()
    except ClientDisconnect:
        raise BodyIncompleteError("the connection ended before the upload did") from None
    reader.finish()
    await form.write()
    return form.finish()


class _Form:
    def __init__(self, file: SpoolFile) -> None:
        self._file = file
        self._metadata: UploadMetadata | None = None
        self._current = ""
        self._seen: set[str] = set()
        self._text = bytearray()
        self.waiting = bytearray()

    def take(self, event: PartEvent) -> None:
        if isinstance(event, PartBegin):
            self._begin(event)
        elif isinstance(event, PartData):
            self._add(event.chunk)

    async def end_part(self) -> None:
        """Read the metadata once they are complete, in a thread: what is large and wrong takes its time."""
        if self._current == "metadata":
            self._metadata = await run_in_threadpool(_read_metadata, bytes(self._text))

    async def write(self) -> None:
        """Write what waits, in a thread: hashing and disks must not stop other requests."""
        waiting, self.waiting = self.waiting, bytearray()
        if waiting:
            await run_in_threadpool(self._file.write, waiting)

    def finish(self) -> UploadMetadata:
        for name in _PARTS:
            if name not in self._seen:
                raise UploadFormInvalidError(
                    f"the part {name} is missing", field=name, remedy="send metadata, then file"
                )
        assert self._metadata is not None  # noqa: S101 - the part was seen, and ended before the last boundary
        return self._metadata

    def _begin(self, part: PartBegin) -> None:
        if part.name not in _PARTS:
            raise UploadFormInvalidError("there is an unknown part", field="form", remedy=suggest(part.name, _PARTS))
        if part.name in self._seen:
            raise UploadFormInvalidError(f"the part {part.name} comes twice", field=part.name, remedy="send it once")
        self._current = part.name
        self._seen.add(part.name)
        if part.name == "file":
            if self._metadata is None:
                raise UploadFormInvalidError(
                    "the file comes before its metadata", field="metadata", remedy="send the part metadata first"
                )
            self._metadata = _fill_in(self._metadata, part)

    def _add(self, chunk: bytes) -> None:
        if self._current == "file":
            self.waiting += chunk
            return
        self._text += chunk
        if len(self._text) > METADATA_MAX_BYTES:
            raise MetadataTooLargeError(
                f"the metadata is larger than {METADATA_MAX_BYTES} bytes", field="metadata", remedy="send less text"
            )


def _read_metadata(text: bytes) -> UploadMetadata:
    return parse_metadata(parse_json(text, "metadata"))


def _fill_in(metadata: UploadMetadata, part: PartBegin) -> UploadMetadata:
    """Take the part's own file name and media type where the metadata has none; what cannot be stored is left out."""
    found: dict[str, str] = {}
    for name, value, adapter in (
        ("file_name", part.file_name, _FILE_NAME),
        ("media_type", part.media_type, _MEDIA_TYPE),
    ):
        if getattr(metadata, name) is None and value is not None:
            try:
                found[name] = adapter.validate_python(value)
            except ValidationError:
                continue
    return metadata.model_copy(update=found)

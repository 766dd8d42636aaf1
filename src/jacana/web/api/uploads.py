"""POST /v1/uploads and GET /v1/uploads/{id}. An upload is acknowledged only after it is committed."""

from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from jacana.ingest.intake import Acceptance, Intake
from jacana.ingest.keys import ApiKey
from jacana.ingest.schema import UploadMetadata, UploadReference
from jacana.ingest.spool import SpoolFile
from jacana.ingest.validation import validate_record
from jacana.model.upload import Upload, UploadState, Visibility
from jacana.web.api.auth import require_scope, stages_of
from jacana.web.api.bodies import media_type_of, read_json, refuse_long_body
from jacana.web.api.openapi import describe_body, describe_problems, form_schema, inline_schema
from jacana.web.api.problems import MediaTypeUnsupportedError
from jacana.web.api.upload_form import METADATA_MAX_BYTES, receive_form

router = APIRouter(tags=["uploads"])

_KEY_PATTERN = r"^[^\x00-\x1f\x7f]+$"
_FRAME_BYTES = METADATA_MAX_BYTES + 64 * 1024
"""What a form needs besides its file."""


class DigestsShown(BaseModel):
    """Hex digests of the bytes as received."""

    md5: str
    sha1: str
    sha256: str


class UploadReceipt(BaseModel):
    """The answer to an upload. `dropped` names text that was not kept because its surface is off."""

    id: str
    network_id: str
    state: UploadState
    received_at: datetime
    size_bytes: int
    digests: DigestsShown
    duplicate: bool = False
    dropped: list[str] = []


class UploadShown(BaseModel):
    """Where an upload stands. Show it to others only if `show` is true."""

    id: str
    network_id: str
    account_id: str
    state: UploadState
    show: bool
    visibility: Visibility
    received_at: datetime
    uploaded_at: datetime | None
    size_bytes: int
    digests: DigestsShown
    send_again: bool = False
    """Set when a bank grew after the bytes were let go: send the same upload once more, unchanged."""


class UploadsWanted(BaseModel):
    """Uploads whose bytes are asked for again, oldest first."""

    uploads: list[UploadShown]


@router.post(
    "/uploads",
    status_code=202,
    summary="Hand over one upload to be screened",
    responses={
        200: {"model": UploadReceipt, "description": "This upload was received before; nothing was doubled."},
        **describe_problems(401, 403, 409, 413, 415, 422, 503),
    },
    openapi_extra=describe_body(form=form_schema(UploadMetadata), json=inline_schema(UploadReference)),
)
async def accept_upload(
    request: Request,
    response: Response,
    key: Annotated[ApiKey, Depends(require_scope("uploads:write"))],
    idempotency_key: Annotated[
        str | None, Header(alias="Idempotency-Key", max_length=255, pattern=_KEY_PATTERN, description="Recommended.")
    ] = None,
) -> UploadReceipt:
    """Send `multipart/form-data` with `metadata` (JSON) and then `file`; or JSON with `object`, a path in the store."""
    stages = stages_of(request)
    intake = stages.intake
    intake.require_open()
    receive = {"multipart/form-data": _receive_form, "application/json": _receive_reference}.get(media_type_of(request))
    if receive is None:
        raise MediaTypeUnsupportedError(
            "the body is neither a form nor JSON",
            field="Content-Type",
            remedy="send multipart/form-data or application/json",
        )
    refuse_long_body(request, stages.settings.upload_max_bytes + _FRAME_BYTES)
    with await run_in_threadpool(intake.begin) as file:
        metadata = await receive(request, intake, file)
        acceptance = await run_in_threadpool(
            partial(intake.accept, metadata, file, key_id=key.id, idempotency_key=idempotency_key)
        )
    response.status_code = 200 if acceptance.duplicate else 202
    response.headers["Location"] = f"/v1/uploads/{acceptance.upload.id}"
    return _receipt(acceptance)


@router.get(
    "/uploads",
    summary="List the uploads to send again",
    responses=describe_problems(401, 403, 422, 503),
    dependencies=[Depends(require_scope("uploads:read"))],
)
def list_wanted_uploads(
    request: Request, limit: Annotated[int, Query(ge=1, le=1000, description="At most so many.")] = 100
) -> UploadsWanted:
    """Answer with uploads that matched when a bank grew, after their bytes had been let go.

    Send each again with POST /v1/uploads, same network_id and same bytes, so that the evidence can be kept.
    """
    stages = stages_of(request)
    with stages.db.read() as connection:
        return UploadsWanted(
            uploads=[_shown(upload, send_again=True) for upload in stages.intake.list_wanted(connection, limit)]
        )


@router.get(
    "/uploads/{id}",
    summary="Ask where an upload stands",
    responses=describe_problems(401, 403, 404, 422, 503),
    dependencies=[Depends(require_scope("uploads:read"))],
)
def show_upload(request: Request, id: Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]) -> UploadShown:
    """Answer by Jacana's id of the upload, as the receipt gave it."""
    stages = stages_of(request)
    with stages.db.read() as connection:
        upload = stages.intake.load_upload(connection, id)
        return _shown(upload, send_again=stages.intake.wants_bytes(connection, id))


async def _receive_form(request: Request, _intake: Intake, file: SpoolFile) -> UploadMetadata:
    return await receive_form(request, file)


async def _receive_reference(request: Request, intake: Intake, file: SpoolFile) -> UploadMetadata:
    reference = validate_record(UploadReference, await read_json(request, METADATA_MAX_BYTES))
    await run_in_threadpool(intake.copy_object, reference.object, file)
    return reference


def _receipt(acceptance: Acceptance) -> UploadReceipt:
    upload = acceptance.upload
    return UploadReceipt(
        id=upload.id,
        network_id=upload.network_id,
        state=upload.state,
        received_at=upload.received_at,
        size_bytes=upload.size_bytes,
        digests=_digests(upload),
        duplicate=acceptance.duplicate,
        dropped=list(acceptance.dropped),
    )


def _shown(upload: Upload, *, send_again: bool) -> UploadShown:
    return UploadShown(
        id=upload.id,
        network_id=upload.network_id,
        account_id=upload.account_id,
        state=upload.state,
        show=upload.state is UploadState.RELEASED,
        visibility=upload.visibility,
        received_at=upload.received_at,
        uploaded_at=upload.uploaded_at,
        size_bytes=upload.size_bytes,
        digests=_digests(upload),
        send_again=send_again,
    )


def _digests(upload: Upload) -> DigestsShown:
    return DigestsShown(md5=upload.digests.md5, sha1=upload.digests.sha1, sha256=upload.digests.sha256)

"""POST /v1/appeals: the network passes on that somebody says a ban is wrong. Never tells what they were banned by."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from jacana.ingest.fields import Flag, LongText, NetworkId, Record, ShortText
from jacana.ingest.keys import ApiKey
from jacana.ingest.personal import DeviceKeys
from jacana.ingest.validation import FieldProblem, FieldsInvalidError, validate_record
from jacana.model.ban import AppealState
from jacana.pipeline.appealing import AppealRequest, open_appeal
from jacana.web.api.auth import require_scope, stages_of
from jacana.web.api.bodies import media_type_of, read_json
from jacana.web.api.openapi import describe_body, describe_problems, inline_schema
from jacana.web.api.problems import MediaTypeUnsupportedError

router = APIRouter(tags=["checks"])

BODY_MAX_BYTES = 256 * 1024


class AppealSent(Record):
    """Somebody's appeal."""

    id: NetworkId = Field(description="The network's id of the appeal; sent again, it is recognised.")
    account_id: NetworkId = Field(description="Whose appeal it is; a next owner's is that of their new account.")
    device_id: ShortText | None = Field(default=None, description="The device they were met on.")
    next_owner: Flag = Field(default=False, description="They say that the device came to them from somebody else.")
    text: LongText | None = Field(default=None, description="What they say. It is kept sealed.")


class AppealAnswer(BaseModel):
    """The appeal as it stands; `jacana ban appeal` and the console decide it."""

    id: str
    state: AppealState


@router.post(
    "/appeals",
    status_code=201,
    summary="Pass on an appeal against a ban",
    responses=describe_problems(401, 403, 413, 415, 422, 503),
    openapi_extra=describe_body(json=inline_schema(AppealSent)),
)
async def accept_appeal(
    request: Request, response: Response, key: Annotated[ApiKey, Depends(require_scope("events:write"))]
) -> AppealAnswer:
    """Open an appeal, or say how one that was sent before stands (then with status 200)."""
    if media_type_of(request) != "application/json":
        raise MediaTypeUnsupportedError("the body is not JSON", field="Content-Type", remedy="send application/json")
    sent = validate_record(AppealSent, await read_json(request, BODY_MAX_BYTES))
    if sent.next_owner and not sent.device_id:
        problem = FieldProblem("appeal.device_missing", "is missing", "device_id", "say which device they own now")
        raise FieldsInvalidError([problem])
    stages = stages_of(request)
    devices, now = DeviceKeys(stages.sealer, stages.settings.device_epoch_days), stages.clock()
    keys = (devices.blind(sent.device_id, now), devices.blind_before(sent.device_id, now)) if sent.device_id else ()
    asked = AppealRequest(sent.id, sent.account_id, keys, sent.next_owner, sent.text)
    appeal, is_new = await run_in_threadpool(open_appeal, stages, asked, key.actor)
    response.status_code = 201 if is_new else 200
    return AppealAnswer(id=appeal.id, state=appeal.state)

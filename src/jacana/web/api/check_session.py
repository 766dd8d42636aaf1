"""POST /v1/check/session: may this device sign in, or make an account? Answered at once, from memory.

Never tells which signal linked a person to a ban: neither the finding, nor the rule's name, nor the tier.
"""

from contextlib import suppress
from typing import Annotated, Literal

import structlog
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from jacana.db.engine import DatabaseUnavailableError
from jacana.detect.accounts.door.patterns import Pattern
from jacana.ingest.fields import Flag, IpAddress, NetworkId, Record, Sha256, ShortText, Time
from jacana.ingest.keys import ApiKey
from jacana.ingest.personal import DeviceKeys, blind_value
from jacana.ingest.surfaces import Surface, require_surface
from jacana.ingest.validation import validate_record
from jacana.model.account_finding import AccountFindingKind
from jacana.model.check import Answer, CheckAnswer
from jacana.pipeline.door import SessionCheck
from jacana.pipeline.stages import Stages
from jacana.web.api.asking import require_scope_at_once
from jacana.web.api.auth import stages_of
from jacana.web.api.bodies import media_type_of, read_json
from jacana.web.api.openapi import describe_body, describe_problems, inline_schema
from jacana.web.api.problems import MediaTypeUnsupportedError

router = APIRouter(tags=["checks"])
log = structlog.get_logger("jacana.web")

BODY_MAX_BYTES = 64 * 1024
LINKED = "ban_evasion"
"""What an answer names as its rule when a person was linked to a ban: the rule's own name may tell the signal."""


class SessionQuestion(Record):
    """Somebody is about to sign in, or to make an account."""

    kind: Literal["log_in", "sign_up"]
    account_id: NetworkId | None = Field(default=None, description="The account; at sign-up the one it would be.")
    device_id: ShortText | None = None
    device_attested: Flag = Field(default=False, description="The platform's maker vouches for the device id.")
    screen_name: ShortText | None = None
    display_name: ShortText | None = None
    ip: IpAddress | None = None
    sha256: Sha256 | None = Field(default=None, description="Of a file that is brought along, such as a picture.")
    occurred_at: Time | None = None


class SessionAnswer(BaseModel):
    """What to do, and words for the person. `appeal`: point them to the way of saying that this is a mistake."""

    answer: Answer
    rules: list[str]
    reasons: list[str]
    appeal: bool


@router.post(
    "/check/session",
    summary="Ask whether somebody may sign in or make an account",
    responses=describe_problems(401, 403, 413, 415, 422, 503),
    openapi_extra=describe_body(json=inline_schema(SessionQuestion)),
)
async def check_session(
    request: Request, _key: Annotated[ApiKey, Depends(require_scope_at_once("checks:read"))]
) -> SessionAnswer:
    """Send what is known of the attempt: the more, the surer the answer. None of it is kept, so send the event, too."""
    if media_type_of(request) != "application/json":
        raise MediaTypeUnsupportedError("the body is not JSON", field="Content-Type", remedy="send application/json")
    stages = stages_of(request)
    require_surface(stages.settings, Surface.ACCOUNTS)
    question = validate_record(SessionQuestion, await read_json(request, BODY_MAX_BYTES))
    if stages.door.is_stale():
        await run_in_threadpool(refresh_door, stages)
    return describe_answer(stages.door.check(read_check(stages, question)))


def refresh_door(stages: Stages) -> None:
    """Bring the door up to date where no worker does. If the database is down, what is known holds for a while."""
    with suppress(DatabaseUnavailableError), stages.db.read() as connection:
        stages.door.refresh(connection)
        return
    log.error("the door could not be brought up to date", code=DatabaseUnavailableError.code)


def read_check(stages: Stages, question: SessionQuestion) -> SessionCheck:
    """Return the question with keyed hashes in the place of personal data."""
    now, device = stages.clock(), question.device_id
    devices = DeviceKeys(stages.sealer, stages.settings.device_epoch_days)
    return SessionCheck(
        kind=question.kind,
        at=question.occurred_at or now,
        account_id=question.account_id,
        device_keys=(devices.blind(device, now), devices.blind_before(device, now)) if device else (),
        attested=question.device_attested,
        names=tuple(name for name in (question.screen_name, question.display_name) if name),
        network_key=blind_value(stages.sealer, "ip", "ip", question.ip) if question.ip else None,
        sha256=question.sha256,
    )


def describe_answer(answer: CheckAnswer) -> SessionAnswer:
    """Return what the network is told."""
    evasion = [finding for finding in answer.findings if finding.kind is AccountFindingKind.BAN_EVASION]
    linked = any(finding.details["pattern"] != Pattern.BANNED_ACCOUNT for finding in evasion)
    stopped = answer.answer in (Answer.REFUSE, Answer.CHALLENGE)
    return SessionAnswer(
        answer=answer.answer,
        rules=[LINKED] if linked and stopped else list(answer.rules),
        reasons=list(answer.reasons),
        appeal=bool(evasion) and stopped,
    )

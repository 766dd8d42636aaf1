"""POST /v1/events: a batch in, one answer per item out. `accepted` is said only after the commit."""

from collections import Counter
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from jacana.ingest.events import EventResult, EventStatus
from jacana.ingest.keys import ApiKey
from jacana.ingest.schema import NetworkEvent
from jacana.ingest.validation import FieldProblem, FieldsInvalidError
from jacana.web.api.auth import require_scope, stages_of
from jacana.web.api.bodies import media_type_of, read_json
from jacana.web.api.openapi import describe_body, describe_problems, inline_schema
from jacana.web.api.problems import MediaTypeUnsupportedError, ProblemField, describe_field

router = APIRouter(tags=["events"])

BATCH_MAX_ITEMS = 1_000
BATCH_MAX_BYTES = 4 * 2**20


class EventAnswer(BaseModel):
    """What became of one item; `error` is the first thing wrong, `errors` all. No `id` if none could be read."""

    index: int
    id: str | None = None
    status: EventStatus
    error: ProblemField | None = None
    errors: list[ProblemField] | None = None
    dropped: list[str] | None = None


class BatchAnswer(BaseModel):
    """Counts, and one answer per item in the order sent."""

    accepted: int
    duplicate: int
    refused: int
    results: list[EventAnswer]


_BATCH_SCHEMA = {
    "type": "object",
    "properties": {
        "events": {
            "type": "array",
            "minItems": 1,
            "maxItems": BATCH_MAX_ITEMS,
            "items": inline_schema(NetworkEvent),
        }
    },
    "required": ["events"],
    "additionalProperties": False,
}


@router.post(
    "/events",
    summary="Tell what happened on the network",
    response_model_exclude_none=True,
    responses=describe_problems(401, 403, 413, 415, 422, 503),
    openapi_extra=describe_body(json=_BATCH_SCHEMA),
)
async def accept_events(
    request: Request, key: Annotated[ApiKey, Depends(require_scope("events:write"))]
) -> BatchAnswer:
    """Send `{"events": […]}`, up to 1,000. A bad item is refused with its field and remedy; the others are kept."""
    if media_type_of(request) != "application/json":
        raise MediaTypeUnsupportedError("the body is not JSON", field="Content-Type", remedy="send application/json")
    items = _read_batch(await read_json(request, BATCH_MAX_BYTES))
    results = await run_in_threadpool(partial(stages_of(request).events.append, items, key.actor))
    counts = Counter(result.status for result in results)
    return BatchAnswer(
        accepted=counts[EventStatus.ACCEPTED],
        duplicate=counts[EventStatus.DUPLICATE],
        refused=counts[EventStatus.REFUSED],
        results=[_answer(result) for result in results],
    )


def _read_batch(body: Any) -> list[Any]:
    """Return the items. Raises FieldsInvalidError: without a list of them there is nothing to judge one by one."""
    items = body.get("events") if isinstance(body, dict) else None
    if not isinstance(items, list) or set(body) != {"events"}:
        raise _refuse_batch("the body is not an object with the one field events")
    if not 1 <= len(items) <= BATCH_MAX_ITEMS:
        raise _refuse_batch(f"{len(items)} events in one batch")
    return items


def _refuse_batch(message: str) -> FieldsInvalidError:
    remedy = f'send {{"events": […]}} with 1 to {BATCH_MAX_ITEMS} events'
    return FieldsInvalidError([FieldProblem("input.batch_invalid", message, "events", remedy)])


def _answer(result: EventResult) -> EventAnswer:
    problems = [describe_field(problem) for problem in result.problems]
    return EventAnswer(
        index=result.index,
        id=result.id,
        status=result.status,
        error=problems[0] if problems else None,
        errors=problems or None,
        dropped=list(result.dropped) or None,
    )

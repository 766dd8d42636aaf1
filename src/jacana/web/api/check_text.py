"""POST /v1/check/text: may this be posted, may this be searched for? Answered at once, never with a term in it."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from pydantic import Field as Described
from starlette.concurrency import run_in_threadpool

from jacana.detect.text.item import TextItem
from jacana.ingest.fields import Language, LongText, NetworkId, Record
from jacana.ingest.keys import ApiKey
from jacana.ingest.surfaces import SurfaceOffError, require_surface
from jacana.ingest.validation import FieldProblem, FieldsInvalidError, validate_record
from jacana.model.account_finding import AccountFinding, AccountFindingKind, Attempt, Look, TextField
from jacana.model.check import Answer, CheckAnswer
from jacana.pipeline.checktext import check_texts, surface_of
from jacana.pipeline.stages import Stages
from jacana.web.api.asking import require_scope_at_once
from jacana.web.api.auth import stages_of
from jacana.web.api.bodies import media_type_of, read_json
from jacana.web.api.openapi import describe_body, describe_problems, inline_schema
from jacana.web.api.problems import MediaTypeUnsupportedError, ProblemField, describe_field

router = APIRouter(tags=["checks"])

TEXTS_AT_MOST = 100
BODY_MAX_BYTES = 4 * 2**20


class TextQuestion(Record):
    """One text that somebody is about to post or to search for."""

    id: NetworkId | None = Described(default=None, description="The network's id of it; asked again, it counts once.")
    account_id: NetworkId | None = Described(default=None, description="Whose text it is, if they are logged in.")
    field: TextField
    text: LongText
    language: Language | None = None


class CheckFinding(BaseModel):
    """One thing found. Offsets are code points of the text, end exclusive."""

    kind: AccountFindingKind
    score: float
    severity: int | None = None
    field: TextField
    attempt: Attempt | None = None
    start: int | None = None
    end: int | None = None
    look: Look | None = None
    term_id: str | None = None


class TextAnswer(BaseModel):
    """What to do with one text, and why. Without `answer`, `error` says what is wrong; do not show the text then."""

    id: str | None = None
    answer: Answer | None = None
    findings: list[CheckFinding] | None = None
    rules: list[str] | None = None
    reasons: list[str] | None = None
    message: str | None = None
    help_url: str | None = None
    error: ProblemField | None = None


class TextAnswers(BaseModel):
    """One answer for each text of a batch, in the order sent."""

    answers: list[TextAnswer]


_ONE = inline_schema(TextQuestion)
_SCHEMA = {
    "oneOf": [
        _ONE,
        {
            "type": "object",
            "properties": {"texts": {"type": "array", "minItems": 1, "maxItems": TEXTS_AT_MOST, "items": _ONE}},
            "required": ["texts"],
            "additionalProperties": False,
        },
    ]
}


@router.post(
    "/check/text",
    summary="Ask whether texts may be posted or searched for",
    response_model_exclude_none=True,
    responses=describe_problems(401, 403, 413, 415, 422, 503),
    openapi_extra=describe_body(json=_SCHEMA),
)
async def check_text(
    request: Request, key: Annotated[ApiKey, Depends(require_scope_at_once("checks:read"))]
) -> TextAnswer | TextAnswers:
    """Send one text, or `{"texts": […]}` with up to 100: there a bad text has its `error`, the others an answer."""
    if media_type_of(request) != "application/json":
        raise MediaTypeUnsupportedError("the body is not JSON", field="Content-Type", remedy="send application/json")
    body = await read_json(request, BODY_MAX_BYTES)
    stages = stages_of(request)
    if isinstance(body, dict) and "texts" in body:
        return await run_in_threadpool(partial(_answer_batch, stages, _read_batch(body), key.actor))
    question = _read(stages, body, "")
    (answer,) = await run_in_threadpool(partial(_ask, stages, [question], key.actor))
    return answer


def _answer_batch(stages: Stages, raw: list[Any], actor: str) -> TextAnswers:
    answers: list[TextAnswer | None] = []
    questions: list[TextQuestion] = []
    for place, one in enumerate(raw):
        try:
            questions.append(_read(stages, one, f"texts[{place}]"))
            answers.append(None)
        except FieldsInvalidError as problem:
            answers.append(TextAnswer(error=describe_field(problem.problems[0])))
        except SurfaceOffError as problem:
            detail = FieldProblem(problem.code, problem.message, problem.field, problem.remedy)
            answers.append(TextAnswer(error=describe_field(detail)))
    given = iter(_ask(stages, questions, actor))
    return TextAnswers(answers=[answer if answer is not None else next(given) for answer in answers])


def _read_batch(body: dict[str, Any]) -> list[Any]:
    texts = body["texts"]
    if not isinstance(texts, list) or set(body) != {"texts"} or not 1 <= len(texts) <= TEXTS_AT_MOST:
        remedy = f'send {{"texts": […]}} with 1 to {TEXTS_AT_MOST} texts, and nothing beside it'
        raise FieldsInvalidError([FieldProblem("input.batch_invalid", "is not a batch of texts", "texts", remedy)])
    return texts


def _read(stages: Stages, raw: Any, prefix: str) -> TextQuestion:
    """Return one question. Raises FieldsInvalidError, or SurfaceOffError where such texts may not be read."""
    question = validate_record(TextQuestion, raw, prefix)
    require_surface(stages.settings, surface_of(question.field), f"{prefix}.field" if prefix else "field")
    return question


def _ask(stages: Stages, questions: list[TextQuestion], actor: str) -> list[TextAnswer]:
    now = stages.clock()
    items = [
        TextItem(
            id=question.id or "",
            text=question.text,
            field=question.field,
            language=question.language,
            account_id=question.account_id or "",
            occurred_at=now,
            checked_only=True,
        )
        for question in questions
    ]
    answers = check_texts(stages, items, actor)
    return [_describe(question, answer) for question, answer in zip(questions, answers, strict=True)]


def _describe(question: TextQuestion, answer: CheckAnswer) -> TextAnswer:
    return TextAnswer(
        id=question.id,
        answer=answer.answer,
        findings=[shown for finding in answer.findings for shown in _describe_finding(question.field, finding)],
        rules=list(answer.rules),
        reasons=list(answer.reasons),
        message=answer.message,
        help_url=answer.help_url,
    )


def _describe_finding(field: TextField, finding: AccountFinding) -> list[CheckFinding]:
    """Return what the network is told: of terms one entry a match, of a hand-over where it stands."""
    told = {"kind": finding.kind, "score": finding.score, "field": field, "attempt": finding.attempt}
    if not finding.matches:
        places = {name: finding.details.get(name) for name in ("start", "end")}
        return [CheckFinding.model_validate({**told, **places})]
    return [
        CheckFinding.model_validate(
            {
                **told,
                "severity": match.severity,
                "start": match.start,
                "end": match.end,
                "look": match.look,
                "term_id": match.term_id,
            }
        )
        for match in finding.matches
    ]

"""Errors as Hasher-Matcher-Actioner's clients expect them: `{"message": …}`, bad input is 400.

Beside the message stand our code, the field that is wrong and the remedy. Nothing that was sent is repeated.
"""

from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import JSONResponse

from jacana.detect.media.banks.banks import BankTakenError
from jacana.ingest.validation import describe_problems
from jacana.model.errors import CredentialInvalidError, InputInvalidError, InputTooLargeError, JacanaError
from jacana.web.api.problems import RETRY_AFTER_SECONDS, status_of

log = structlog.get_logger("jacana.web")


class HmaInvalidError(InputInvalidError):
    """A parameter of the Hasher-Matcher-Actioner API cannot be used."""

    code = "hma.input_invalid"


class HmaRoute(APIRoute):
    """A route whose errors have Hasher-Matcher-Actioner's shape."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler with its errors turned into answers; what nobody foresaw goes on to the site."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except JacanaError as error:
                return _answer_error(error, self.path)
            except RequestValidationError as error:
                return _answer_validation(error)

        return answer


def _answer_error(error: JacanaError, route: str) -> Response:
    status = _status_of(error)
    if status >= 500:
        log.error("request failed", code=error.code, route=route, status=status)
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == 503 else {}
    if isinstance(error, CredentialInvalidError):
        headers["WWW-Authenticate"] = 'Basic realm="jacana", charset="UTF-8"'
    field, remedy = getattr(error, "field", None), getattr(error, "remedy", None)
    message = f"{field}: {error.message}" if field else error.message
    return _render(status, message, error.code, field, remedy, headers)


def _answer_validation(error: RequestValidationError) -> Response:
    sent = [{**one, "loc": one["loc"][1:] or one["loc"]} for one in error.errors()]  # without `query`, `path`
    first = describe_problems(sent)[0]
    return _render(400, f"{first.field}: {first.message}", "input.fields_invalid", first.field, first.remedy, {})


def _status_of(error: JacanaError) -> int:
    if isinstance(error, BankTakenError):
        return 403  # as Hasher-Matcher-Actioner says it
    if isinstance(error, InputInvalidError) and not isinstance(error, InputTooLargeError):
        return 400
    return status_of(error)


def _render(
    status: int, message: str, code: str, field: str | None, remedy: str | None, headers: dict[str, str]
) -> Response:
    body = {"message": message, "details": remedy, "code": code, "field": field}
    return JSONResponse({name: value for name, value in body.items() if value is not None}, status, headers=headers)

import re
import threading

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from starlette.responses import StreamingResponse
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from jacana.ingest.validation import FieldProblem, FieldsInvalidError
from jacana.log import ALLOWED_FIELDS
from jacana.model import errors
from jacana.web.api.problems import STATUS_OF, install_problem_handlers

FAMILIES = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.JacanaError)]


def client_of(raised):
    app = FastAPI()
    install_problem_handlers(app)

    @app.get("/v1/things/{number}")
    def raise_it(number: int):
        raise raised

    return TestClient(app)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_a_status_and_says_its_code(family):
    answer = client_of(family("what is wrong")).get("/v1/things/1")
    expected = next((status for kind, status in STATUS_OF if issubclass(family, kind)), 500)
    assert (answer.status_code, answer.headers["content-type"]) == (expected, "application/problem+json")
    body = answer.json()
    assert body["type"] == f"urn:jacana:problem:{family.code}"
    assert (body["status"], body["code"], body["detail"]) == (expected, family.code, "what is wrong")
    assert body["title"]


@pytest.mark.parametrize(
    ("family", "status"),
    [
        (errors.InputInvalidError, 422),
        (errors.InputTooLargeError, 413),
        (errors.CredentialInvalidError, 401),
        (errors.PermissionDeniedError, 403),
        (errors.ThingNotFoundError, 404),
        (errors.StateConflictError, 409),
        (errors.ServiceUnavailableError, 503),
        (errors.SetupInvalidError, 503),
        (errors.IntegrityBrokenError, 500),
    ],
)
def test_the_families_have_these_statuses(family, status):
    assert client_of(family("x")).get("/v1/things/1").status_code == status


def test_field_and_remedy_are_said():
    body = client_of(errors.InputInvalidError("x", field="account.id", remedy="send it")).get("/v1/things/1").json()
    assert (body["field"], body["remedy"]) == ("account.id", "send it")


def test_several_problems_are_all_listed():
    problems = [FieldProblem("a.b", "is wrong", "one", "mend it"), FieldProblem("c.d", "is wrong", "two")]
    body = client_of(FieldsInvalidError(problems)).get("/v1/things/1").json()
    assert body["errors"] == [
        {"code": "a.b", "message": "is wrong", "field": "one", "remedy": "mend it"},
        {"code": "c.d", "message": "is wrong", "field": "two"},
    ]


def test_waiting_and_credentials_have_their_headers():
    assert client_of(errors.ServiceUnavailableError("x")).get("/v1/things/1").headers["retry-after"] == "5"
    assert (
        client_of(errors.CredentialInvalidError("x"))
        .get("/v1/things/1")
        .headers["www-authenticate"]
        .startswith("Bearer")
    )


def test_a_parameter_of_the_wrong_type_is_a_problem_of_its_field():
    answer = client_of(RuntimeError()).get("/v1/things/secret")
    assert (answer.status_code, answer.json()["field"]) == (422, "number")
    assert "secret" not in answer.text


def test_unknown_routes_and_methods_are_problems():
    client = client_of(RuntimeError())
    missing, wrong = client.get("/v1/none"), client.post("/v1/things/1")
    assert (missing.status_code, missing.json()["code"]) == (404, "route.unknown")
    assert (wrong.status_code, wrong.json()["code"], wrong.headers["allow"]) == (405, "route.method_not_allowed", "GET")
    assert wrong.headers["content-type"] == "application/problem+json"


def test_an_unexpected_error_tells_the_log_where_and_nobody_what():
    with capture_logs() as logs:
        answer = client_of(RuntimeError("secret words")).get("/v1/things/1")
    assert (answer.status_code, answer.json()["code"]) == (500, "jacana.unexpected")
    (entry,) = logs
    assert entry["incident"] == answer.json()["incident"]
    assert (entry["error"], entry["route"]) == ("RuntimeError", "/v1/things/{number}")
    assert any("raise_it" in line for line in entry["trace"])
    assert all(re.fullmatch(r"\S+\.py:\d+:\S+", line) for line in entry["trace"])
    assert set(entry) - {"log_level"} <= ALLOWED_FIELDS
    assert "secret words" not in answer.text + str(logs)
    assert "Traceback" not in answer.text


class StreamBrokenError(errors.IntegrityBrokenError):
    code = "test.stream_broken"


@pytest.fixture(params=[RuntimeError, StreamBrokenError])
def breaking(request):
    """An app that fails in the middle of its answer, over a real server."""
    app = FastAPI()
    install_problem_handlers(app)

    async def pieces():
        yield b"begun"
        raise request.param("secret words")

    @app.get("/v1/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(pieces())

    config = uvicorn.Config(app, port=0, http="h11", ws="none", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    listener = config.bind_socket()
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1/stream", request.param
    server.should_exit = True
    thread.join(10)
    listener.close()


def test_an_error_after_the_answer_began_ends_the_connection_without_a_word_of_it(breaking, caplog, capfd):
    url, kind = breaking
    with capture_logs() as logs, pytest.raises(httpx.RemoteProtocolError):
        httpx.get(url)
    (entry,) = logs
    assert entry["incident"]
    assert (entry["error"], entry["route"]) == (kind.__name__, "/v1/stream")
    assert any("pieces" in line for line in entry["trace"])
    shown = "".join(capfd.readouterr()) + str(logs) + caplog.text
    assert "secret words" not in shown
    assert "Traceback" not in shown

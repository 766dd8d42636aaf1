import pytest
from console_floor import Floor, token_of

from jacana.model import errors as families
from jacana.web.console.errors import _describe

pytestmark = pytest.mark.xdist_group("console")


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (families.CredentialInvalidError("x"), 401),
        (families.PermissionDeniedError("x"), 403),
        (families.ThingNotFoundError("x"), 404),
        (families.StateConflictError("x"), 409),
        (families.InputTooLargeError("x"), 413),
        (families.InputInvalidError("x"), 422),
        (families.ServiceUnavailableError("x"), 503),
        (families.SetupInvalidError("x"), 503),
        (families.IntegrityBrokenError("x"), 500),
        (ValueError("x"), 500),
    ],
)
def test_every_family_has_its_status(problem: Exception, status: int):
    assert _describe(problem)[0] == status


def test_an_unforeseen_error_shows_neither_content_nor_trace(floor: Floor, monkeypatch, capsys):
    secret = "content that must not leak"

    def fail(*_: object) -> None:
        raise RuntimeError(secret)

    client = floor.client("rita")
    monkeypatch.setattr(type(floor.stages.desk), "list_queue", fail)
    answer = client.get("/console/")
    assert answer.status_code == 500
    assert "unexpected.RuntimeError" in answer.text
    logged = capsys.readouterr()
    assert secret not in answer.text + logged.out + logged.err
    assert "Traceback" not in answer.text + logged.out + logged.err
    assert "queue.py" in logged.out + logged.err


def test_a_remedy_is_said_with_the_problem():
    message = _describe(families.InputInvalidError("that is wrong", remedy="send another"))[2]
    assert message == "That is wrong. Send another."


def test_an_unknown_page_is_a_page(floor: Floor):
    answer = floor.client("rita").get("/console/no/such/page")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "Log out" in answer.text


def test_scripts_get_their_errors_as_data(floor: Floor):
    client = floor.client("rita")
    answer = client.post(
        "/console/cases/case_none/views",
        data={"sha256": "0" * 64},
        headers={"Accept": "application/json", "X-CSRF-Token": token_of(client)},
    )
    assert answer.status_code == 404
    assert answer.json()["code"] == "review.case_missing"


def test_a_form_without_a_log_in_is_not_replayed(floor: Floor):
    answer = floor.client().post("/console/cases/case_x/lease", data={})
    assert answer.status_code == 401
    assert "/console/login" in answer.text

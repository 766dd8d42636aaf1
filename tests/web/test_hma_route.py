from collections.abc import Iterator

import pytest
from hma_floor import HmaFloor, open_floor

from jacana.db.engine import Database
from jacana.detect.media.known import IndexUnusableError


@pytest.fixture
def floor(sqlite_url: str, tmp_path, clock) -> Iterator[HmaFloor]:
    database = Database(sqlite_url)
    with open_floor(database, tmp_path, clock) as opened:
        yield opened
    database.close()


def test_bad_input_is_400_with_field_and_remedy(floor: HmaFloor) -> None:
    answer = floor.client.get("/hma/m/lookup", params={"signal_type": "pdq", "signal": "x"})
    assert answer.status_code == 400
    assert answer.json() == {
        "message": "signal: this is not a pdq hash",
        "details": "send exactly 64 hexadecimal digits, with nothing before or after them",
        "code": "hma.input_invalid",
        "field": "signal",
    }


def test_a_parameter_of_the_wrong_type_is_400_too(floor: HmaFloor) -> None:
    answer = floor.client.get("/hma/c/bank/MY_BANK/content/abc")
    assert (answer.status_code, answer.json()["field"]) == (400, "content_id")


def test_a_body_that_is_no_json_is_400_and_a_long_one_413(floor: HmaFloor) -> None:
    answer = floor.client.post("/hma/m/compare", content=b"{", headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "input.json_invalid")
    answer = floor.client.post("/hma/m/compare", content=b" " * (2**20 + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "input.body_too_large")


def test_what_does_not_exist_is_404_with_a_message(floor: HmaFloor) -> None:
    answer = floor.client.get("/hma/c/bank/NOT_THERE")
    assert answer.status_code == 404
    assert "not-there" in answer.json()["message"]


def test_an_unusable_index_is_503_and_never_no_match(floor: HmaFloor, monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise IndexUnusableError("the hash index cannot be used")

    monkeypatch.setattr(floor.stages.screener, "search_hashes", fail)
    answer = floor.client.get("/hma/m/lookup", params={"signal_type": "pdq", "signal": "0" * 64})
    assert answer.status_code == 503
    assert answer.headers["retry-after"]

"""Who asks at the asking path: the same keys and refusals as everywhere, and the use noted after the answer."""

from typing import Annotated

import pytest
from api_floor import build_floor
from fastapi import Depends

from jacana.db.engine import Database
from jacana.ingest.keys import ApiKey
from jacana.web.api.asking import require_scope_at_once


@pytest.fixture
def floor(sqlite_url, tmp_path, clock):
    opened = Database(sqlite_url)
    floor = build_floor(opened, tmp_path, clock)

    @floor.app.get("/asked")
    def answer(key: Annotated[ApiKey, Depends(require_scope_at_once("checks:read"))]) -> dict[str, str]:
        return {"key": key.id}

    yield floor
    opened.close()


def last_use(floor, key_id: str):
    with floor.stages.db.read() as connection:
        return next(key.last_used_at for key in floor.stages.keys.list_keys(connection) if key.id == key_id)


def test_a_key_with_the_scope_is_let_in_and_its_use_is_noted(floor, clock) -> None:
    key_id = floor.client.get("/asked").json()["key"]
    first = last_use(floor, key_id)
    assert first == clock()
    clock.advance(30)
    floor.client.get("/asked")
    assert last_use(floor, key_id) == first, "once a minute is enough"
    clock.advance(31)
    floor.client.get("/asked")
    assert last_use(floor, key_id) == clock()


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [(None, 401, "key.unknown"), ("Bearer jk_wrong", 401, "key.unknown"), ("Basic abc", 401, "key.unknown")],
    ids=["none", "wrong", "basic"],
)
def test_who_has_no_key_is_not_let_in(floor, header, status: int, code: str) -> None:
    del floor.client.headers["Authorization"]
    answer = floor.client.get("/asked", headers={"Authorization": header} if header else {})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_the_scope_is_asked_for(floor) -> None:
    other = floor.make_key("events:write")
    answer = floor.client.get("/asked", headers={"Authorization": f"Bearer {other}"})
    assert (answer.status_code, answer.json()["code"]) == (403, "key.scope_missing")

from collections.abc import Iterator

import pytest
from hma_floor import HmaFloor, open_floor

from jacana.db.engine import Database


@pytest.fixture
def floor(sqlite_url: str, tmp_path, clock) -> Iterator[HmaFloor]:
    database = Database(sqlite_url)
    with open_floor(database, tmp_path, clock) as opened:
        yield opened
    database.close()


@pytest.mark.parametrize("path", ["/hma/status", "/hma/status/live"])
def test_says_that_it_lives_as_load_balancers_expect(floor: HmaFloor, path: str) -> None:
    answer = floor.client.get(path)
    assert (answer.status_code, answer.text) == (200, "I-AM-ALIVE")


def test_status_fails_when_the_banks_cannot_be_read(floor: HmaFloor, monkeypatch) -> None:
    def fail(_connection: object) -> None:
        raise OSError("away")

    monkeypatch.setattr(floor.stages.banks, "list", fail)
    assert floor.client.get("/hma/status").status_code == 503
    assert floor.client.get("/hma/status/live").status_code == 200


def test_the_site_map_lists_what_is_served(floor: HmaFloor) -> None:
    routes = floor.client.get("/hma/site-map").json()
    assert routes == sorted(routes)
    assert {"/m/lookup", "/m/raw_lookup", "/m/compare", "/h/hash", "/c/banks", "/status", "/site-map"} <= set(routes)
    assert "/c/bank/<bank_name>/content/<content_id>" in routes

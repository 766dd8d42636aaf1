import base64
from collections.abc import Iterator

import pytest
from hma_floor import HmaFloor, open_floor

from jacana.db.engine import Database
from jacana.ingest.keys import SCOPES, KeyUnknownError
from jacana.web.hma.access import read_secret

OPEN = {"/hma/status", "/hma/status/live"}


@pytest.fixture
def floor(sqlite_url: str, tmp_path, clock) -> Iterator[HmaFloor]:
    database = Database(sqlite_url)
    with open_floor(database, tmp_path, clock) as opened:
        yield opened
    database.close()


def list_routes(floor: HmaFloor) -> list[tuple[str, str]]:
    paths = floor.app.openapi()["paths"]
    filled = {path: path.replace("{bank_name}", "MY_BANK").replace("{content_id}", "1") for path in paths}
    return [(method.upper(), filled[path]) for path, methods in paths.items() for method in methods]


@pytest.mark.parametrize(
    "header", [None, "Bearer ", "Bearer jk_wrong", "Basic !", "Basic " + base64.b64encode(b"a:b").decode()]
)
def test_without_a_key_it_only_says_that_it_lives(floor: HmaFloor, header: str | None) -> None:
    del floor.client.headers["Authorization"]
    headers = {"Authorization": header} if header else {}
    routes = list_routes(floor)
    assert len(routes) >= 22
    for method, path in routes:
        answer = floor.client.request(method, path, headers=headers)
        assert answer.status_code == (200 if path in OPEN else 401), path
        if path not in OPEN:
            assert answer.headers["www-authenticate"].startswith("Basic")
            assert answer.json()["message"]


def test_what_changes_a_bank_needs_another_scope_than_what_reads(floor: HmaFloor) -> None:
    reader = {"Authorization": f"Bearer {floor.make_key('banks:read')}"}
    other = {"Authorization": f"Bearer {floor.make_key(*(one for one in SCOPES if one != 'banks:read'))}"}
    writing = {
        ("POST", "/hma/c/banks"),
        ("PUT", "/hma/c/bank/MY_BANK"),
        ("DELETE", "/hma/c/bank/MY_BANK"),
        ("POST", "/hma/c/bank/MY_BANK/content"),
        ("POST", "/hma/c/bank/MY_BANK/signal"),
        ("PUT", "/hma/c/bank/MY_BANK/content/1"),
        ("DELETE", "/hma/c/bank/MY_BANK/content/1"),
    }
    for method, path in list_routes(floor):
        if path in OPEN:
            continue
        denied = floor.client.request(method, path, headers=reader if (method, path) in writing else other)
        assert (denied.status_code, denied.json()["code"]) == (403, "key.scope_missing"), path
        let_in = floor.client.request(method, path, headers=other if (method, path) in writing else reader)
        assert let_in.status_code not in {401, 403}, path


@pytest.mark.parametrize("place", ["password", "user name"])
def test_a_base_url_can_carry_the_key(floor: HmaFloor, place: str) -> None:
    secret = floor.make_key("banks:read")
    del floor.client.headers["Authorization"]
    auth = ("any", secret) if place == "password" else (secret, "")
    assert floor.client.get("/hma/c/banks", auth=auth).status_code == 200


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Basic", "Basic " + base64.b64encode(b"\xff:").decode(), "Digest x", "jk_a"]
)
def test_a_header_without_a_key_is_told_what_to_send(header: str) -> None:
    with pytest.raises(KeyUnknownError) as refused:
        read_secret(header)
    assert "Bearer" in refused.value.message

import pytest
from api_floor import build_floor

from jacana.db.engine import Database
from jacana.ingest.keys import SCOPES

ROUTES = [
    ("POST", "/v1/uploads", "uploads:write"),
    ("GET", "/v1/uploads", "uploads:read"),
    ("GET", "/v1/uploads/upload_1", "uploads:read"),
    ("POST", "/v1/events", "events:write"),
    ("POST", "/v1/check/text", "checks:read"),
    ("POST", "/v1/check/session", "checks:read"),
    ("POST", "/v1/appeals", "events:write"),
]


@pytest.fixture
def database(sqlite_url):
    """SQLite alone: what differs between the databases is proven on the stores."""
    opened = Database(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def floor(database, tmp_path, clock):
    return build_floor(database, tmp_path, clock)


def test_every_route_of_the_api_is_in_this_test(floor):
    paths = floor.app.openapi()["paths"]
    described = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert described == {(method, path.replace("upload_1", "{id}")) for method, path, _ in ROUTES}
    assert all("security" in operation for methods in paths.values() for operation in methods.values())


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer jk_wrong", "Basic abc", "jk_wrong", "Bearer \xff"])
def test_no_route_answers_without_a_key(floor, method, path, scope, header):
    del floor.client.headers["Authorization"]
    headers = {} if header is None else {"Authorization": header.encode("latin-1")}
    answer = floor.client.request(method, path, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "key.unknown")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_every_route_asks_for_its_scope_before_anything_else(floor, method, path, scope):
    other = floor.make_key(*(one for one in SCOPES if one != scope))
    answer = floor.client.request(method, path, headers={"Authorization": f"Bearer {other}"})
    assert (answer.status_code, answer.json()["code"]) == (403, "key.scope_missing")
    assert scope in answer.json()["detail"]
    assert f'scope="{scope}"' in answer.headers["www-authenticate"]
    right = floor.make_key(scope)
    answer = floor.client.request(method, path, headers={"Authorization": f"Bearer {right}"})
    assert answer.status_code == {"GET /v1/uploads": 200, "GET /v1/uploads/upload_1": 404}.get(f"{method} {path}", 415)


def test_a_revoked_key_is_refused(floor):
    secret = floor.make_key()
    with floor.stages.db.write() as connection:
        for key in floor.stages.keys.list_keys(connection):
            floor.stages.keys.revoke(connection, key.id, "cli:test")
    answer = floor.client.get("/v1/uploads/upload_1", headers={"Authorization": f"Bearer {secret}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "key.revoked")


def test_use_is_noted_once_a_minute(floor, clock):
    def last_use():
        floor.client.get("/v1/uploads/upload_1")
        with floor.stages.db.read() as connection:
            (key,) = floor.stages.keys.list_keys(connection)
        return key.last_used_at

    first = last_use()
    assert first == clock()
    clock.advance(30)
    assert last_use() == first
    clock.advance(31)
    assert last_use() == clock()

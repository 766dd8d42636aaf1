"""Every console route names its permission, and the server holds each role to it."""

from collections.abc import Iterator

import pytest
from console_floor import PEOPLE, Floor, token_of
from fastapi.routing import APIRoute

from jacana.web import console
from jacana.web.console.errors import ConsoleRoute
from jacana.web.gate import Gate, LoginNeededError, current_session
from jacana.web.permissions import Permission, Role, may

pytestmark = pytest.mark.xdist_group("console")

OPEN_TO_ALL = {"/console/login", "/console/logout", "/console/{rest:path}"}
SOME_SHA256 = "0" * 64


def console_routes() -> Iterator[APIRoute]:
    from fastapi import FastAPI

    app = FastAPI()
    app.include_router(console.router)
    for route in iterate(app.routes):
        if isinstance(route, APIRoute):
            yield route


def iterate(routes):
    """FastAPI keeps included routers as routes of their own."""
    for route in routes:
        inner = getattr(route, "effective_route_contexts", None)
        if inner is not None:
            yield from iterate(context.original_route for context in inner())
        else:
            yield route


def gates_of(route: APIRoute) -> list[Gate]:
    return [item.call for item in route.dependant.dependencies if isinstance(item.call, Gate)]


def full_path(route: APIRoute) -> str:
    return route.path if route.path.startswith("/console") else "/console" + route.path


ROUTES = [(full_path(route), method, gates_of(route), route) for route in console_routes() for method in route.methods]


def test_the_walk_finds_the_console():
    assert len(ROUTES) > 20
    assert {path for path, _, _, _ in ROUTES} >= {"/console/", "/console/cases/{case_id}", *OPEN_TO_ALL}


@pytest.mark.parametrize(
    ("path", "method", "gates", "route"), ROUTES, ids=[f"{method} {path}" for path, method, _, _ in ROUTES]
)
def test_every_route_names_one_permission(path: str, method: str, gates: list[Gate], route: APIRoute):
    assert isinstance(route, ConsoleRoute)
    if path in OPEN_TO_ALL:
        assert not [gate for gate in gates if gate.permission]
        return
    assert len(gates) == 1
    assert isinstance(gates[0].permission, Permission)


@pytest.mark.parametrize(
    ("path", "method"), [(path, method) for path, method, _, _ in ROUTES if path != "/console/login"]
)
def test_nobody_gets_in_without_a_log_in(floor: Floor, path: str, method: str):
    answer = floor.client().request(method, fill(path))
    if method == "GET":
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/console/login?next=/console/")
    else:
        assert answer.status_code == 401


@pytest.mark.parametrize("name", PEOPLE)
def test_each_role_is_refused_exactly_what_it_may_not(floor: Floor, name: str):
    client, role = floor.client(name), PEOPLE[name]
    token = token_of(client, "/console/nothing")
    for path, method, gates, _ in ROUTES:
        if path in OPEN_TO_ALL:
            continue
        wanted = gates[0].permission
        answer = client.request(method, fill(path), data={"csrf": token} if method == "POST" else None)
        refused = answer.status_code == 403 and "console.role_insufficient" in answer.text
        assert refused is not may(role, wanted), (name, method, path, answer.status_code)


def test_an_auditor_may_change_nothing():
    changing = [
        gates[0].permission for path, method, gates, _ in ROUTES if method == "POST" and path not in OPEN_TO_ALL
    ]
    assert not [permission for permission in changing if may(Role.AUDITOR, permission)]


def test_a_route_without_a_gate_gets_no_session():
    from types import SimpleNamespace

    with pytest.raises(LoginNeededError):
        current_session(SimpleNamespace(state=SimpleNamespace()))


def test_a_session_ends(floor: Floor):
    client = floor.client("rita")
    assert client.get("/console/").status_code == 200
    floor.clock.advance(floor.stages.settings.session_hours * 3600 + 1)
    assert client.get("/console/").status_code == 303


def test_a_disabled_user_is_out_at_once(floor: Floor):
    client = floor.client("rita")
    with floor.stages.db.write() as connection:
        floor.site.state.users.disable(connection, "rita", "cli:test")
    assert client.get("/console/").status_code == 303


def fill(path: str) -> str:
    values = {"case_id": "case_none", "sha256": SOME_SHA256, "rest:path": "nothing"}
    for part in path.split("/"):
        if part.startswith("{"):
            path = path.replace(part, values.get(part[1:-1], "none"))
    return path + ("?view=none" if "/media/" in path else "")

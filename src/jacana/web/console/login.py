"""Log in and out. Says neither which of name and password was wrong nor whether a name exists."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from jacana.web.console.errors import ConsoleRoute
from jacana.web.console.pages import home_of, render
from jacana.web.gate import load_session, require_login, stages_of, users_of
from jacana.web.security import (
    RequestForgedError,
    check_token,
    clear_cookie,
    login_cookie_name,
    new_token,
    session_cookie_name,
    set_cookie,
)
from jacana.web.users import LoginRefusedError, LoginThrottledError

router = APIRouter(route_class=ConsoleRoute)


@router.get("/login")
def show_login(request: Request, next: str = "") -> Response:
    """Show the form; somebody who is logged in goes on at once."""
    session = load_session(request)
    if session is not None:
        return RedirectResponse(_inside(next) or home_of(session), 303)
    return _render_form(request, next=next)


@router.post("/login")
def log_in(
    request: Request,
    name: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=2000)],
    csrf: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",
) -> Response:
    """Open a session under a new token, whatever session the browser had before."""
    stages, users = stages_of(request), users_of(request)
    try:
        check_token(csrf, request.cookies.get(login_cookie_name(stages.settings), ""))
    except RequestForgedError:
        return _render_form(request, next=next, name=name, problem="The form had expired; try again.", status=403)
    try:
        user = users.authenticate(stages.db, name.strip(), password, request.client.host if request.client else "")
    except LoginThrottledError as throttle:
        page = _render_form(request, next=next, name=name, problem=throttle.message, status=429)
        page.headers["retry-after"] = str(throttle.retry_after_seconds)
        return page
    except LoginRefusedError as refusal:
        return _render_form(request, next=next, name=name, problem=refusal.message, status=401)
    now, before = stages.clock(), request.cookies.get(session_cookie_name(stages.settings))
    with stages.db.write() as connection:
        if before:
            users.close_session(connection, before, now)
        token = users.open_session(connection, user, now, stages.settings.session_hours)
        session = users.load_session(connection, token, now)
    target = _inside(next) or (home_of(session) if session else "/console/")
    response = RedirectResponse(target, 303)
    lifetime = stages.settings.session_hours * 3600
    set_cookie(response, stages.settings, session_cookie_name(stages.settings), token, max_age=lifetime)
    clear_cookie(response, stages.settings, login_cookie_name(stages.settings))
    return response


@router.post("/logout", dependencies=[require_login()])
def log_out(request: Request) -> Response:
    """End the session on the server, then in the browser."""
    stages = stages_of(request)
    name = session_cookie_name(stages.settings)
    with stages.db.write() as connection:
        users_of(request).close_session(connection, request.cookies[name], stages.clock())
    response = RedirectResponse("/console/login", 303)
    clear_cookie(response, stages.settings, name)
    response.headers["clear-site-data"] = '"cache", "storage"'
    return response


def _render_form(request: Request, *, next: str, name: str = "", problem: str = "", status: int = 200) -> Response:
    token = new_token()
    page = render(
        request, "login.html", status=status, token=token, next=_inside(next) or "", name=name, problem=problem
    )
    settings = stages_of(request).settings
    set_cookie(page, settings, login_cookie_name(settings), token, max_age=3600)
    return page


def _inside(path: str) -> str | None:
    """Return the path if it lies in the console; a log-in must not send anybody elsewhere."""
    plain = path.isascii() and path.isprintable() and "\\" not in path and "//" not in path
    return path if plain and path.startswith("/console/") and not path.startswith("/console/login") else None

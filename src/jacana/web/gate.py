"""The gate before every console route: who it is, whether they may, whether the form belongs to their log-in.

Never lets a page decide: what a page hides or disables is refused here, too.
"""

from typing import Annotated, Any

from fastapi import Depends, Request

from jacana.model.errors import CredentialInvalidError, PermissionDeniedError
from jacana.pipeline.stages import Stages
from jacana.web.permissions import Permission
from jacana.web.security import SAFE_METHODS, check_token, sent_token, session_cookie_name
from jacana.web.users import Session, Users


class LoginNeededError(CredentialInvalidError):
    """There is no log-in, or it has ended."""

    code = "console.login_needed"


class RoleInsufficientError(PermissionDeniedError):
    """The role of this user does not include what the route asks for."""

    code = "console.role_insufficient"


class Gate:
    """A dependency that lets a live session in. `permission` is what the route asks for; None: only a log-in."""

    def __init__(self, permission: Permission | None) -> None:
        self.permission = permission

    def __call__(self, request: Request, sent: Annotated[str | None, Depends(sent_token)]) -> None:
        """Put the session on the request. Raises LoginNeededError, RequestForgedError, RoleInsufficientError."""
        session = load_session(request)
        if session is None:
            raise LoginNeededError("please log in")
        request.state.session = session
        if request.method not in SAFE_METHODS:
            check_token(sent, session.csrf_token)
        if self.permission is not None and not session.user.may(self.permission):
            wanted = self.permission.replace("_", " ")
            raise RoleInsufficientError(f"the role {session.user.role} does not include “{wanted}”")


def require(permission: Permission) -> Any:
    """Return the dependency of a route that needs this permission; the route names it in `dependencies=[…]`."""
    return Depends(Gate(permission))


def require_login() -> Any:
    """Return the dependency for a route that any logged-in person may use."""
    return Depends(Gate(None))


def current_session(request: Request) -> Session:
    """Return the session that the route's gate let in. Raises LoginNeededError where no gate was named."""
    session: Session | None = getattr(request.state, "session", None)
    if session is None:
        raise LoginNeededError("please log in")
    return session


LiveSession = Annotated[Session, Depends(current_session)]
"""The session, for routes that need to know who asks."""


def load_session(request: Request) -> Session | None:
    """Return the live session of the request's cookie, if there is one."""
    stages = stages_of(request)
    token = request.cookies.get(session_cookie_name(stages.settings))
    if not token:
        return None
    with stages.db.read() as connection:
        return users_of(request).load_session(connection, token, stages.clock())


def stages_of(request: Request) -> Stages:
    """Return the wired stages of the site."""
    stages: Stages = request.app.state.stages
    return stages


def users_of(request: Request) -> Users:
    """Return the local users; one object per site, because it keeps the hash that unknown names are checked against."""
    state = request.app.state
    if not hasattr(state, "users"):
        state.users = Users(state.stages.clock)
    users: Users = state.users
    return users

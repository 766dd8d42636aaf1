"""Who calls: `Authorization: Bearer jk_…`, and the scope a route asks for. Every route of the API depends on this."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from jacana.ingest.keys import ApiKey, KeyUnknownError
from jacana.pipeline.stages import Stages

bearer = HTTPBearer(auto_error=False, scheme_name="ApiKey", description="An API key, `jk_…`.")


def stages_of(request: Request) -> Stages:
    """Return the wired stages of the app."""
    stages: Stages = request.app.state.stages
    return stages


def require_scope(scope: str) -> Callable[..., ApiKey]:
    """Return a dependency that yields the caller's key.

    It raises KeyUnknownError or KeyRevokedError (401), or ScopeMissingError (403), before any of the body is read.
    """

    def identify(
        request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
    ) -> ApiKey:
        if credentials is None:
            raise KeyUnknownError("send an API key: Authorization: Bearer jk_…")
        return admit_key(stages_of(request), credentials.credentials, scope)

    return identify


def admit_key(stages: Stages, secret: str, scope: str) -> ApiKey:
    """Return the key of this secret and note its use. Raises KeyUnknownError, KeyRevokedError, ScopeMissingError."""
    with stages.db.read() as connection:
        key = stages.keys.authenticate(connection, secret)
    key.require(scope)
    if stages.keys.use_is_due(key):
        with stages.db.write() as connection:
            stages.keys.note_use(connection, key.id)
    return key

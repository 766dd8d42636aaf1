"""Who asks at the asking path: as `auth`, but no answer ever waits for a database writer.

That a key was used is noted after the answer has gone out.
"""

from collections.abc import Callable
from typing import Annotated

from fastapi import BackgroundTasks, Depends, Request
from fastapi.security import HTTPAuthorizationCredentials

from jacana.ingest.keys import ApiKey, KeyUnknownError
from jacana.pipeline.stages import Stages
from jacana.web.api.auth import bearer, stages_of


def require_scope_at_once(scope: str) -> Callable[..., ApiKey]:
    """Return a dependency that yields the caller's key, with errors as those of `require_scope`."""

    def identify(
        request: Request,
        after: BackgroundTasks,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    ) -> ApiKey:
        if credentials is None:
            raise KeyUnknownError("send an API key: Authorization: Bearer jk_…")
        stages = stages_of(request)
        with stages.db.read() as connection:
            key = stages.keys.authenticate(connection, credentials.credentials)
        key.require(scope)
        if stages.keys.use_is_due(key):
            after.add_task(note_use, stages, key)
        return key

    return identify


def note_use(stages: Stages, key: ApiKey) -> None:
    """Record that the key was used."""
    with stages.db.write() as connection:
        stages.keys.note_use(connection, key.id)

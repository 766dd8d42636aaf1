"""One Jacana works on one database at a time: two would take up each other's unfinished workflows."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from jacana.model.errors import SetupInvalidError
from jacana.pipeline.stages import Stages

_ADVISORY_LOCK = 0x6A6163616E61  # "jacana" in ASCII


class ServiceAlreadyRunningError(SetupInvalidError):
    """Another `jacana serve` holds this database."""

    code = "pipeline.already_running"


@contextmanager
def claim_service(stages: Stages) -> Iterator[None]:
    """Hold the claim while the block runs; a crash releases it. Raises ServiceAlreadyRunningError."""
    claim = _claim_file(stages) if stages.db.is_sqlite else _claim_postgres(stages)
    with claim:
        yield


@contextmanager
def _claim_file(stages: Stages) -> Iterator[None]:
    stages.settings.data_dir.mkdir(parents=True, exist_ok=True)
    with (stages.settings.data_dir / "serve.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _refuse() from None
        yield


@contextmanager
def _claim_postgres(stages: Stages) -> Iterator[None]:
    with stages.db.engine.connect() as connection:
        if not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(_ADVISORY_LOCK))):
            raise _refuse()
        connection.commit()
        try:
            yield
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(_ADVISORY_LOCK)))  # else the pool would keep it
            connection.commit()


def _refuse() -> ServiceAlreadyRunningError:
    return ServiceAlreadyRunningError(
        "another `jacana serve` already works on this database", remedy="stop it, or give this one its own data_dir"
    )

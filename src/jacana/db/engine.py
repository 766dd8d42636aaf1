"""One Database over SQLite (WAL, full sync, one writer at a time) or Postgres.

Stages receive a Connection and never open transactions of their own: the caller decides what is one transaction.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from jacana.model.errors import ServiceUnavailableError, SetupInvalidError

Connection = sa.Connection


class DatabaseUnavailableError(ServiceUnavailableError):
    """The database did not answer, or stayed locked."""

    code = "database.unavailable"


class DatabaseUrlInvalidError(SetupInvalidError):
    """database_url is not a SQLite or Postgres URL."""

    code = "database.url_invalid"


class DatabaseMissingError(SetupInvalidError):
    """There is no database, or it is empty."""

    code = "database.missing"


MISSING = "there is no database yet"
MISSING_REMEDY = "run `jacana init`, or `jacana migrate` where a settings file is there already"


class Database:
    """Hands out read and write transactions. Opening one makes no folder and no file: `create_file` does."""

    def __init__(self, url: str) -> None:
        self.url = _choose_driver(url)
        self.is_sqlite = self.url.startswith("sqlite")
        self._file = _find_file(self.url) if self.is_sqlite else None
        self._writer = threading.RLock()
        # hide_parameters: an exception's text may end in a log or in the workflow engine's tables
        if self.is_sqlite:
            arguments = {"timeout": 30, "check_same_thread": False}
            self.engine = sa.create_engine(self.url, connect_args=arguments, hide_parameters=True)
            sa.event.listen(self.engine, "do_connect", self._refuse_missing)
            sa.event.listen(self.engine, "connect", _prepare_sqlite)
            sa.event.listen(self.engine, "begin", _begin_sqlite)
        else:
            self.engine = sa.create_engine(
                self.url, pool_pre_ping=True, pool_size=10, max_overflow=20, hide_parameters=True
            )

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a read transaction. Raises DatabaseUnavailableError, DatabaseMissingError."""
        with self._translate(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a write transaction; it commits when the block ends and rolls back if the block raises.

        On SQLite one writer runs at a time: threads queue on a lock, processes on BEGIN IMMEDIATE (30 s).
        Raises DatabaseUnavailableError, DatabaseMissingError.
        """
        with self._translate(), self._one_writer(), self.engine.connect() as connection:
            connection = connection.execution_options(jacana_write=True)
            with connection.begin():
                yield connection

    def is_missing(self) -> bool:
        """Say whether this is a SQLite file that is not there."""
        return self._file is not None and not self._file.exists()

    def create_file(self) -> None:
        """Make the SQLite file and its folder, for this user only; nothing if it is there, or on Postgres.

        Raises DatabaseUnavailableError.
        """
        if self._file is None or self._file.exists():
            return
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file.touch(mode=0o600)
        except OSError as problem:
            raise DatabaseUnavailableError(f"{self._file} cannot be made ({problem.strerror})") from problem

    def read_clock(self) -> datetime | None:
        """Return the database server's time, None on SQLite, which has no clock of its own.

        Raises DatabaseUnavailableError.
        """
        if self.is_sqlite:
            return None
        with self.read() as connection:
            return connection.scalar(sa.select(sa.func.clock_timestamp()))

    def close(self) -> None:
        """Release every pooled connection."""
        self.engine.dispose()

    def _refuse_missing(self, *_connecting: Any) -> None:
        if self.is_missing():
            raise DatabaseMissingError(MISSING, remedy=MISSING_REMEDY)

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        with self._writer:
            yield

    @contextmanager
    def _translate(self) -> Iterator[None]:
        try:
            yield
        except OperationalError as problem:
            raise DatabaseUnavailableError(f"the database did not answer ({type(problem.orig).__name__})") from problem


def _choose_driver(url: str) -> str:
    if url.startswith(("sqlite:", "postgresql+psycopg:")):
        return url
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    raise DatabaseUrlInvalidError(
        "database_url is neither SQLite nor Postgres",
        remedy="use sqlite:///path or postgresql://user:password@host/name",
    )


def _find_file(url: str) -> Path | None:
    path = sa.make_url(url).database
    return None if not path or path == ":memory:" or path.startswith("file:") else Path(path)


def _prepare_sqlite(connection: Any, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # SQLAlchemy's begin event opens transactions; the driver must not
    for pragma in (
        "cache_size=-16384",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        "busy_timeout=30000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("jacana_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

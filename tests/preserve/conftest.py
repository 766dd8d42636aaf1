"""A vault over each database and a folder."""

from pathlib import Path

import pytest

from jacana.db.engine import Database
from jacana.preserve.objects import ObjectStore, open_object_store
from jacana.preserve.vault import Vault

KEY = bytes(range(32))


@pytest.fixture
def vault_folder(tmp_path: Path) -> Path:
    return tmp_path / "vault"


@pytest.fixture
def objects(vault_folder: Path) -> ObjectStore:
    return open_object_store(vault_folder.as_uri())


@pytest.fixture
def vault(database: Database, objects: ObjectStore, clock) -> Vault:
    return Vault(database, objects, KEY, "k1", clock)

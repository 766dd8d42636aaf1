"""The composition root: wires, refuses what cannot work, records changed settings, starts and stops the workers."""

import base64
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from jacana.app import build_site, build_stages, close_stages, record_settings
from jacana.audit import last_entry
from jacana.db.schema import SchemaOutdatedError
from jacana.settings import LoadedSettings, SettingInvalidError, load_settings

KEY = base64.b64encode(bytes(32)).decode()


@pytest.fixture
def loaded(sqlite_url: str, tmp_path: Path) -> LoadedSettings:
    return load_settings(
        environment={
            "JACANA_DATABASE_URL": sqlite_url,
            "JACANA_DATA_DIR": str(tmp_path / "data"),
            "JACANA_VAULT_KEY": KEY,
            "JACANA_FIELD_KEY": KEY,
        }
    )


def test_missing_keys_are_named_with_the_remedy(sqlite_url: str) -> None:
    with pytest.raises(SettingInvalidError) as problem:
        build_stages(load_settings(environment={"JACANA_DATABASE_URL": sqlite_url}))
    assert "field_key" in problem.value.message
    assert "jacana init" in str(problem.value.remedy)


def test_an_empty_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaOutdatedError):
        build_stages(load_settings(environment={"JACANA_DATA_DIR": str(tmp_path), "JACANA_FIELD_KEY": KEY}))


def test_changed_settings_are_audited_once_and_secrets_only_as_fingerprints(loaded: LoadedSettings) -> None:
    stages = build_stages(loaded)
    record_settings(stages, loaded)
    record_settings(stages, loaded)
    changed = replace(loaded, settings=replace(loaded.settings, undo_seconds=99))
    record_settings(stages, changed)
    with stages.db.read() as connection:
        entry = last_entry(connection, "settings.changed")
    close_stages(stages)
    assert entry is not None
    assert entry.details["changed"] == ["undo_seconds"]
    assert entry.details["settings"]["vault_key"].startswith("fingerprint ")
    assert KEY not in str(entry.details)


def test_the_site_starts_its_workers_and_stops_them(loaded: LoadedSettings) -> None:
    with TestClient(build_site(loaded)) as client:
        assert client.get("/healthz").json() == {"status": "alive"}
        assert client.get("/readyz").json() == {"status": "ready"}
    with TestClient(build_site(loaded)) as client:
        assert client.get("/readyz").status_code == 200

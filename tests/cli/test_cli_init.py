"""`jacana init` makes everything a Jacana needs, for its user only, and never touches what is there."""

import base64
from pathlib import Path

import pytest

from jacana.cli.init import FolderUnusableError, SettingsFileExistsError, init
from jacana.db.engine import Database
from jacana.db.schema import SchemaOutdatedError, check_schema
from jacana.settings import load_settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_keys_folder_and_database_are_made(folder: Path, run_verb) -> None:
    result = run_verb(init)
    assert result.exit_code == 0, result.output
    assert (folder / "jacana.toml").stat().st_mode & 0o777 == 0o600
    assert (folder / "data").stat().st_mode & 0o777 == 0o700
    settings = load_settings(environment={}).settings
    assert settings.data_dir == folder / "data"
    keys = [settings.key_bytes("vault_key"), settings.key_bytes("field_key")]
    secret = base64.b64decode(settings.network_secret.removeprefix("whsec_"), validate=True)
    assert settings.network_secret.startswith("whsec_")
    assert len({*keys, secret}) == 3
    assert len(secret) >= 24
    assert settings.cybertip_environment == "off"
    assert settings.uploads_legal_basis == ""
    database = Database(settings.resolved_database_url())
    assert check_schema(database)
    database.close()
    for name in ("vault_key", "field_key", "network_secret"):
        assert getattr(settings, name) not in result.output
    assert "jacana doctor" in result.output


def test_a_data_folder_that_is_there_is_closed_to_others(folder: Path, run_verb) -> None:
    (folder / "data").mkdir(mode=0o755)
    assert run_verb(init).exit_code == 0
    assert (folder / "data").stat().st_mode & 0o777 == 0o700


def test_a_command_before_init_makes_nothing(folder: Path, run_jacana) -> None:
    for command in (("bank", "list"), ("audit", "head"), ("key", "list")):
        result = run_jacana(*command)
        assert result.returncode != 0
        assert "Traceback" not in result.stderr
    result = run_jacana("bank", "list")
    assert "there is no database yet" in result.stderr
    assert "jacana init" in result.stderr
    assert list(folder.iterdir()) == []


def test_a_file_that_is_there_is_kept(folder: Path, run_verb) -> None:
    run_verb(init)
    before = (folder / "jacana.toml").read_text()
    result = run_verb(init)
    assert isinstance(result.exception, SettingsFileExistsError)
    assert result.exception.remedy
    assert (folder / "jacana.toml").read_text() == before


def test_two_folders_get_different_keys(folder: Path, run_verb) -> None:
    for name in ("a", "b"):
        assert run_verb(init, "--dir", str(folder / name)).exit_code == 0
    one, two = (load_settings(folder / name / "jacana.toml", environment={}).settings for name in ("a", "b"))
    assert one.vault_key != two.vault_key
    assert one.data_dir == folder / "a" / "data"


def test_the_environment_s_database_is_the_one_that_is_migrated(folder: Path, run_verb, monkeypatch) -> None:
    other = f"sqlite:///{folder / 'other.db'}"
    monkeypatch.setenv("JACANA_DATABASE_URL", other)
    assert run_verb(init).exit_code == 0
    database = Database(other)
    assert check_schema(database)
    database.close()
    own = Database(f"sqlite:///{folder / 'data' / 'jacana.db'}")
    with pytest.raises(SchemaOutdatedError):
        check_schema(own)
    own.close()


def test_a_folder_that_cannot_be_made_is_named(folder: Path, run_verb) -> None:
    (folder / "file").write_text("")
    result = run_verb(init, "--dir", str(folder / "file" / "below"))
    assert isinstance(result.exception, FolderUnusableError | SettingsFileExistsError)
    assert "file" in result.exception.message

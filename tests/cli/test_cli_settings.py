"""`jacana settings` shows every setting with its origin and never a secret."""

import json
from pathlib import Path

import pytest

from jacana.cli.settings import settings
from jacana.settings import SETTING_FIELDS, SettingInvalidError

SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I="


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "jacana.toml").write_text(f'vault_key = "{SECRET}"\nport = 99\n', encoding="utf-8")
    monkeypatch.setenv("JACANA_DATABASE_URL", f"postgresql://jacana:{SECRET}@host/name")
    return tmp_path


def test_the_table_has_value_origin_and_meaning(run_verb) -> None:
    result = run_verb(settings)
    assert result.exit_code == 0
    assert SECRET not in result.output
    lines = {line.split()[0]: line.split()[1:] for line in result.output.splitlines()}
    assert set(SETTING_FIELDS) <= set(lines)
    assert lines["port"][:3] == ["99", "file", "jacana.toml"]
    assert lines["vault_key"][0] == "••••"
    assert lines["database_url"][:2] == ["postgresql://jacana:••••@host/name", "environment"]


def test_json_has_the_same(run_verb) -> None:
    result = run_verb(settings, "--json")
    assert SECRET not in result.output
    rows = {row["name"]: row for row in json.loads(result.output)}
    assert list(rows) == list(SETTING_FIELDS)
    assert rows["port"] == {
        "name": "port",
        "value": "99",
        "origin": "file jacana.toml",
        "help": SETTING_FIELDS["port"].metadata["help"],
        "secret": False,
    }


def test_a_wrong_file_is_an_error(folder: Path, run_verb) -> None:
    (folder / "jacana.toml").write_text("prot = 99\n", encoding="utf-8")
    assert isinstance(run_verb(settings).exception, SettingInvalidError)

"""A folder in which the command line finds keys and a migrated database, and a way to run one verb in process."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def prepared_folder(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder is also data_dir; keys and database come from the environment."""
    for name, value in {
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": sqlite_url,
        "VAULT_KEY": KEY,
        "FIELD_KEY": KEY,
        "NETWORK_SECRET": f"whsec_{KEY}",
    }.items():
        monkeypatch.setenv(f"JACANA_{name}", value)
    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o700)
    return tmp_path


@pytest.fixture
def run_verb() -> Callable[..., Result]:
    """Run a group's app, or a single command's function, in process; a Jacana error is the result's exception."""

    def run(verb: typer.Typer | Callable[..., None], *arguments: str, text: str | None = None) -> Result:
        if isinstance(verb, typer.Typer):
            app = verb
        else:
            app = typer.Typer()
            app.command()(verb)
        return CliRunner().invoke(app, list(arguments), input=text, env={"COLUMNS": "300"})

    return run

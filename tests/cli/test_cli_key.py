import io
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from rich.console import Console
from typer.testing import CliRunner

from jacana.cli import key as command
from jacana.db.engine import Database
from jacana.ingest.keys import ApiKeys, KeyInvalidError, KeyNotFoundError, KeyRevokedError


@pytest.fixture
def stages(sqlite_url, clock):
    database = Database(sqlite_url)
    yield SimpleNamespace(db=database, keys=ApiKeys(clock))
    database.close()


@pytest.fixture
def run(stages, monkeypatch):
    @contextmanager
    def open_stages():
        yield stages

    monkeypatch.setattr(command, "open_stages", open_stages)

    def run(*arguments):
        printed = io.StringIO()
        monkeypatch.setattr(command, "console", Console(file=printed, width=300))
        result = CliRunner().invoke(command.app, arguments)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, printed.getvalue(), result.output

    return run


def test_a_key_is_made_shown_once_and_works(run, stages):
    code, said, output = run("create", "our backend", "--scope", "uploads:write", "--scope", "uploads:read")
    assert code == 0
    secret = output.split()[-1]
    with stages.db.read() as connection:
        key = stages.keys.authenticate(connection, secret)
    assert (key.name, key.scopes) == ("our backend", ("uploads:write", "uploads:read"))
    assert key.id in said
    assert secret not in str(run("list"))


def test_the_list_shows_revoked_keys_too(run, stages):
    secret = run("create", "one", "--scope", "events:write")[2].split()[-1]
    with stages.db.read() as connection:
        (key,) = stages.keys.list_keys(connection)
    assert key.id in run("revoke", key.id)[1]
    assert "2026-11-22T12:00:00.000Z" in run("list")[1].split(key.id)[1]
    with stages.db.read() as connection, pytest.raises(KeyRevokedError):
        stages.keys.authenticate(connection, secret)


def test_what_makes_no_sense_is_refused(run):
    with pytest.raises(KeyInvalidError) as caught:
        run("create", "n", "--scope", "upload:write")
    assert caught.value.remedy == "did you mean uploads:write?"
    with pytest.raises(KeyNotFoundError):
        run("revoke", "key_none")
    assert run("create", "n")[0] == 2

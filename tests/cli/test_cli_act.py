import base64
import os

import pytest
from typer.testing import CliRunner

from jacana.act.enforcement import Enforcement, Order
from jacana.act.memory import MemoryNetwork, Mishap
from jacana.act.order import ActionNotDeadError, ActionUnknownError
from jacana.cli import act, context
from jacana.db.engine import Database
from jacana.model.action import ActionKind, ActionState, TargetKind
from jacana.model.clock import utc_now
from jacana.model.errors import InputInvalidError


@pytest.fixture
def ledger(monkeypatch, tmp_path, sqlite_url):
    """A database with two dead letters and one delivered action, and the settings that make commands use it."""
    key = base64.b64encode(bytes(32)).decode()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(context, "_flags", {})
    monkeypatch.setattr(context, "_file", [])
    for name in [name for name in os.environ if name.startswith("JACANA_") and not name.startswith("JACANA_TEST_")]:
        monkeypatch.delenv(name)
    for name, value in {"FIELD_KEY": key, "VAULT_KEY": key, "DATABASE_URL": sqlite_url, "DATA_DIR": "data"}.items():
        monkeypatch.setenv(f"JACANA_{name}", value)
    monkeypatch.setattr(context.console, "width", 400)
    database = Database(sqlite_url)
    network = MemoryNetwork([Mishap(status=422), Mishap(status=410)])
    enforcement = Enforcement(database, network, utc_now, (5,))
    orders = [
        Order(ActionKind.HOLD, TargetKind.UPLOAD, f"clip-{n}", "anna", f"upload_{n}", "dec_1", "[bold]known", None, "p")
        for n in (1, 2, 3)
    ]
    with database.write() as connection:
        actions = enforcement.order(connection, orders)
    for action in actions:
        enforcement.deliver(action.id, 1)
    yield database, enforcement, actions
    database.close()


def run(*arguments: str) -> str:
    with context.console.capture() as captured:
        result = CliRunner().invoke(act.app, arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return captured.get() + result.output


def states(ledger) -> list[ActionState]:
    database, enforcement, actions = ledger
    with database.read() as connection:
        return [enforcement.load_action(connection, action.id).state for action in actions]


def test_dead_letters_are_listed_with_the_answer(ledger):
    _database, _enforcement, actions = ledger
    shown = run("dead")
    assert actions[0].id in shown
    assert actions[1].id in shown
    assert actions[2].id not in shown
    assert "422 scripted" in shown
    assert "[bold]known" in shown


def test_actions_are_listed_by_upload_account_or_decision(ledger):
    _database, _enforcement, actions = ledger
    for arguments in (("--account", "anna"), ("--cause", "dec_1")):
        shown = run("list", *arguments)
        assert all(action.id in shown for action in actions)
    shown = run("list", "--upload", "upload_3")
    assert [action.id in shown for action in actions] == [False, False, True]
    assert run("list", "--upload", "upload_9").strip() == "none"


def test_a_list_of_everything_is_not_offered(ledger):
    with pytest.raises(InputInvalidError, match="list by") as caught:
        run("list")
    assert "--account" in caught.value.remedy


def test_one_dead_letter_is_put_back_in_line(ledger):
    _database, _enforcement, actions = ledger
    assert "1 put back" in run("retry", actions[0].id)
    assert states(ledger) == [ActionState.PENDING, ActionState.DEAD, ActionState.DELIVERED]


def test_all_dead_letters_are_put_back_in_line(ledger):
    assert "2 put back" in run("retry", "--all")
    assert states(ledger) == [ActionState.PENDING, ActionState.PENDING, ActionState.DELIVERED]
    assert run("dead").strip() == "none"


def test_what_is_not_dead_or_not_there_is_refused_and_nothing_changes(ledger):
    _database, _enforcement, actions = ledger
    with pytest.raises(ActionNotDeadError):
        run("retry", actions[0].id, actions[2].id)
    with pytest.raises(ActionUnknownError):
        run("retry", "act_none")
    assert states(ledger)[0] is ActionState.DEAD


@pytest.mark.parametrize("arguments", [(), ("act_1", "--all")])
def test_retry_wants_either_names_or_all(ledger, arguments):
    with pytest.raises(InputInvalidError, match="nothing to retry"):
        run("retry", *arguments)

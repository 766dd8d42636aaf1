"""`jacana user` adds, lists and disables people, and never takes a password as an argument."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from jacana.audit import list_entries
from jacana.cli import user
from jacana.db.engine import Database
from jacana.web.permissions import Role
from jacana.web.users import LOCK_AFTER_FAILURES, LoginRefusedError, PasswordWeakError, Users

PASSWORD = "correct horse battery"


@pytest.fixture
def stages(sqlite_url: str, clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    wired = SimpleNamespace(db=Database(sqlite_url), clock=clock)

    @contextmanager
    def open_stages() -> Iterator[SimpleNamespace]:
        yield wired

    monkeypatch.setattr(user, "open_stages", open_stages)
    monkeypatch.setattr(user, "console", Console(width=300))
    yield wired
    wired.db.close()


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(user.app, [*arguments], input=typed)


def logs_in(stages: SimpleNamespace, name: str, password: str) -> bool:
    try:
        return Users(stages.clock).authenticate(stages.db, name, password).name == name
    except LoginRefusedError:
        return False


def test_a_person_is_added_with_a_password_from_standard_input(stages: SimpleNamespace) -> None:
    result = run("add", "anna", "--role", "reviewer", "--password-stdin", typed=PASSWORD + "\n")
    assert result.exit_code == 0
    assert "Added anna (reviewer)" in result.output
    assert PASSWORD not in result.output
    assert logs_in(stages, "anna", PASSWORD)
    with stages.db.read() as connection:
        assert Users(stages.clock).find(connection, "anna").role is Role.REVIEWER
        _, created = next(iter(list_entries(connection)))
    assert created.actor.startswith("cli:")


def test_a_generated_password_is_printed_once_and_works(stages: SimpleNamespace) -> None:
    result = run("add", "anna", "--role", "lead", "--generate")
    password = result.output.split("Password, shown only now: ")[1].strip()
    assert logs_in(stages, "anna", password)


def test_a_password_is_asked_for_twice_and_hidden(stages: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([PASSWORD, PASSWORD, PASSWORD, "something else!"])
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(answers))
    monkeypatch.setattr(user, "sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True)))
    assert run("add", "anna", "--role", "lead").exit_code == 0
    assert logs_in(stages, "anna", PASSWORD)
    assert isinstance(run("add", "ben", "--role", "lead").exception, user.PasswordUnreadError)


@pytest.mark.parametrize("options", [(), ("--generate", "--password-stdin")])
def test_where_the_password_comes_from_must_be_clear(stages: SimpleNamespace, options: tuple[str, ...]) -> None:
    problem = run("add", "anna", "--role", "lead", *options).exception
    assert isinstance(problem, user.PasswordUnreadError)
    assert problem.remedy


def test_a_weak_password_and_an_unknown_role_are_refused(stages: SimpleNamespace) -> None:
    weak = run("add", "anna", "--role", "lead", "--password-stdin", typed="short\n")
    assert isinstance(weak.exception, PasswordWeakError)
    assert run("add", "anna", "--role", "king", "--generate").exit_code == 2


def test_people_are_listed_with_their_state(stages: SimpleNamespace) -> None:
    assert "Nobody yet" in run("list").output
    for name in ("anna", "ben", "cleo"):
        run("add", name, "--role", "auditor", "--password-stdin", typed=PASSWORD)
    assert "ben can no longer log in." in run("disable", "ben").output
    for _ in range(LOCK_AFTER_FAILURES):
        assert not logs_in(stages, "cleo", "wrong password!")
    lines = [line for line in run("list").output.splitlines() if "auditor" in line]
    states = {line.split("│")[1].strip(): line.split("│")[3].strip() for line in lines}
    assert states == {"anna": "active", "ben": "disabled", "cleo": "locked for a while"}
    assert not logs_in(stages, "ben", PASSWORD)


def test_a_new_password_replaces_the_old(stages: SimpleNamespace) -> None:
    run("add", "anna", "--role", "lead", "--password-stdin", typed=PASSWORD)
    result = run("password", "anna", "--password-stdin", typed="another long password")
    assert result.exit_code == 0
    assert not logs_in(stages, "anna", PASSWORD)
    assert logs_in(stages, "anna", "another long password")
    fresh = run("password", "anna", "--generate").output.split("shown only now: ")[1].strip()
    assert logs_in(stages, "anna", fresh)

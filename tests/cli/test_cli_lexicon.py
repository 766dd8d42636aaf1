"""`jacana lexicon` from an import to a retirement, on a real database; no output ever holds a word unasked."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from jacana.audit import list_entries
from jacana.cli.lexicon import app
from jacana.db.engine import Database
from jacana.detect.text.lexicon.lexicon import TermStateError, TermUnknownError
from jacana.detect.text.lexicon.rules import ReasonInvalidError

Run = Callable[..., Result]
WORDS = ("zorvalim", "quandrel", "mirtavol")


def read_entries(url: str) -> list:
    database = Database(url)
    with database.read() as connection:
        entries = [entry for _, entry in list_entries(connection)]
    database.close()
    return entries


@pytest.fixture
def term_id(prepared_folder: Path, run_verb: Run) -> str:
    """One candidate that requires another word."""
    added = run_verb(
        app, "add", "--source", "us", "--licence", "own", "--severity", "4", "--fields", "bio",
        text="zorvalim\nquandrel\n\n",
    )  # fmt: skip
    assert added.exit_code == 0, added.output
    assert not [word for word in WORDS if word in added.output]
    return added.output.split()[0]


def test_a_term_is_listed_and_shown_masked(term_id: str, run_verb: Run) -> None:
    listed = run_verb(app, "list").output
    shown = run_verb(app, "show", term_id).output
    for output in (listed, shown):
        assert "z•••••m (8)" in output
        assert term_id in listed
        assert not [word for word in WORDS if word in output]
    assert "1 candidate" in listed and "0 of 2" in listed
    assert "bio, requires 1" in shown and "by cli:" in shown
    assert "no terms" in run_verb(app, "list", "--state", "active").output
    assert isinstance(run_verb(app, "show", "term_none").exception, TermUnknownError)


def test_a_reveal_needs_a_reason_and_is_on_record(term_id: str, run_verb: Run, sqlite_url: str) -> None:
    assert run_verb(app, "reveal", term_id).exit_code == 2
    assert isinstance(run_verb(app, "reveal", term_id, "--because", "x").exception, ReasonInvalidError)
    assert "term.revealed" not in [entry.verb for entry in read_entries(sqlite_url)]
    output = run_verb(app, "reveal", term_id, "--because", "asked by counsel").output
    assert "zorvalim" in output and "quandrel" in output
    last = read_entries(sqlite_url)[-1]
    assert (last.verb, last.subject, last.details) == ("term.revealed", term_id, {"because": "asked by counsel"})
    assert last.actor.startswith("cli:")


def test_a_candidate_is_shadowed_and_retired(term_id: str, run_verb: Run) -> None:
    assert run_verb(app, "shadow", term_id).exit_code == 0
    assert isinstance(run_verb(app, "shadow", term_id).exception, TermStateError)
    assert run_verb(app, "retire", term_id, "--because", "no use").exit_code == 0
    assert "1 retired" in run_verb(app, "list").output


def test_who_approves_is_said_in_the_help(run_verb: Run) -> None:
    output = " ".join(run_verb(app, "--help").output.split())
    assert "Two people approve a term in the console" in output
    assert "approve" not in [command.name for command in app.registered_commands]


def test_discovery_says_what_it_read(prepared_folder: Path, run_verb: Run) -> None:
    output = run_verb(app, "discover", "--propose").output
    assert "0 texts of 0 independent authors (0 confirmed accounts)" in output
    assert "nothing stands out" in output
    assert "0 candidates were stored" in output

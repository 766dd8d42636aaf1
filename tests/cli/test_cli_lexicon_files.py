"""What goes into the lexicon and what comes out of it, as files and over standard input."""

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from jacana.audit import list_entries
from jacana.cli import lexicon_files
from jacana.cli.lexicon import app
from jacana.cli.lexicon_files import TermExportInvalidError, TermImportPartialError, TermUnreadError
from jacana.db.engine import Database
from jacana.detect.text.lexicon.files import TermFileInvalidError
from jacana.detect.text.lexicon.lexicon import TermTakenError
from jacana.detect.text.lexicon.rules import ReasonInvalidError, TermInvalidError

Run = Callable[..., Result]
WORDS = ("zorvalim", "quandrel", "mirtavol")
GIVEN = ("--source", "a partner", "--licence", "members only", "--match-mode", "canonical", "--severity", "3")


def read_entries(url: str) -> list:
    database = Database(url)
    with database.read() as connection:
        entries = [entry for _, entry in list_entries(connection)]
    database.close()
    return entries


def test_good_rows_are_imported_and_bad_ones_named(prepared_folder: Path, run_verb: Run, sqlite_url: str) -> None:
    Path("list.csv").write_text("term,severity\nzorvalim,4\nquandrel,9\nmirtavol,\n")
    result = run_verb(app, "import", "list.csv", *GIVEN)
    assert isinstance(result.exception, TermImportPartialError)
    assert "refused: list.csv line 3, severity" in result.output
    assert "2 added, 0 updated, 0 unchanged" in result.output
    assert not [word for word in WORDS if word in result.output]
    assert "2 candidate" in run_verb(app, "list").output
    imported = read_entries(sqlite_url)[-1]
    assert imported.details == {"added": 2, "updated": 0, "unchanged": 0, "refused": 1}


def test_the_same_again_changes_nothing_unless_it_is_told_to(prepared_folder: Path, run_verb: Run) -> None:
    Path("list.csv").write_text("term\nzorvalim\n")
    assert run_verb(app, "import", "list.csv", *GIVEN, "--state", "shadow").exit_code == 0
    Path("list.jsonl").write_text(json.dumps({"term": "Zorvalim", "severity": 5, "state": "shadow"}) + "\n")
    assert "1 unchanged" in run_verb(app, "import", "list.jsonl", *GIVEN).output
    assert "1 updated" in run_verb(app, "import", "list.jsonl", *GIVEN, "--update").output
    assert "1 shadow" in run_verb(app, "list").output


def test_source_and_licence_are_needed(prepared_folder: Path, run_verb: Run) -> None:
    Path("list.csv").write_text("term\nzorvalim\n")
    result = run_verb(app, "import", "list.csv", "--source", "s", "--match-mode", "token", "--severity", "3")
    assert isinstance(result.exception, TermImportPartialError)
    assert "line 2, licence" in result.output and "0 added" in result.output


@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, TermUnreadError), (b"\xff\xfe\xff", TermUnreadError), (b"zorvalim\n", TermFileInvalidError)],
    ids=["missing", "not text", "no header"],
)
def test_a_file_that_is_none_is_refused(prepared_folder: Path, run_verb: Run, content, problem) -> None:
    if content is not None:
        Path("list.csv").write_bytes(content)
    refused = run_verb(app, "import", "list.csv", *GIVEN)
    assert isinstance(refused.exception, problem)
    assert "zorvalim" not in f"{refused.exception} {refused.exception.remedy}"


def test_nothing_arrives_active(prepared_folder: Path, run_verb: Run) -> None:
    Path("list.csv").write_text("term\nzorvalim\n")
    assert isinstance(run_verb(app, "import", "list.csv", *GIVEN, "--state", "active").exception, TermUnreadError)
    Path("list.csv").write_text("term,state\nzorvalim,active\n")
    assert run_verb(app, "import", "list.csv", *GIVEN).exit_code == 0
    assert "1 shadow" in run_verb(app, "list").output


def test_an_export_is_for_this_user_only_and_on_record(prepared_folder: Path, run_verb: Run, sqlite_url: str) -> None:
    Path("list.csv").write_text("term,requires\nzorvalim,quandrel\n")
    run_verb(app, "import", "list.csv", *GIVEN)
    refused = run_verb(app, "export", "out.csv")
    assert isinstance(refused.exception, ReasonInvalidError)
    assert not Path("out.csv").exists()
    told = run_verb(app, "export", "out.csv", "--because", "for a partner")
    assert "1 terms written" in told.output and "zorvalim" not in told.output
    assert stat.S_IMODE(Path("out.csv").stat().st_mode) == 0o600
    assert "zorvalim" in Path("out.csv").read_text()
    assert read_entries(sqlite_url)[-1].details == {"because": "for a partner", "terms": 1}
    again = run_verb(app, "export", "out.csv", "--because", "for a partner")
    assert isinstance(again.exception, TermExportInvalidError)
    assert "1 unchanged" in run_verb(app, "import", "out.csv").output
    piped = run_verb(app, "export", "--format", "jsonl", "--because", "into a pipe")
    assert json.loads(piped.output)["requires"] == ["quandrel"]
    assert run_verb(app, "export", "-", "--because", "into a pipe").output.startswith("term,")
    assert not Path("-").exists()


def test_a_terminal_gets_masked_terms_only(
    prepared_folder: Path, run_verb: Run, monkeypatch: pytest.MonkeyPatch, sqlite_url: str
) -> None:
    run_verb(app, "add", "--source", "us", "--licence", "own", text="zorvalim\nquandrel\n")
    masked = run_verb(app, "export", "--masked").output
    assert "z•••••m (8)" in masked and "q•••••l (8)" in masked
    assert not [word for word in WORDS if word in masked]
    assert "lexicon.exported" not in [entry.verb for entry in read_entries(sqlite_url)]

    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(lexicon_files.sys, "stdout", Terminal())
    with pytest.raises(TermExportInvalidError, match="terminal"):
        lexicon_files.export_terms(because="to see them")


def test_a_term_is_read_from_standard_input_and_checked(prepared_folder: Path, run_verb: Run) -> None:
    given = ("--source", "us", "--licence", "own", "--shadow")
    assert run_verb(app, "add", *given, text="zorvalim\n").exit_code == 0
    assert "1 shadow" in run_verb(app, "list").output
    assert isinstance(run_verb(app, "add", *given, text="Zorvalim").exception, TermTakenError)
    for text, options in (("", ()), ("zor valim", ()), ("quandrel", ("--fields", "title"))):
        refused = run_verb(app, "add", *given, *options, text=text)
        assert isinstance(refused.exception, TermInvalidError)
        assert refused.exception.remedy
    assert isinstance(run_verb(app, "add", text="quandrel").exception, TermInvalidError)


def test_on_a_terminal_a_term_is_asked_for_without_echo(
    prepared_folder: Path, run_verb: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["zorvalim", "quandrel|mirtavol", ""])
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return next(answers)

    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(lexicon_files.sys, "stdin", Terminal())
    monkeypatch.setattr(lexicon_files.getpass, "getpass", answer)
    lexicon_files.add_term("us", "own")
    assert len(asked) == 3

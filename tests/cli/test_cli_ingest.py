import io
import json
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from rich.console import Console
from typer import Typer
from typer.testing import CliRunner

from jacana.cli import ingest as command
from jacana.db.engine import Database
from jacana.db.sealing import FieldSealer
from jacana.ingest.event_file import BATCH_LINES, EventFileUnreadableError
from jacana.ingest.events import EventLog
from jacana.settings import Settings

FOLLOW = {"type": "follow", "account_id": "a", "occurred_at": "2026-01-31T12:00:00Z", "target_account_id": "b"}


@pytest.fixture
def run(sqlite_url, clock, monkeypatch):
    """Run `jacana ingest` over a fresh database; return (exit code, what it printed)."""
    database = Database(sqlite_url)
    log = EventLog(database, FieldSealer(b"k" * 32), clock, Settings(accounts_legal_basis="test"))

    @contextmanager
    def open_stages():
        yield SimpleNamespace(events=log)

    monkeypatch.setattr(command, "open_stages", open_stages)
    app = Typer()
    app.command()(command.ingest)

    def run(path):
        printed = io.StringIO()
        monkeypatch.setattr(command, "console", Console(file=printed, width=200))
        result = CliRunner().invoke(app, [str(path)])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, printed.getvalue()

    yield run
    database.close()


@pytest.fixture
def write(tmp_path):
    def write(*lines):
        path = tmp_path / "events.jsonl"
        path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
        return path

    return write


def test_a_good_file_is_taken_and_a_second_run_recognises_it(run, write):
    path = write(*({**FOLLOW, "id": str(number)} for number in range(BATCH_LINES + 5)))
    code, printed = run(path)
    assert (code, f"{BATCH_LINES + 5} accepted, 0 known already, 0 refused" in printed) == (0, True)
    code, printed = run(path)
    assert (code, f"0 accepted, {BATCH_LINES + 5} known already, 0 refused" in printed) == (0, True)
    assert not path.with_name("events.rejected.jsonl").exists()


def test_an_interrupted_run_is_simply_run_again(run, write, monkeypatch):
    path = write(*({**FOLLOW, "id": str(number)} for number in range(2 * BATCH_LINES)))
    taken = command._ingest_batch
    calls = []

    def take_one_then_break(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        taken(*arguments)

    monkeypatch.setattr(command, "_ingest_batch", take_one_then_break)
    assert run(path)[0] != 0
    monkeypatch.setattr(command, "_ingest_batch", taken)
    assert f"{BATCH_LINES} accepted, {BATCH_LINES} known already, 0 refused" in run(path)[1]


def test_bad_lines_are_shown_with_number_field_and_remedy_and_good_ones_kept(run, write):
    path = write(
        {**FOLLOW, "id": "1"}, "{", {**FOLLOW, "type": "folow", "id": "2"}, "", {**FOLLOW, "id": "3", "ip": "[red]x"}
    )
    code, printed = run(path)
    assert code == 1
    assert "1 accepted, 0 known already, 3 refused" in printed
    assert "line 2: not JSON" in printed
    assert "line 3, type: is not a known event type — did you mean follow?" in printed
    assert "line 5, ip: is not an IP address" in printed
    rejected = [json.loads(line) for line in path.with_name("events.rejected.jsonl").read_text().splitlines()]
    assert [row["line"] for row in rejected] == [2, 3, 5]
    assert json.loads(rejected[1]["text"])["type"] == "folow"


def test_only_so_many_bad_lines_are_shown_but_all_are_written(run, write):
    path = write(*["{}"] * 50)
    code, printed = run(path)
    assert (code, printed.count("line 2,")) == (1, 1)
    assert "line 20, type" in printed
    assert "line 21, type" not in printed
    assert "30 more refused lines" in printed
    assert len(path.with_name("events.rejected.jsonl").read_text().splitlines()) == 50


def test_an_empty_file_is_nothing_wrong(run, write):
    assert run(write())[0] == 0


def test_a_missing_file_is_named_and_nothing_is_touched(run, tmp_path):
    with pytest.raises(EventFileUnreadableError) as caught:
        run(tmp_path / "none.jsonl")
    assert "none.jsonl" in caught.value.message
    assert not (tmp_path / "none.rejected.jsonl").exists()

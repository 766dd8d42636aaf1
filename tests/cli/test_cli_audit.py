"""`jacana audit`: green and 0 when whole; red, 2 and the position when not; needs nothing but the database."""

import json

import pytest

from jacana.audit import AuditEntry, append_entry, count_entries
from jacana.cli import audit
from jacana.cli.audit import KeptRootInvalidError
from jacana.db.engine import Database
from jacana.db.schema import SchemaOutdatedError
from jacana.db.tables.audit import audit_entries


@pytest.fixture
def log(database: Database, database_url: str, clock, monkeypatch: pytest.MonkeyPatch, tmp_path) -> Database:
    """Five entries; only the database is set, no keys at all."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JACANA_DATABASE_URL", database_url)
    for number in range(5):
        with database.write() as connection:
            entry = AuditEntry(clock(), "user:anna", "case.viewed", f"case_{number % 2}", {"seconds": number})
            append_entry(connection, entry)
    return database


def head_of(database: Database) -> tuple[int, str]:
    with database.read() as connection:
        return count_entries(connection)


def change_entry(database: Database, position: int, entry: bytes) -> None:
    with database.write() as connection:
        connection.execute(audit_entries.update().where(audit_entries.c.position == position).values(entry=entry))


def test_a_whole_log_is_green(log: Database, run_verb) -> None:
    size, root = head_of(log)
    result = run_verb(audit.app, "verify")
    assert result.exit_code == 0
    assert result.output.splitlines() == ["the audit log is whole: 5 entries", f"  size {size}", f"  root {root}"]


def test_a_changed_byte_is_red_and_named(log: Database, run_verb) -> None:
    change_entry(log, 3, b"{}")
    result = run_verb(audit.app, "verify")
    assert result.exit_code == 2
    assert "BROKEN" in result.output
    assert "entry 3" in result.output


def test_a_kept_root_is_proven(log: Database, run_verb, clock) -> None:
    size, root = head_of(log)
    assert f"size {size}" in run_verb(audit.app, "head").output
    assert f"root {root}" in run_verb(audit.app, "head").output
    with log.write() as connection:
        append_entry(connection, AuditEntry(clock(), "system", "x.done", "s"))
    result = run_verb(audit.app, "verify", "--size", str(size), "--root", root.upper())
    assert result.exit_code == 0
    assert f"first {size} entries" in result.output
    result = run_verb(audit.app, "verify", "--size", str(size), "--root", "00" * 32)
    assert result.exit_code == 2
    assert "kept root" in result.output


def test_half_a_proof_is_refused(log: Database, run_verb) -> None:
    for arguments in (
        ["--size", "3"],
        ["--root", "00" * 32],
        ["--size", "3", "--root", "x"],
        ["--size", "3", "--root", "00"],
    ):
        result = run_verb(audit.app, "verify", *arguments)
        assert isinstance(result.exception, KeptRootInvalidError)
        assert result.exception.remedy


def test_entries_are_shown(log: Database, run_verb) -> None:
    lines = run_verb(audit.app, "show").output.splitlines()
    assert len(lines) == 6
    assert lines[4].split() == ["3", "2026-11-22T12:00:00.000Z", "user:anna", "case.viewed", "case_1", "seconds=3"]
    assert len(run_verb(audit.app, "show", "--subject", "case_0", "--limit", "2").output.splitlines()) == 3
    assert len(run_verb(audit.app, "show", "--start", "4").output.splitlines()) == 2


def test_details_are_plain_text(log: Database, run_verb, clock) -> None:
    details = {"effects": ["hold", "open_case"], "counts": {"a": 1, "b": [2]}, "whole": True, "left": [], "by": None}
    with log.write() as connection:
        append_entry(connection, AuditEntry(clock(), "system", "x.done", "s", details))
    output = run_verb(audit.app, "show", "--subject", "s").output
    assert "by=none, counts=a:1 b:2, effects=hold open_case, left=none, whole=yes" in output


def test_entries_are_shown_as_json(log: Database, run_verb) -> None:
    lines = run_verb(audit.app, "show", "--subject", "case_1", "--json").output.splitlines()
    assert [json.loads(line)["position"] for line in lines] == [1, 3]
    assert json.loads(lines[0]) == {
        "position": 1,
        "actor": "user:anna",
        "at": "2026-11-22T12:00:00.000Z",
        "details": {"seconds": 1},
        "subject": "case_1",
        "verb": "case.viewed",
    }


def test_markup_in_an_entry_is_shown_as_it_is(log: Database, run_verb, clock) -> None:
    with log.write() as connection:
        append_entry(connection, AuditEntry(clock(), "user:[red]x[/red]", "x.done", "[bold]"))
    assert "user:[red]x[/red]" in run_verb(audit.app, "show").output


def test_a_database_that_is_not_there_is_said_to(run_verb, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JACANA_DATABASE_URL", f"sqlite:///{tmp_path / 'new.db'}")
    for command in ("verify", "head", "show"):
        assert isinstance(run_verb(audit.app, command).exception, SchemaOutdatedError)


def test_the_command_exits_2_for_an_entry_that_cannot_be_read(run_jacana, sqlite_url: str, clock) -> None:
    database = Database(sqlite_url)
    with database.write() as connection:
        append_entry(connection, AuditEntry(clock(), "system", "x.done", "s"))
    change_entry(database, 0, b"{}")
    database.close()
    result = run_jacana("audit", "show", JACANA_DATABASE_URL=sqlite_url)
    assert (result.returncode, result.stdout) == (2, "")
    assert "entry 0" in result.stderr
    assert "Traceback" not in result.stderr

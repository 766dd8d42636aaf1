"""What goes into a bank and comes out of it on the command line: good files in spite of bad ones, nothing by itself."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from jacana.audit import last_entry
from jacana.cli.bank import app
from jacana.cli.bank_entries import BankExportInvalidError, BankImportPartialError
from jacana.db.engine import Database
from jacana.detect.media.banks.banks import Banks, BankUnknownError
from jacana.detect.media.banks.lists import read_csv
from jacana.ingest.intake import UploadUnknownError
from jacana.model.clock import utc_now

PDQ = "0123456789abcdef" * 4
Run = Callable[..., Result]


def show(url: str, name: str):
    database = Database(url)
    try:
        with database.read() as connection:
            return Banks(utc_now).show(connection, name)
    finally:
        database.close()


def test_an_unknown_bank_is_said_before_any_file_is_read(prepared_folder: Path, run_verb: Run) -> None:
    problem = run_verb(app, "import", "nowhere", str(prepared_folder / "none.csv")).exception
    assert isinstance(problem, BankUnknownError)


@pytest.mark.parametrize(("name", "data"), [("bad.csv", b"label,pdq\nclip,12\n"), ("cut.mp4", b"no film")])
def test_an_import_of_nothing_fails_loudly(prepared_folder: Path, run_verb: Run, name: str, data: bytes) -> None:
    run_verb(app, "create", "b1", "--source", "s")
    (prepared_folder / name).write_bytes(data)
    result = run_verb(app, "import", "b1", str(prepared_folder / name))
    assert isinstance(result.exception, BankImportPartialError)
    assert result.exception.message == "nothing was imported"
    assert f"refused: {prepared_folder / name}" in result.output


def test_a_bad_file_does_not_keep_out_the_good_ones(prepared_folder: Path, run_verb: Run, sqlite_url: str) -> None:
    run_verb(app, "create", "b1", "--source", "s")
    rows = "".join(f"clip-{number},12\n" for number in range(30))
    (prepared_folder / "rows.csv").write_text(f"label,pdq\ngood-1,{PDQ}\n{rows}")
    (prepared_folder / "bytes.csv").write_bytes(b"label,pdq\n\xff\xfe\n")
    (prepared_folder / "header.csv").write_text("nothing,known\n1,2\n")
    (prepared_folder / "last.csv").write_text(f"label,pdq\ngood-2,{PDQ}\n")
    files = [str(prepared_folder / f"{name}.csv") for name in ("rows", "bytes", "missing", "header", "last")]
    result = run_verb(app, "import", "b1", *files)
    assert isinstance(result.exception, BankImportPartialError)
    assert "33 rows or files were not imported" in result.exception.message
    assert {entry.label for entry in show(sqlite_url, "b1").entries} == {"good-1", "good-2"}
    assert "2 added" in result.output
    for file in files[:4]:
        assert f"refused: {file}" in result.output
    assert f"… and 10 more rows of {files[0]} were refused" in result.output
    assert f"refused: {files[4]}" not in result.output


def test_an_import_without_a_refusal_succeeds(prepared_folder: Path, run_verb: Run) -> None:
    run_verb(app, "create", "b1", "--source", "s")
    (prepared_folder / "good.csv").write_text(f"label,pdq\ngood-1,{PDQ}\n")
    result = run_verb(app, "import", "b1", str(prepared_folder / "good.csv"))
    assert result.exit_code == 0, result.output
    assert "refused" not in result.output


def test_refused_rows_wait_in_quarantine_until_they_come_in_order(prepared_folder: Path, run_verb: Run) -> None:
    run_verb(app, "create", "b1", "--source", "s")
    path = prepared_folder / "list.csv"
    path.write_text(f"label,pdq\nclip-1,12\nclip-2,{PDQ}\n")
    run_verb(app, "import", "b1", str(path))
    listed = run_verb(app, "quarantine", "b1").output
    assert "list.csv line 2" in listed
    assert "64 hexadecimal digits" in listed
    path.write_text(f"label,pdq\nclip-1,{PDQ}\nclip-2,{PDQ}\n")
    run_verb(app, "import", "b1", str(path))
    assert "nothing is in quarantine" in run_verb(app, "quarantine", "b1").output


def test_a_named_format_and_the_notes_of_a_list(prepared_folder: Path, run_verb: Run, sqlite_url: str) -> None:
    run_verb(app, "create", "b1", "--source", "s")
    path = prepared_folder / "members.csv"
    path.write_text(f"ID,MD5,Category,PhotoDNA\n7,{'a' * 32},B,x\n")
    result = run_verb(app, "import", "b1", str(path), "--format", "iwf")
    assert "columns that are not used: PhotoDNA" in result.output
    path.write_text(f"ID,MD5,Category\n7,{'b' * 32},C\n")
    assert "1 replaced" in run_verb(app, "import", "b1", str(path), "--format", "iwf").output
    (entry,) = show(sqlite_url, "b1").entries
    assert (entry.source_id, entry.label, entry.md5) == ("7", "7, UK category C", "b" * 32)


def test_an_export_is_read_back_the_same_and_on_record(prepared_folder: Path, run_verb: Run, sqlite_url: str) -> None:
    run_verb(app, "create", "b1", "--source", "s")
    (prepared_folder / "in.csv").write_text(f"label,pdq,sha256\nclip-1,{PDQ},{'a' * 64}\n")
    run_verb(app, "import", "b1", str(prepared_folder / "in.csv"))
    out = prepared_folder / "out.csv"
    assert "1 entries written" in run_verb(app, "export", "b1", str(out)).output
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    (entry,) = read_csv(out.read_text()).entries
    (known,) = show(sqlite_url, "b1").entries
    assert (entry.label, entry.sha256, entry.frames) == (known.label, known.sha256, known.frames)
    database = Database(sqlite_url)
    with database.read() as connection:
        exported = last_entry(connection, "bank.exported")
    database.close()
    assert exported is not None
    assert exported.details == {"name": "b1", "entries": 1, "frames": 1}


def test_an_export_that_cannot_be_leaves_nothing(prepared_folder: Path, run_verb: Run) -> None:
    run_verb(app, "create", "b1", "--source", "s")
    there = prepared_folder / "there.csv"
    there.write_text("mine")
    assert isinstance(run_verb(app, "export", "b1", str(there)).exception, BankExportInvalidError)
    assert there.read_text() == "mine"
    new = prepared_folder / "new.csv"
    assert isinstance(run_verb(app, "export", "b2", str(new)).exception, BankUnknownError)
    assert not new.exists()


def test_only_a_confirmed_file_may_be_added(prepared_folder: Path, run_verb: Run) -> None:
    assert isinstance(run_verb(app, "add-confirmed", "mine", "upl_none").exception, UploadUnknownError)

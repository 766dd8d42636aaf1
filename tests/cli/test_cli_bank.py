"""`jacana bank` from a new bank to its removal, on a real database."""

from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from jacana.audit import last_entry
from jacana.cli.bank import app, say_precision
from jacana.cli.bank_entries import BankImportPartialError
from jacana.db.engine import Database
from jacana.detect.media.banks.banks import BankInvalidError, Banks, BankUnknownError
from jacana.model.clock import utc_now
from jacana.pipeline.figures.bank import BankFigures
from jacana.simulate.clips import draw_clip

PDQ = "0123456789abcdef" * 4
Run = Callable[..., Result]


def show(url: str, name: str):
    database = Database(url)
    try:
        with database.read() as connection:
            return Banks(utc_now).show(connection, name)
    finally:
        database.close()


def test_a_bank_from_first_to_last(prepared_folder: Path, run_verb: Run, sqlite_url: str) -> None:
    made = run_verb(
        app, "create", "hotline-1", "--source", "A hotline", "--classification", "A1",
        "--may-cause", "hold, suspend_account,open_case,draft_report", "--max-distance", "24", "--min-quality", "60",
        "--min-seconds", "2", "--note", "handle with care", "--trust", "verified", "--licence", "members only",
        "--threshold-reason", "measured in the pilot",
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    (prepared_folder / "list.csv").write_text(f"label,pdq,sha256\nclip-1,{PDQ},{'a' * 64}\nclip-2,12,\n")
    (prepared_folder / "scene.txt").write_text(f"0,100,{PDQ},0.0\n1,100,{PDQ},0.5\n")
    draw_clip(prepared_folder / "known.mp4", 1, seconds=1)
    files = [str(prepared_folder / name) for name in ("list.csv", "scene.txt", "known.mp4")]
    imported = run_verb(app, "import", "hotline-1", *files)
    assert isinstance(imported.exception, BankImportPartialError)
    assert "3 added" in imported.output
    assert "list.csv line 3, pdq" in imported.output

    content = show(sqlite_url, "hotline-1")
    bank = content.bank
    assert bank.may_cause == ("hold", "suspend_account", "open_case", "draft_report")
    assert (bank.max_distance, bank.min_quality, bank.min_matched_seconds) == (24, 60, 2.0)
    assert (bank.classification, bank.note) == ("A1", "handle with care")
    assert {entry.label: entry.frame_count for entry in content.entries} == {"clip-1": 1, "scene": 2, "known.mp4": 25}

    listed = run_verb(app, "list").output
    assert "hotline-1" in listed
    assert "A hotline" in listed
    shown = run_verb(app, "show", "hotline-1", "--limit", "2").output
    for words in (
        "24 of 256 bits",
        "handle with care",
        "clip-1",
        "… and 1 more",
        "3 entries, 28 frames",
        "verified",
        "members only",
        "measured in the pilot",
        "— (0 decided)",
    ):
        assert words in shown

    assert run_verb(app, "remove", "hotline-1").exit_code == 0
    assert "no banks" in run_verb(app, "list").output
    assert isinstance(run_verb(app, "show", "hotline-1").exception, BankUnknownError)
    database = Database(sqlite_url)
    with database.read() as connection:
        removed = last_entry(connection, "bank.removed")
    database.close()
    assert removed is not None
    assert removed.actor.startswith("cli:")


def test_defaults_are_the_mildest(prepared_folder: Path, run_verb: Run, sqlite_url: str) -> None:
    assert run_verb(app, "create", "b1", "--source", "s").exit_code == 0
    assert show(sqlite_url, "b1").bank.may_cause == ("hold", "open_case")


def test_a_misspelt_effect_gets_a_hint(prepared_folder: Path, run_verb: Run) -> None:
    problem = run_verb(app, "create", "b1", "--source", "s", "--may-cause", "hold,draft-report").exception
    assert isinstance(problem, BankInvalidError)
    assert problem.remedy == "did you mean draft_report?"


def test_a_benign_bank_causes_nothing(prepared_folder: Path, run_verb: Run, sqlite_url: str) -> None:
    assert run_verb(app, "create", "memes", "--source", "s", "--role", "benign").exit_code == 0
    assert show(sqlite_url, "memes").bank.may_cause == ()
    assert "nothing" in run_verb(app, "show", "memes").output
    problem = run_verb(app, "create", "m2", "--source", "s", "--role", "benign", "--may-cause", "hold").exception
    assert isinstance(problem, BankInvalidError)


def test_a_distance_beyond_the_index_is_refused(prepared_folder: Path, run_verb: Run) -> None:
    problem = run_verb(app, "create", "b1", "--source", "s", "--max-distance", "40").exception
    assert isinstance(problem, BankInvalidError)
    assert "finds every match" in str(problem.remedy)


def test_precision_is_said_with_what_it_rests_on() -> None:
    assert say_precision(BankFigures(decided=9, confirmed=9)) == "— (9 decided)"
    assert say_precision(BankFigures(decided=20, confirmed=19)) == "95% (76% to 99%, 20 decided)"

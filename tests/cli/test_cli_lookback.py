"""`jacana lookback`: list, run to the end, rebuild."""

from pathlib import Path

from jacana.cli.context import open_stages
from jacana.cli.lookback import app
from jacana.model.bank import BankEntry


def fill_bank() -> None:
    with open_stages() as stages, stages.db.write() as connection:
        if not stages.banks.list(connection):
            stages.banks.create(connection, "b1", "drawn", actor="test")
        label = f"entry {len(stages.banks.show(connection, 'b1').entries)}"
        stages.banks.add_entries(connection, "b1", [BankEntry(label, md5="0" * 32)], "test")


def test_a_look_back_runs_to_its_end_and_is_listed(prepared_folder: Path, run_verb) -> None:
    assert "no look-backs" in run_verb(app, "list").output
    assert "nothing to look back for" in run_verb(app, "run").output
    fill_bank()
    done = run_verb(app, "run")
    assert done.exit_code == 0, done.output
    assert "done, 0 hashes compared, 0 uploads found" in done.output
    assert "nothing to look back for" in run_verb(app, "run").output
    assert "done" in run_verb(app, "list").output


def test_rebuilding_says_how_much_came_back(prepared_folder: Path, run_verb) -> None:
    result = run_verb(app, "rebuild")
    assert result.exit_code == 0
    assert "0 files added to the catalogue" in result.output

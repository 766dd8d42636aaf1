import json

import pytest

from jacana.cli.simulate import simulate
from jacana.simulate.datasets.folder import EventSetInvalidError


def test_a_set_is_written_and_the_next_step_is_named(tmp_path, run_verb):
    result = run_verb(simulate, "--seed", "3", "--accounts", "60", "--days", "3", "--out", str(tmp_path / "set"))
    assert result.exit_code == 0, result.output
    facts = json.loads((tmp_path / "set" / "set.json").read_text())
    assert facts["seed"] == 3
    assert f"{facts['events']} events" in result.output
    assert "jacana evaluate" in result.output


@pytest.mark.parametrize(
    ("form", "names"),
    [("jsonl", {"events.jsonl"}), ("parquet", {"events.parquet"}), ("both", {"events.jsonl", "events.parquet"})],
    ids=["jsonl", "parquet", "both"],
)
def test_the_format_is_the_one_asked_for(tmp_path, run_verb, form, names):
    run_verb(simulate, "--accounts", "40", "--days", "2", "--out", str(tmp_path / "set"), "--format", form)
    assert {path.name for path in (tmp_path / "set").glob("events.*")} == names


def test_a_folder_of_somebody_else_is_refused(tmp_path, run_verb):
    (tmp_path / "mine").write_text("")
    result = run_verb(simulate, "--out", str(tmp_path))
    assert isinstance(result.exception, EventSetInvalidError)


def test_sizes_out_of_range_are_refused(tmp_path, run_verb):
    assert run_verb(simulate, "--accounts", "3", "--out", str(tmp_path / "set")).exit_code == 2

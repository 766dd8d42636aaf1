"""Options before the verb win over the environment; a problem is one message with a remedy."""

import json
from pathlib import Path


def test_flags_win_over_the_environment(run_jacana, tmp_path: Path) -> None:
    result = run_jacana("--data-dir", str(tmp_path / "flag"), "settings", JACANA_DATA_DIR=str(tmp_path / "environment"))
    assert result.returncode == 0, result.stderr
    assert "flag" in result.stdout


def test_an_unknown_setting_is_one_message_with_a_remedy(run_jacana) -> None:
    result = run_jacana("settings", JACANA_UNDO_SECOND="3")
    assert result.returncode == 1
    assert "did you mean undo_seconds" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_actor_of_the_command_line_names_the_person() -> None:
    from jacana.cli.context import cli_actor

    assert cli_actor().startswith("cli:")


def test_any_setting_can_be_a_flag_and_a_wrong_one_is_named(run_jacana) -> None:
    result = run_jacana("--set", "undo_seconds=7", "settings", "--json", JACANA_UNDO_SECONDS="5")
    assert result.returncode == 0, result.stderr
    (row,) = [row for row in json.loads(result.stdout) if row["name"] == "undo_seconds"]
    assert (row["value"], row["origin"]) == ("7", "flag")
    assert "NAME=VALUE" in run_jacana("--set", "undo_seconds", "settings").stderr

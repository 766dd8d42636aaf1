"""`jacana doctor`: every check has its line, one that breaks does not stop the others, and wrong means exit 1."""

from pathlib import Path

import pytest

from jacana.cli import doctor as module
from jacana.cli.doctor import CHECKS, doctor, run_check
from jacana.cli.doctor_machine import Result, State
from jacana.model.errors import SetupInvalidError
from jacana.settings import load_settings


def test_a_sound_machine_passes(prepared_folder: Path, run_verb) -> None:
    result = run_verb(doctor)
    assert result.exit_code == 0, result.output
    for name in ("python", "data folder", "sqlite", "database", "vault store", "policy", "video"):
        assert any(line.startswith("ok") and name in line for line in result.output.splitlines())
    assert "0 wrong" in result.output


def test_a_machine_without_anything_fails_with_remedies(run_jacana, tmp_path: Path) -> None:
    result = run_jacana("--data-dir", str(tmp_path / "none"), "doctor")
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    wrong = [line.split()[1] for line in result.stdout.splitlines() if line.startswith("wrong")]
    assert wrong == ["data", "database", "field", "vault"]
    assert "jacana init" in result.stdout
    assert not (tmp_path / "none").exists()


def test_wrong_settings_are_one_message(run_jacana) -> None:
    result = run_jacana("doctor", JACANA_PORT="many")
    assert result.returncode == 1
    assert "port" in result.stderr


def test_no_secret_is_printed(prepared_folder: Path, run_verb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JACANA_CYBERTIP_PASSWORD", "do-not-show")
    output = run_verb(doctor).output
    assert "do-not-show" not in output
    assert "AAECAwQF" not in output


def test_a_broken_check_is_a_line(tmp_path: Path) -> None:
    loaded = load_settings(environment={})

    def break_off(_loaded):
        yield Result("x", State.OK, "first")
        raise RuntimeError("content")

    def refuse(_loaded):
        raise SetupInvalidError("no good", remedy="do better")
        yield

    first, second = run_check("x", break_off, loaded)
    assert (first.state, second.state) == (State.OK, State.WRONG)
    assert "RuntimeError" in second.says
    assert "content" not in second.says
    assert run_check("y", refuse, loaded) == [Result("y", State.WRONG, "no good", "do better")]


def test_only_wrong_fails(run_verb, prepared_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(state: State):
        return lambda _loaded: iter([Result("x", state, "says", "remedy")])

    monkeypatch.setattr(module, "CHECKS", {"x": answer(State.WARNING)})
    result = run_verb(doctor)
    assert (result.exit_code, "0 wrong, 1 warnings" in result.output) == (0, True)
    assert "do: remedy" in result.output
    monkeypatch.setattr(module, "CHECKS", {"x": answer(State.WRONG)})
    assert run_verb(doctor).exit_code == 1


def test_every_check_is_in_the_list() -> None:
    from jacana.cli import doctor_machine, doctor_media, doctor_outside, doctor_setup

    defined = {
        value
        for part in (doctor_machine, doctor_media, doctor_outside, doctor_setup)
        for name, value in vars(part).items()
        if name.startswith("check_") and value.__module__ == part.__name__
    }
    assert defined == set(CHECKS.values())

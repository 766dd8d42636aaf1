"""`jacana serve` refuses a machine that is not set up, and says what to do."""

import fcntl
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from jacana.cli.serve import check_listening
from jacana.settings import SettingInvalidError, Settings


def test_serve_without_setup_names_the_remedy(run_jacana, tmp_path: Path) -> None:
    result = run_jacana("--data-dir", str(tmp_path), "serve")
    assert result.returncode == 1
    assert "remedy" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("wrong", [{"port": 99_999}, {"port": 0}, {"host": "0.0.0.0", "secure_cookies": False}])
def test_listening_where_it_must_not_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(SettingInvalidError):
        check_listening(replace(Settings(), **wrong))


def test_listening_on_loopback_is_fine() -> None:
    check_listening(replace(Settings(), secure_cookies=False))
    check_listening(replace(Settings(), host="0.0.0.0"))


def test_a_second_jacana_on_one_database_is_refused_in_one_line(run_jacana, tmp_path: Path) -> None:
    assert run_jacana("init", "--dir", str(tmp_path)).returncode == 0
    with (tmp_path / "data" / "serve.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = run_jacana("--settings-file", str(tmp_path / "jacana.toml"), "serve")
    assert result.returncode == 1
    assert "pipeline.already_running" in result.stderr
    assert "Traceback" not in result.stderr
    assert "listens" not in result.stdout


def test_a_taken_port_is_one_message(run_jacana, tmp_path: Path) -> None:
    assert run_jacana("init", "--dir", str(tmp_path)).returncode == 0
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run_jacana("--settings-file", str(tmp_path / "jacana.toml"), "--set", f"port={port}", "serve")
    assert result.returncode == 1
    assert f"port {port} is taken" in result.stderr
    assert "--set port=" in result.stderr
    assert "listens" not in result.stdout

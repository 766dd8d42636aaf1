"""The machine's checks, each on a sound machine and on one that is not."""

import builtins
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jacana.cli import doctor_machine
from jacana.cli.doctor_machine import Result, State
from jacana.detect.media.decoding import analyse
from jacana.detect.media.decoding.sandbox import LAYERS
from jacana.settings import LoadedSettings, load_settings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir(mode=0o700)
    return tmp_path / "data"


def load(folder: Path, **more: str) -> LoadedSettings:
    names = {"data_dir": str(folder), **more}
    return load_settings(environment={f"JACANA_{name.upper()}": value for name, value in names.items()})


def only(check: Callable[..., object], loaded: LoadedSettings) -> Result:
    (result,) = check(loaded)
    return result


def test_python(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert only(doctor_machine.check_python, load(folder)).state is State.OK
    monkeypatch.setattr(sys, "version_info", (3, 10, 9))
    result = only(doctor_machine.check_python, load(folder))
    assert (result.state, result.says) == (State.WRONG, "3.10.9")


def test_data_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert only(doctor_machine.check_folder, load(folder)).state is State.OK
    assert list(folder.iterdir()) == []
    folder.chmod(0o755)
    result = only(doctor_machine.check_folder, load(folder))
    assert (result.state, result.remedy) == (State.WARNING, f"chmod 700 {folder}")
    assert only(doctor_machine.check_folder, load(folder / "none")).state is State.WRONG

    def refuse(**_options) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor_machine.tempfile, "TemporaryFile", refuse)
    result = only(doctor_machine.check_folder, load(folder))
    assert result.state is State.WRONG
    assert "Permission denied" in result.says


@pytest.mark.parametrize(
    ("free", "state"), [(2**40, State.OK), (3 * 2**30, State.WARNING), (2**29, State.WRONG), (0, State.WRONG)]
)
def test_disk(folder: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: State) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(2**41, 0, free))
    assert only(doctor_machine.check_disk, load(folder)).state is state
    assert only(doctor_machine.check_disk, load(folder / "not" / "yet")).state is state


def test_sqlite(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = only(doctor_machine.check_sqlite, load(folder))
    assert result.state is State.OK
    assert list(folder.iterdir()) == []
    assert list(doctor_machine.check_sqlite(load(folder, database_url="postgresql://h/d"))) == []
    monkeypatch.setattr(doctor_machine, "_probe_wal", lambda _folder: "delete")
    result = only(doctor_machine.check_sqlite, load(folder))
    assert result.state is State.WRONG
    assert "delete" in result.says
    monkeypatch.setattr(doctor_machine.sqlite3, "sqlite_version_info", (3, 34, 1))
    assert only(doctor_machine.check_sqlite, load(folder)).state is State.WRONG


def test_a_file_system_without_locks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_folder: Path) -> str:
        raise doctor_machine.sqlite3.OperationalError("locking protocol")

    monkeypatch.setattr(doctor_machine, "_probe_wal", refuse)
    result = only(doctor_machine.check_sqlite, load(folder))
    assert result.state is State.WRONG
    assert "network file systems" in result.remedy


def test_video(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = only(doctor_machine.check_video, load(folder))
    assert result.state is State.OK
    assert "H.264" in result.says
    real = builtins.__import__

    def refuse(name: str, *arguments, **options) -> object:
        if name == "av":
            raise ImportError("libavcodec.so: cannot open")
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", refuse)
    result = only(doctor_machine.check_video, load(folder))
    assert (result.state, "ImportError" in result.says) == (State.WRONG, True)


def test_decoder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = only(doctor_machine.check_decoder, load(folder))
    assert result.state in {State.OK, State.WARNING}  # what a kernel allows differs; that it started does not
    monkeypatch.setattr(analyse, "probe_sandbox", lambda _limits: LAYERS)
    assert only(doctor_machine.check_decoder, load(folder)).state is State.OK
    monkeypatch.setattr(analyse, "probe_sandbox", lambda _limits: ("limits", "seccomp"))
    result = only(doctor_machine.check_decoder, load(folder))
    assert result.state is State.WARNING
    assert "own_network" in result.says
    assert "seccomp" not in result.says

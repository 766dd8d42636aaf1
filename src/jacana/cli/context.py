"""What every command shares: the console to print on, the settings and the wired stages."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from jacana.settings import LoadedSettings, SettingInvalidError, load_settings

if TYPE_CHECKING:
    from jacana.pipeline.stages import Stages

WIDE = 240
"""Columns when the output is not a terminal: ids and hashes stay whole in a pipe or a file."""

console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
_flags: dict[str, object] = {}
_file: list[Path] = []


def remember_flags(file: Path | None, data_dir: Path | None, pairs: list[str]) -> None:
    """Keep the options given before the command's name; they win over environment and file.

    `pairs` are NAME=VALUE. Raises SettingInvalidError for one without `=`; names and values are checked when loaded.
    """
    _file[:] = [file] if file else []
    _flags.clear()
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise SettingInvalidError(f"--set {pair} has no value", remedy="write --set NAME=VALUE")
        _flags[name] = value
    if data_dir is not None:
        _flags["data_dir"] = data_dir


def current_settings() -> LoadedSettings:
    """Return the merged settings. Raises SettingInvalidError."""
    return load_settings(_file[0] if _file else None, flags=_flags)


@contextmanager
def open_stages() -> Iterator["Stages"]:
    """Wire everything for one command and release it afterwards. Raises SetupInvalidError."""
    from jacana.app import build_stages, close_stages  # here, so that small commands need not load every stage

    stages = build_stages(current_settings())
    try:
        yield stages
    finally:
        close_stages(stages)


def cli_actor() -> str:
    """Return the actor that audit entries of this command carry."""
    return f"cli:{getpass.getuser()}"

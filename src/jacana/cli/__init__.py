"""The `jacana` command: one file a verb. Only here do error families become exit codes."""

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
import typer.main
from typer.core import TyperGroup

from jacana import __version__
from jacana.model.errors import InputInvalidError, IntegrityBrokenError, JacanaError, SetupInvalidError

EXIT_WRONG = 1
EXIT_BROKEN = 2

GROUPS = (
    "bank",
    "media",
    "lookback",
    "lexicon",
    "policy",
    "case",
    "report",
    "vault",
    "audit",
    "act",
    "ban",
    "key",
    "user",
    "upload",
    "sandbox",
)
"""Verbs with commands of their own: `jacana bank import …`."""

COMMANDS = ("init", "serve", "demo", "simulate", "evaluate", "ingest", "migrate", "doctor", "settings", "docs")
"""Verbs that are commands: `jacana serve`."""

app = typer.Typer(
    name="jacana",
    help="Child-safety operations for video-sharing networks. Start with `jacana demo`, or `init` and `serve`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"jacana {__version__}")
        raise typer.Exit


@app.callback()
def remember(
    settings_file: Annotated[
        Path | None, typer.Option("--settings-file", help="Settings file (default jacana.toml).")
    ] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Overrides the setting data_dir.")] = None,
    pairs: Annotated[list[str] | None, typer.Option("--set", help="Overrides any setting: --set NAME=VALUE.")] = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Keep the options given before the verb; flags win over the environment and the settings file."""
    from jacana.cli.context import remember_flags

    remember_flags(settings_file, data_dir, pairs or [])


def build_command(argv: Sequence[str] = ()) -> TyperGroup:
    """Return the command tree: only the verb that `argv` names, or all of them.

    Loading one verb keeps `jacana --version` and small commands quick.
    """
    named = [word for word in argv if word in GROUPS or word in COMMANDS or word == "--version"][:1]
    for name in GROUPS:
        if not named or name in named:
            app.add_typer(import_module(f"jacana.cli.{name}").app, name=name)
    for name in COMMANDS:
        if not named or name in named:
            app.command(name)(getattr(import_module(f"jacana.cli.{name}"), name))
    return typer.main.get_group(app)


def main() -> None:
    """Run the command line; print a Jacana error as one message with its remedy, never as a traceback."""
    try:
        build_command(sys.argv[1:])()
    except JacanaError as problem:
        _print_problem(problem)
        sys.exit(EXIT_BROKEN if isinstance(problem, IntegrityBrokenError) else EXIT_WRONG)


def _print_problem(problem: JacanaError) -> None:
    typer.secho(f"jacana: {problem.message} ({problem.code})", fg="red", err=True)
    if isinstance(problem, InputInvalidError) and problem.field:
        typer.echo(f"  field: {problem.field}", err=True)
    if isinstance(problem, InputInvalidError | SetupInvalidError) and problem.remedy:
        typer.echo(f"  remedy: {problem.remedy}", err=True)

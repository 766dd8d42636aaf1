"""`jacana doctor`: checks the machine and the settings, and says what to do about each thing that is wrong.

Records nothing; its probes are removed. A check that breaks is a line of its own, never the end of the others.
"""

from collections.abc import Callable, Iterator

import typer
from rich.progress import track
from rich.text import Text

from jacana.cli import doctor_machine, doctor_media, doctor_outside, doctor_setup
from jacana.cli.context import console, current_settings
from jacana.cli.doctor_machine import Result, State
from jacana.model.errors import JacanaError
from jacana.settings import LoadedSettings

Check = Callable[[LoadedSettings], Iterator[Result]]

CHECKS: dict[str, Check] = {
    "python": doctor_machine.check_python,
    "settings": doctor_setup.check_settings_file,
    "data folder": doctor_machine.check_folder,
    "disk": doctor_machine.check_disk,
    "sqlite": doctor_machine.check_sqlite,
    "database": doctor_setup.check_database,
    "field key": doctor_setup.check_field_key,
    "vault": doctor_setup.check_vault,
    "policy": doctor_setup.check_policy,
    "video": doctor_machine.check_video,
    "decoder": doctor_machine.check_decoder,
    "index": doctor_media.check_index,
    "catalogue": doctor_media.check_catalogue,
    "network": doctor_setup.check_network,
    "cybertip": doctor_setup.check_cybertip,
    "outside": doctor_outside.check_outside,
    "legal basis": doctor_setup.check_legal_bases,
    "console": doctor_setup.check_console,
}

_STYLES = {State.OK: "green", State.WARNING: "yellow", State.WRONG: "bold red"}


def doctor() -> None:
    """Check this machine and these settings; exit 1 if anything is wrong."""
    loaded = current_settings()
    results = [
        result
        for name, check in track(
            CHECKS.items(), "checking", console=console, transient=True, disable=not console.is_terminal
        )
        for result in run_check(name, check, loaded)
    ]
    for result in results:
        console.print(_describe(result), soft_wrap=True)
    wrong = sum(result.state is State.WRONG for result in results)
    warnings = sum(result.state is State.WARNING for result in results)
    console.print(f"{wrong} wrong, {warnings} warnings")
    if wrong:
        raise typer.Exit(1)


def run_check(name: str, check: Check, loaded: LoadedSettings) -> list[Result]:
    """Return the check's lines; an error, whatever it is, becomes a line too."""
    results: list[Result] = []
    try:
        results.extend(check(loaded))
    except JacanaError as problem:
        results.append(doctor_setup.describe_refusal(name, problem))
    except Exception as problem:  # a broken installation must not stop the doctor
        says = f"the check itself failed ({type(problem).__name__})"
        results.append(Result(name, State.WRONG, says, "reinstall Jacana with its dependencies"))
    return results


def _describe(result: Result) -> Text:
    line = Text()
    line.append(f"{result.state.value:8}", style=_STYLES[result.state])
    line.append(f"{result.name:12} {result.says}")
    if result.remedy and result.state is not State.OK:
        line.append(f"\n{'':21}do: {result.remedy}", style="dim")
    return line

"""`jacana evaluate`: replay an event set through the real pipeline and say how well it did."""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from jacana.cli.context import console
from jacana.cli.evaluate_chart import draw_evaluation
from jacana.cli.evaluate_setting import open_evaluation
from jacana.cli.evaluate_words import print_conversion, print_evaluation
from jacana.model.errors import InputInvalidError
from jacana.pipeline.evaluation.clock import ReplayClock
from jacana.pipeline.evaluation.report import Evaluation, describe_evaluation
from jacana.pipeline.evaluation.run import evaluate_set
from jacana.simulate.datasets.clue import read_clue
from jacana.simulate.datasets.folder import read_event_batches, read_facts
from jacana.simulate.datasets.logins import Conversion, Merging, convert_logins
from jacana.simulate.datasets.rba import read_rba

DirectoryArgument = Annotated[Path | None, typer.Argument(metavar="[DIR]", help="A folder of `jacana simulate`.")]


class EvaluationInvalidError(InputInvalidError):
    """What to evaluate, or where to draw it, was not said in a way that can be done."""

    code = "simulate.evaluation_invalid"


def evaluate(
    directory: DirectoryArgument = None,
    rba: Annotated[Path | None, typer.Option(help="CSV file of the RBA data set, instead of DIR.")] = None,
    clue: Annotated[Path | None, typer.Option(help="JSON Lines or CSV file of CLUE-LDS, instead of DIR.")] = None,
    capacity: Annotated[int, typer.Option(help="Accounts that the automatic reviewer decides a day.", min=1)] = 20,
    chart: Annotated[Path | None, typer.Option(help="Draw the figures into this SVG file.")] = None,
    open_loop: Annotated[
        bool, typer.Option("--open-loop", help="Nobody decides and nobody is shut out: each detector on its own.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    seed: Annotated[int, typer.Option(help="With --rba or --clue: chooses the users that are merged.", min=0)] = 1,
    merge: Annotated[int, typer.Option(help="With --rba or --clue: users merged into one account.", min=2)] = 8,
    share: Annotated[float, typer.Option(help="With --rba or --clue: share of users merged.", min=0, max=1)] = 0.02,
    users: Annotated[int, typer.Option(help="With --rba or --clue: most users that are taken.", min=20)] = 20_000,
) -> None:
    """Replay an event set through a throw-away Jacana and print how well each detector did, and at what cost.

    Nothing of this machine's own Jacana is read or written. The figures rank methods; they prove nothing about the
    field (docs/simulate.md).
    """
    _check_request(directory, rba, clue, chart)
    with tempfile.TemporaryDirectory(prefix="jacana-evaluate-") as name:
        place = Path(name)
        conversion = None
        if directory is None:
            directory = place / "set"
            conversion = _convert(rba, clue, directory, Merging(seed, merge, share, users))
        evaluation = _evaluate(directory, place / "jacana", capacity, open_loop=open_loop, quiet=as_json)
    if chart is not None:
        _write_chart(chart, evaluation)
    if as_json:
        described = describe_evaluation(evaluation)
        typer.echo(json.dumps(described | ({"rows": _describe_rows(conversion)} if conversion else {}), indent=2))
        return
    if conversion is not None:
        print_conversion(conversion)
    print_evaluation(evaluation)
    if chart is not None:
        console.print(Text(f"drawn: {chart}"))


def _check_request(directory: Path | None, rba: Path | None, clue: Path | None, chart: Path | None) -> None:
    if sum(given is not None for given in (directory, rba, clue)) != 1:
        raise EvaluationInvalidError(
            "name one thing to evaluate", field="DIR", remedy="a folder of `jacana simulate`, --rba FILE or --clue FILE"
        )
    if chart is not None and (chart.suffix.lower() != ".svg" or not chart.absolute().parent.is_dir()):
        raise EvaluationInvalidError(
            f"{chart} cannot be drawn", field="--chart", remedy="name an .svg file in a folder that exists"
        )


def _convert(rba: Path | None, clue: Path | None, folder: Path, merging: Merging) -> Conversion:
    if rba is not None:
        return convert_logins(rba, read_rba, folder, "rba", merging)
    return convert_logins(clue or Path(), read_clue, folder, "clue", merging)


def _evaluate(directory: Path, folder: Path, capacity: int, *, open_loop: bool, quiet: bool) -> Evaluation:
    facts = read_facts(directory)
    folder.mkdir(mode=0o700)
    clock = ReplayClock(_first_moment(directory))
    with open_evaluation(folder, clock) as stages, _show_progress(facts.events, quiet) as progress:
        return evaluate_set(stages, clock, directory, capacity=capacity, open_loop=open_loop, progress=progress)


def _first_moment(directory: Path) -> datetime:
    first = next(iter(next(read_event_batches(directory, 1), [])), None)
    if first is None:
        raise EvaluationInvalidError(f"{directory} holds no event", field="DIR", remedy="make the set again")
    return datetime.fromisoformat(first["occurred_at"])


@contextmanager
def _show_progress(events: int, quiet: bool) -> Iterator[Callable[[int], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet) as bar:
        task = bar.add_task("Replaying", total=events)
        yield lambda read: bar.update(task, completed=read)


def _write_chart(path: Path, evaluation: Evaluation) -> None:
    try:
        path.write_text(draw_evaluation(evaluation), encoding="utf-8")
    except OSError as problem:
        raise EvaluationInvalidError(
            f"{path} cannot be written ({problem.strerror})", field="--chart", remedy="name another file"
        ) from None


def _describe_rows(conversion: Conversion) -> dict[str, object]:
    return {
        "users": conversion.users,
        "merged_accounts": conversion.merged,
        "left_out": conversion.left_out,
        "malformed": dict(conversion.malformed),
        "problems": [{"line": problem.line, "reason": problem.reason} for problem in conversion.problems],
    }

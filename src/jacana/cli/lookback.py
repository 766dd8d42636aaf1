"""`jacana lookback`: compare what came into the banks with everything that was screened before."""

from typing import TYPE_CHECKING

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from jacana.cli.context import console, open_stages
from jacana.detect.media.catalogue import store
from jacana.detect.media.catalogue.rebuild import rebuild_catalogue
from jacana.model.clock import format_time
from jacana.model.lookback import LookBack, LookBackState
from jacana.pipeline.lookback import begin_look_back, take_turn

if TYPE_CHECKING:
    from jacana.pipeline.stages import Stages

app = typer.Typer(help="Look back over what was screened when a bank has grown.", no_args_is_help=True)


@app.command("list")
def list_lookbacks() -> None:
    """List look-backs, newest first, with their progress."""
    with open_stages() as stages, stages.db.read() as connection:
        rows = store.select_lookbacks(connection)
    table = Table("id", "state", "new entries", "hashes", "compared", "of", "hits", "begun", "problem")
    for row in rows:
        cells = (row.id, row.state.value, row.entries, row.hashes, row.scanned, row.total, row.hits)
        table.add_row(*(Text(str(cell)) for cell in cells), Text(format_time(row.created_at)), Text(row.problem or ""))
    console.print(table if rows else Text("no look-backs; one begins by itself when a bank grows"))


@app.command("run")
def run_lookback() -> None:
    """Begin a look-back if a bank has grown, and work every unfinished one to its end.

    `jacana serve` does the same by itself, slowly; what is found is screened again by the service. A look-back that
    both work on loses nothing and finds nothing twice.
    """
    with open_stages() as stages:
        begin_look_back(stages)
        with stages.db.read() as connection:
            waiting = [row for row in store.select_lookbacks(connection) if row.state in _UNFINISHED]
        for lookback in reversed(waiting):
            _work(stages, lookback)
    if not waiting:
        console.print(Text("nothing to look back for: no bank has changed since the last time"))


@app.command("rebuild")
def rebuild() -> None:
    """Fill an empty catalogue from the analyses in the database; what is in it already stays."""
    with (
        open_stages() as stages,
        Progress(TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), console=console) as progress,
    ):
        task = progress.add_task("Reading analyses")

        def report(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        count = rebuild_catalogue(stages.db, stages.catalogue, report)
    console.print(Text(f"{count} files added to the catalogue"))


_UNFINISHED = frozenset({LookBackState.WAITING, LookBackState.RUNNING})


def _work(stages: "Stages", lookback: LookBack) -> None:
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(), console=console
    ) as progress:
        task = progress.add_task(f"Looking back for {lookback.entries} entries")
        while lookback.state in _UNFINISHED:
            take_turn(stages, lookback.id)
            with stages.db.read() as connection:
                lookback = store.find_lookback(connection, lookback.id) or lookback
            progress.update(task, completed=lookback.scanned, total=lookback.total)
    console.print(
        Text(
            f"{lookback.id}: {lookback.state.value}, {lookback.scanned} hashes compared, {lookback.hits} uploads found"
        )
    )
    if lookback.problem:
        console.print(Text(f"{lookback.problem}; run `jacana lookback rebuild`", style="yellow"))

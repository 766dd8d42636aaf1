"""`jacana simulate`: write the events of a synthetic network with known truth."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from jacana.cli.context import console
from jacana.simulate.datasets.folder import write_simulation


class Format(StrEnum):
    """File formats of events."""

    JSONL = "jsonl"
    PARQUET = "parquet"
    BOTH = "both"


def simulate(
    out: Annotated[Path, typer.Option("--out", help="Folder, new, empty or an earlier event set's.")],
    seed: Annotated[int, typer.Option(help="The same seed, accounts and days give the same files.", min=0)] = 1,
    accounts: Annotated[int, typer.Option(help="How many accounts live there.", min=20, max=5_000_000)] = 2_000,
    days: Annotated[int, typer.Option(help="How many days are simulated.", min=2, max=730)] = 30,
    form: Annotated[Format, typer.Option("--format", help="Format of the events; parquet needs jacana[parquet].")] = (
        Format.JSONL
    ),
) -> None:
    """Write the events of a synthetic network, its lexicon of invented words, and apart from them the truth.

    What is measured on it ranks methods and proves nothing about the field (docs/simulate.md).
    """
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("day {task.completed} of {task.total}"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    ) as progress:
        task = progress.add_task("Simulating", total=days)

        def report(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        facts = write_simulation(
            out,
            seed,
            accounts,
            days,
            jsonl=form is not Format.PARQUET,
            parquet=form is not Format.JSONL,
            progress=report,
        )
    console.print(Text(f"{facts.events} events of {facts.accounts} accounts on {days} days are in {out}"))
    console.print(Text(f"Evaluate with: jacana evaluate {out}"))

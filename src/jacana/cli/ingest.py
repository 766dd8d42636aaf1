"""`jacana ingest FILE.jsonl`: events from a file. Interrupted, it is simply run again: what is there is recognised."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from jacana.cli.context import cli_actor, console, open_stages
from jacana.ingest.event_file import EventBatch, EventLine, RejectedFile, read_batches
from jacana.ingest.events import EventLog, EventStatus
from jacana.ingest.validation import FieldProblem

SHOWN_PROBLEMS = 20


def ingest(file: Annotated[Path, typer.Argument(help="Events, one JSON object a line (docs/ingest.md).")]) -> None:
    """Take in a file of events. Bad lines are shown, written to FILE.rejected.jsonl and do not stop the good ones."""
    with open_stages() as stages:
        counts, rejected = ingest_file(stages.events, file, cli_actor())
    console.print(
        f"{counts[EventStatus.ACCEPTED]} accepted, {counts[EventStatus.DUPLICATE]} known already, "
        f"{counts[EventStatus.REFUSED]} refused"
    )
    if rejected.count:
        console.print(f"refused lines: {escape(str(rejected.path))}")
        raise typer.Exit(1)


def ingest_file(events: EventLog, file: Path, actor: str) -> tuple[dict[EventStatus, int], RejectedFile]:
    """Take in every line, a transaction a batch; return the counts and the file of refused lines.

    Raises EventFileUnreadableError.
    """
    counts = dict.fromkeys(EventStatus, 0)
    batches = read_batches(file)
    first = next(batches, None)  # a file that cannot be read is found out before anything is touched
    bar = Progress(
        TextColumn("events"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
    )
    with RejectedFile(file) as rejected, bar:
        task = bar.add_task("events", total=file.stat().st_size)
        batch = first
        while batch is not None:
            _ingest_batch(events, batch, actor, counts, rejected)
            bar.update(task, completed=batch.bytes_read)
            batch = next(batches, None)
    hidden = rejected.count - SHOWN_PROBLEMS
    if hidden > 0:
        console.print(f"… and {hidden} more refused lines")
    return counts, rejected


def _ingest_batch(
    events: EventLog, batch: EventBatch, actor: str, counts: dict[EventStatus, int], rejected: RejectedFile
) -> None:
    refused: list[tuple[EventLine, Sequence[FieldProblem]]] = [
        (line, (line.problem,)) for line in batch.lines if line.problem is not None
    ]
    good = [line for line in batch.lines if line.problem is None]
    for result in events.append([line.value for line in good], actor, prefix="") if good else ():
        if result.status is EventStatus.REFUSED:
            refused.append((good[result.index], result.problems))
        else:
            counts[result.status] += 1
    for line, problems in sorted(refused, key=lambda pair: pair[0].number):
        counts[EventStatus.REFUSED] += 1
        rejected.add(line, problems)
        if rejected.count <= SHOWN_PROBLEMS:
            _show(line, problems)


def _show(line: EventLine, problems: Sequence[FieldProblem]) -> None:
    for problem in problems:
        where = f"line {line.number}" + (f", {problem.field}" if problem.field else "")
        remedy = f" — {problem.remedy}" if problem.remedy else ""
        console.print(f"[red]{escape(where)}[/red]: {escape(problem.message)}{escape(remedy)}", soft_wrap=True)

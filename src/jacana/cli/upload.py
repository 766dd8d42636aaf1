"""`jacana upload show`: one upload's story, read back from the audit log."""

import json
from typing import Annotated

import typer
from rich.table import Table

from jacana.cli.context import console, open_stages
from jacana.model.clock import format_time
from jacana.pipeline.timeline import TimelineStep, read_timeline

app = typer.Typer(help="Follow one upload.", no_args_is_help=True)


@app.callback()
def follow() -> None:
    """Follow one upload."""


@app.command()
def show(
    upload_id: str,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per step.")] = False,
) -> None:
    """Print every audited step of an upload: its time, its stage, its id, who did it."""
    with open_stages() as stages, stages.db.read() as connection:
        steps = read_timeline(stages, connection, upload_id)
    if as_json:
        for step in steps:
            console.print_json(json.dumps(describe_step(step)))
        return
    console.print(draw_timeline(upload_id, steps))


def describe_step(step: TimelineStep) -> dict[str, object]:
    """Return a step as plain JSON values."""
    return {
        "position": step.position,
        "at": format_time(step.at),
        "stage": step.stage,
        "verb": step.verb,
        "subject": step.subject,
        "actor": step.actor,
        "details": step.details,
    }


def draw_timeline(title: str, steps: list[TimelineStep]) -> Table:
    """Return the steps as a table for the terminal."""
    table = Table(title=f"Timeline of {title}", title_justify="left", pad_edge=False)
    for heading in ("time (UTC)", "stage", "what", "id", "by"):
        table.add_column(heading, overflow="fold")
    for step in steps:
        table.add_row(
            f"{step.at:%H:%M:%S.%f}"[:-3], step.stage, step.verb, _shorten(step.subject), _shorten(step.actor)
        )
    return table


def _shorten(id: str) -> str:
    """Return the first digits of a SHA-256; other ids whole, so that they can be copied."""
    return f"{id[:16]}…" if len(id) == 64 else id

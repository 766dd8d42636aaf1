"""`jacana upload show`: one upload's story, read back from the audit log."""

import json
from typing import Annotated

import typer
from rich.console import Console

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
    print_timeline(console, upload_id, steps)


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


def print_timeline(target: Console, title: str, steps: list[TimelineStep]) -> None:
    """Print the steps, one a line: time, stage, what, id, who. Lines are never folded, so that ids can be copied."""
    target.print(f"[bold]Timeline of {title}[/] (UTC)")
    for step in steps:
        who = step.actor.partition(":")[0]
        line = f"{step.at:%H:%M:%S.%f}"[:-3] + f"  {step.stage:<9}{step.verb:<20}{_shorten(step.subject):<34}{who}"
        target.print(line, soft_wrap=True, markup=False)


def _shorten(subject: str) -> str:
    """Return the first digits of a SHA-256; other ids whole."""
    return f"{subject[:16]}…" if len(subject) == 64 else subject

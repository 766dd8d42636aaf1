"""`jacana vault`: what evidence is kept, why and until when; whether it is whole; destroying what no hold keeps.

Never prints or writes content.
"""

from typing import Annotated

import typer
from rich.filesize import decimal
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from jacana.cli.context import cli_actor, console, open_stages
from jacana.model.clock import format_time
from jacana.model.preservation import Hold
from jacana.preserve.vault import VaultObjectMissingError
from jacana.preserve.verify import VaultProblem

app = typer.Typer(help="List, verify and expire the evidence vault.", no_args_is_help=True)


@app.command("list")
def list_objects(limit: Annotated[int, typer.Option(min=1, help="Most objects.")] = 100) -> None:
    """List live objects with their size and when they were sealed."""
    table = Table("sha256", "size", "type", "sealed at", "key", "held until", box=None, pad_edge=False)
    with open_stages() as stages, stages.db.read() as connection:
        for row in stages.vault.list_objects(connection, limit=limit):
            receipt = stages.vault.find_receipt(connection, row.sha256)
            holds = {hold.id: hold for hold in stages.vault.list_holds(connection, row.sha256)}
            until = _say_end(holds[receipt.hold_id]) if receipt else "expired"
            table.add_row(
                row.sha256, decimal(row.size_bytes), row.media_type or "", format_time(row.sealed_at), row.key_id, until
            )
    console.print(table if table.row_count else "the vault is empty", soft_wrap=True)


@app.command()
def holds(sha256: Annotated[str, typer.Argument(help="SHA-256 of the object.")]) -> None:
    """List every hold of one object, ended and released ones too."""
    with open_stages() as stages, stages.db.read() as connection:
        found = stages.vault.list_holds(connection, sha256.lower())
    if not found:
        raise VaultObjectMissingError(f"the vault never held an object {sha256}")
    table = Table("hold", "reason", "subject", "from", "until", "released", box=None, pad_edge=False)
    for hold in found:
        released = format_time(hold.released_at) if hold.released_at else ""
        table.add_row(hold.id, hold.reason.value, hold.subject, format_time(hold.starts_at), _say_end(hold), released)
    console.print(table, soft_wrap=True)


@app.command()
def verify() -> None:
    """Open every live object and check it against its SHA-256; exit 2 if evidence is missing or changed."""
    with open_stages() as stages, _make_progress() as progress:
        task = progress.add_task("verifying the vault", total=None)
        problems = stages.vault.verify(
            lambda done, total: progress.update(task, completed=done, total=total), cli_actor()
        )
    for problem in problems:
        console.print(_describe_problem(problem), soft_wrap=True)
    broken = [problem for problem in problems if not problem.harmless]
    if broken:
        console.print(
            Text(f"{len(broken)} objects are not as they were sealed; nothing was repaired", style="bold red")
        )
        raise typer.Exit(2)
    console.print(Text("the vault is whole", style="green"))


@app.command()
def expire(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Destroy the objects whose holds have all ended: first the key, then the bytes. It cannot be undone."""
    with open_stages() as stages:
        now = stages.clock()
        with stages.db.read() as connection:
            expired = stages.vault.list_expired(connection, now)
        for sha256 in expired:
            console.print(sha256)
        if expired and not yes:
            typer.confirm(f"Destroy these {len(expired)} objects for ever?", abort=True)
        destroyed = stages.vault.destroy_expired(now, cli_actor())
    console.print(f"{len(destroyed)} objects were destroyed")


def _say_end(hold: Hold) -> str:
    return format_time(hold.ends_at) if hold.ends_at else "until a person releases it"


def _describe_problem(problem: VaultProblem) -> Text:
    style = "yellow" if problem.harmless else "red"
    where = problem.path if problem.harmless else f"{problem.sha256} ({problem.path})"
    return Text(f"{problem.kind.value}: {where}: {problem.detail}", style=style)


def _make_progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)

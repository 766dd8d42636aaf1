"""`jacana audit`: prove that the record was not altered, and read it.

Needs only the database, so that it works where keys and policy are missing. Writes nothing.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from jacana.audit import AuditEntry, count_entries, list_entries, verify_log
from jacana.cli.context import console, current_settings
from jacana.db.engine import Database
from jacana.db.schema import check_schema
from jacana.model.clock import format_time
from jacana.model.errors import InputInvalidError

app = typer.Typer(help="Prove and read the record of who did and saw what.", no_args_is_help=True)


class KeptRootInvalidError(InputInvalidError):
    """--size and --root do not name a state of the log."""

    code = "audit.kept_root_invalid"


@app.command()
def verify(
    size: Annotated[int | None, typer.Option(min=1, help="Size of the log that was kept outside, with --root.")] = None,
    root: Annotated[str | None, typer.Option(help="Root hash that was kept outside, hex.")] = None,
) -> None:
    """Recompute the whole log; exit 0 if it is whole, 2 if not, naming the first entry that is wrong.

    With a size and root kept outside earlier it also proves that the past was not rewritten.
    """
    kept_root = _check_kept(size, root)
    with _open_database() as database, database.read() as connection, _make_progress() as progress:
        task = progress.add_task("verifying the audit log", total=None)
        result = verify_log(
            connection,
            kept_size=size,
            kept_root=kept_root,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    if not result.green:
        console.print(Text(f"the audit log is BROKEN: {result.problem}", style="bold red"))
        console.print("  nothing was repaired; keep this database as it is and compare it with a backup")
        raise typer.Exit(2)
    console.print(Text(f"the audit log is whole: {result.size} entries", style="green"))
    console.print(f"  size {result.size}")
    console.print(f"  root {result.root}", soft_wrap=True)
    if size is not None:
        console.print(f"  its first {size} entries are the ones whose root you kept")


@app.command()
def head() -> None:
    """Print size and root: keep both outside, to prove later that nothing before was rewritten."""
    with _open_database() as database, database.read() as connection:
        size, root = count_entries(connection)
    console.print(f"size {size}\nroot {root}", soft_wrap=True)


@app.command()
def show(
    subject: Annotated[str | None, typer.Option(help="Only entries about this id (of an upload, a case …).")] = None,
    start: Annotated[int, typer.Option(min=0, help="First position.")] = 0,
    limit: Annotated[int, typer.Option(min=1, help="Most entries.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List entries in order."""
    with _open_database() as database, database.read() as connection:
        entries = list_entries(connection, subject=subject, start=start, limit=limit)
        if as_json:
            for position, entry in entries:
                typer.echo(_write_line(position, entry))
        else:
            console.print(_draw_table(entries))


def _make_progress() -> Progress:
    return Progress(console=console, transient=True, disable=not console.is_terminal)


@contextmanager
def _open_database() -> Iterator[Database]:
    database = Database(current_settings().settings.resolved_database_url())
    try:
        check_schema(database)
        yield database
    finally:
        database.close()


def _check_kept(size: int | None, root: str | None) -> str | None:
    if (size is None) != (root is None):
        raise KeptRootInvalidError("--size and --root belong together", field="--root", remedy="give both or neither")
    if root is None:
        return None
    try:
        if len(bytes.fromhex(root)) != 32:
            raise ValueError
    except ValueError:
        raise KeptRootInvalidError(
            "--root is not a SHA-256 in hex",
            field="--root",
            remedy="give the 64 digits that `jacana audit head` printed",
        ) from None
    return root.lower()


def _write_line(position: int, entry: AuditEntry) -> str:
    return json.dumps({"position": position, **json.loads(entry.canonical_bytes())}, ensure_ascii=False)


def _say_value(value: Any) -> str:
    """Return a detail as plain text: `a b`, `name:value`, `yes`."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return " ".join(f"{name}:{_say_value(inner)}" for name, inner in value.items()) or "none"
    if isinstance(value, list):
        return " ".join(_say_value(inner) for inner in value) or "none"
    return "none" if value is None else str(value)


def _draw_table(entries: Iterator[tuple[int, AuditEntry]]) -> Table:
    table = Table("#", "at", "actor", "verb", "subject", "details", box=None, pad_edge=False)
    for position, entry in entries:
        details = ", ".join(f"{name}={_say_value(value)}" for name, value in sorted(entry.details.items()))
        table.add_row(
            *(Text(cell) for cell in (str(position), format_time(entry.at), entry.actor, entry.verb, entry.subject)),
            Text(details),
        )
    return table

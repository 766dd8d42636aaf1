"""`jacana bank import`, `export`, `quarantine`, `add-confirmed`: what goes into a bank and what comes out of it."""

import os
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from jacana.cli.context import cli_actor, console, open_stages
from jacana.detect.media.banks.source import SourceFormat, read_bank_source
from jacana.model.bank import RowProblem
from jacana.model.clock import format_time
from jacana.model.errors import InputInvalidError, JacanaError
from jacana.pipeline import ownbank

if TYPE_CHECKING:
    from jacana.pipeline.stages import Stages

_SHOWN_PROBLEMS = 20
"""Of each file."""

_ENTRIES_PER_COMMIT = 2000
_COUNTS = ("added", "replaced", "unchanged")


class BankImportPartialError(InputInvalidError):
    """Rows or whole files were left out of an import."""

    code = "bank.import_partial"


class BankExportInvalidError(InputInvalidError):
    """An exported list cannot be written there."""

    code = "bank.export_invalid"


def import_files(
    name: Annotated[str, typer.Argument(help="The bank.")],
    files: Annotated[list[Path], typer.Argument(help="Lists of hashes, or media files themselves.")],
    format: Annotated[
        SourceFormat | None,
        typer.Option(help="Default: .csv, .vpdq and .pdq by name, .txt by its lines, anything else is media."),
    ] = None,
) -> None:
    """Add hashes from files; new entries match from this moment on.

    Bad rows and files are named and left out, everything else is imported; exit 1 if anything was left out.
    """
    problems: list[tuple[Path, RowProblem]] = []
    totals = dict.fromkeys(_COUNTS, 0)
    with open_stages() as stages:
        with stages.db.read() as connection:
            stages.banks.find(connection, name)  # an unknown bank is said before any slow work
        try:
            with _show_progress() as progress:
                for path in progress.track(files, description="Reading files"):
                    problems += [(path, problem) for problem in _import_file(stages, name, path, format, totals)]
        finally:  # what is in the bank is in it, even if the database went away half-way
            _print_problems(problems)
            console.print(Text(f"{name}: " + ", ".join(f"{count} {key}" for key, count in totals.items())))
    if problems:
        raise BankImportPartialError(
            f"{len(problems)} rows or files were not imported, everything else was"
            if any(totals.values())
            else "nothing was imported",
            field="FILE",
            remedy="correct what is named above and import it again; what is in the bank already stays as it is",
        )


def _import_file(
    stages: "Stages", name: str, path: Path, format: SourceFormat | None, totals: dict[str, int]
) -> tuple[RowProblem, ...]:
    """Import what can be imported of one file, count it in `totals`, and return what was refused (line 0: all of it).

    A bad file must not keep out the good ones after it: known material would be released.
    """
    try:
        read = read_bank_source(path, stages.screener, format)
    except JacanaError as problem:
        return (RowProblem(0, "file", problem.message, getattr(problem, "remedy", None) or "import it again later"),)
    except OSError as problem:
        return (RowProblem(0, "file", f"it cannot be read ({problem.strerror})", "make it readable for this user"),)
    for note in read.notes:
        console.print(Text(f"{path}: {note}"), soft_wrap=True)
    for start in range(0, max(1, len(read.entries)), _ENTRIES_PER_COMMIT):
        batch = read.entries[start : start + _ENTRIES_PER_COMMIT]
        with stages.db.write() as connection:
            if start == 0:
                stages.banks.forget_refusals(connection, name, path.name)
            result = stages.banks.add_entries(
                connection,
                name,
                batch,
                cli_actor(),
                read.problems if start == 0 else (),
                file=path.name,
                key="source_id" if read.by_source_id else "label",
            )
        for key in totals:
            totals[key] += getattr(result, key)
    return tuple(read.problems)


def export_bank(
    name: Annotated[str, typer.Argument(help="The bank.")],
    file: Annotated[Path, typer.Argument(help="A file that is not there yet; only this user may read it.")],
) -> None:
    """Write a bank's digests and frame hashes as CSV, to be shared with whoever may have them.

    Nothing is ever shared by itself: this is a person's act, and the audit log says who did it and how much it was.
    """
    try:
        # Made before the audit entry, so that an export that could not happen is not on record.
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as problem:
        raise BankExportInvalidError(
            f"{file} cannot be written ({problem.strerror})",
            field="FILE",
            remedy="name a new file in a folder of yours",
        ) from None
    try:
        with (
            os.fdopen(descriptor, "w", encoding="utf-8", newline="") as out,
            open_stages() as stages,
            stages.db.write() as connection,
        ):
            text, count = stages.banks.export(connection, name, cli_actor())
            out.write(text)
            out.flush()
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    console.print(Text(f"{name}: {count} entries written to {file}"))


def list_quarantine(
    name: Annotated[str, typer.Argument(help="The bank.")],
    limit: Annotated[int, typer.Option(help="How many rows to list, newest first.")] = 100,
) -> None:
    """List what a bank could not take: where, why, and what to do. The refused values are not kept."""
    with open_stages() as stages, stages.db.read() as connection:
        refusals = stages.banks.list_refusals(connection, name, limit)
    table = Table("refused", "where", "field", "why", "remedy")
    for refusal in refusals:
        cells = (format_time(refusal.refused_at), refusal.reference, refusal.field, refusal.message, refusal.remedy)
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table if refusals else Text(f"{name}: nothing is in quarantine"))


def add_confirmed(
    name: Annotated[str, typer.Argument(help="A bank of your own; it is made if there is none of this name.")],
    upload_id: Annotated[str, typer.Argument(help="An upload whose file a person has confirmed.")],
) -> None:
    """Add a confirmed file to a bank of your own, with every frame and its extended signature.

    The setting own_bank does this by itself for every confirmation from then on.
    """
    with open_stages() as stages:
        with stages.db.read() as connection:
            decision_id = ownbank.find_confirming(stages, connection, upload_id)
        added = ownbank.add_confirmed(stages, name, decision_id, cli_actor())
    console.print(Text(f"{name}: {'added' if added else 'was there already'} ({decision_id})"))


def _show_progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def _print_problems(problems: list[tuple[Path, RowProblem]]) -> None:
    for path, group in groupby(problems, key=itemgetter(0)):
        refused = [problem for _, problem in group]
        for problem in refused[:_SHOWN_PROBLEMS]:
            where = f"{path} line {problem.line}" if problem.line else f"{path}"
            text = f"refused: {where}, {problem.field}: {problem.message}; {problem.remedy}"
            console.print(Text(text, style="yellow"), soft_wrap=True)
        if len(refused) > _SHOWN_PROBLEMS:
            more = f"… and {len(refused) - _SHOWN_PROBLEMS} more rows of {path} were refused"
            console.print(Text(more, style="yellow"), soft_wrap=True)

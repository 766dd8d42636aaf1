"""`jacana bank`: create banks, fill them, look into them, remove them."""

from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from jacana.cli.context import cli_actor, console, open_stages
from jacana.detect.media.banks.source import read_bank_source
from jacana.model.bank import DEFAULT_MAY_CAUSE, Bank, BankEntry, RowProblem
from jacana.model.clock import format_time
from jacana.model.errors import InputInvalidError, JacanaError

if TYPE_CHECKING:
    from jacana.pipeline.stages import Stages

app = typer.Typer(help="Banks of known media: named sets of hashes, each with its own rules.", no_args_is_help=True)

_SHOWN_PROBLEMS = 20
"""Of each file."""

_ENTRIES_PER_COMMIT = 2000
_COUNTS = ("added", "replaced", "unchanged")


class BankImportPartialError(InputInvalidError):
    """Rows or whole files were left out of an import."""

    code = "bank.import_partial"


@app.command("create")
def create_bank(
    name: Annotated[str, typer.Argument(help="a-z, 0-9 and hyphens, for example hotline-2026.")],
    source: Annotated[str, typer.Option(help="Who vouches for the hashes.")],
    classification: Annotated[str | None, typer.Option(help="A1, A2, B1 or B2, if the source gives one.")] = None,
    may_cause: Annotated[
        str, typer.Option(help="Effects a match alone may lead to, with commas: hold,suspend_account,open_case …")
    ] = ",".join(DEFAULT_MAY_CAUSE),
    max_distance: Annotated[int, typer.Option(help="Largest PDQ distance that is a match, of 256 bits.")] = 31,
    min_quality: Annotated[int, typer.Option(help="Frames below this PDQ quality are not compared.")] = 50,
    min_seconds: Annotated[float, typer.Option(help="Distinct seconds of an upload that must match.")] = 1.0,
    note: Annotated[str | None, typer.Option(help="Anything a colleague should know.")] = None,
) -> None:
    """Make an empty bank."""
    with open_stages() as stages, stages.db.write() as connection:
        bank = stages.banks.create(
            connection,
            name,
            source,
            classification,
            [effect.strip() for effect in may_cause.split(",") if effect.strip()],
            max_distance=max_distance,
            min_quality=min_quality,
            min_matched_seconds=min_seconds,
            note=note,
            actor=cli_actor(),
        )
    console.print(Text(f"bank {bank.name} created ({bank.id})"))


@app.command("import")
def import_files(
    name: Annotated[str, typer.Argument(help="The bank.")],
    files: Annotated[list[Path], typer.Argument(help="CSV, vPDQ text (.txt, .vpdq), or media files themselves.")],
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
                    problems += [(path, problem) for problem in _import_file(stages, name, path, totals)]
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


def _import_file(stages: "Stages", name: str, path: Path, totals: dict[str, int]) -> tuple[RowProblem, ...]:
    """Import what can be imported of one file, count it in `totals`, and return what was refused (line 0: all of it).

    A bad file must not keep out the good ones after it: known material would be released.
    """
    try:
        read = read_bank_source(path, stages.screener)
    except JacanaError as problem:
        return (RowProblem(0, "file", problem.message, getattr(problem, "remedy", None) or "import it again later"),)
    except OSError as problem:
        return (RowProblem(0, "file", f"it cannot be read ({problem.strerror})", "make it readable for this user"),)
    for start in range(0, max(1, len(read.entries)), _ENTRIES_PER_COMMIT):
        batch = read.entries[start : start + _ENTRIES_PER_COMMIT]
        refused = read.problems if start == 0 else ()
        with stages.db.write() as connection:
            result = stages.banks.add_entries(connection, name, batch, cli_actor(), refused)
        for key in totals:
            totals[key] += getattr(result, key)
    return tuple(read.problems)


@app.command("list")
def list_banks() -> None:
    """List the banks."""
    with open_stages() as stages, stages.db.read() as connection:
        banks = stages.banks.list(connection)
    table = Table("name", "source", "class", "may cause", "entries", "frames")
    for bank in banks:
        table.add_row(
            *(
                Text(cell)
                for cell in (
                    bank.name,
                    bank.source,
                    bank.classification or "",
                    ", ".join(bank.may_cause),
                    str(bank.entry_count),
                    str(bank.frame_count),
                )
            )
        )
    console.print(table if banks else Text("no banks; make one with `jacana bank create`"))


@app.command("show")
def show_bank(
    name: Annotated[str, typer.Argument(help="The bank.")],
    limit: Annotated[int, typer.Option(help="How many entries to list.")] = 50,
) -> None:
    """Show a bank's rules and its entries."""
    with open_stages() as stages, stages.db.read() as connection:
        content = stages.banks.show(connection, name)
    for label, value in _describe_rules(content.bank):
        console.print(Text(f"{label:<20} {value}"))
    table = Table("label", "digests", "frames", "id")
    for entry in content.entries[:limit]:
        table.add_row(Text(entry.label), _name_digests(entry), str(entry.frame_count), entry.id)
    console.print(table)
    if len(content.entries) > limit:
        console.print(Text(f"… and {len(content.entries) - limit} more; --limit shows them"))


@app.command("remove")
def remove_bank(name: Annotated[str, typer.Argument(help="The bank.")]) -> None:
    """Stop matching against a bank. Its record stays, and its name is never used again."""
    with open_stages() as stages, stages.db.write() as connection:
        stages.banks.remove(connection, name, cli_actor())
    console.print(Text(f"bank {name} removed; it matches nothing from now on"))


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


def _describe_rules(bank: Bank) -> list[tuple[str, str]]:
    return [
        ("name", bank.name),
        ("source", bank.source),
        ("classification", bank.classification or "none"),
        ("may cause", ", ".join(bank.may_cause)),
        ("matches within", f"{bank.max_distance} of 256 bits, from PDQ quality {bank.min_quality}"),
        ("needs", f"{bank.min_matched_seconds:g} distinct seconds"),
        ("created", format_time(bank.created_at)),
        ("note", bank.note or "none"),
        ("holds", f"{bank.entry_count} entries, {bank.frame_count} frames"),
    ]


def _name_digests(entry: BankEntry) -> str:
    return ", ".join(kind for kind in ("md5", "sha1", "sha256") if getattr(entry, kind)) or "none"

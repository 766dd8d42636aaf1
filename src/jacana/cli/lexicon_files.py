"""`jacana lexicon import`, `export`, `add`: what goes into the lexicon and what comes out of it."""

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from jacana.cli.context import cli_actor, console, open_stages
from jacana.detect.text.lexicon.files import Defaults, TermFile, TermFormat, read_row, read_terms, write_terms
from jacana.model.bank import RowProblem
from jacana.model.errors import InputInvalidError
from jacana.model.term import MatchMode, Term, TermState, mask_term

if TYPE_CHECKING:
    from jacana.pipeline.stages import Stages

_SHOWN_PROBLEMS = 20
_TERMS_PER_COMMIT = 2000
_ARRIVING = (TermState.CANDIDATE, TermState.SHADOW)

Source = Annotated[str | None, typer.Option(help="Who vouches for the terms; needed unless each row says it.")]
Licence = Annotated[str | None, typer.Option(help="Under which agreement they may be used; needed likewise.")]


class TermImportPartialError(InputInvalidError):
    """Rows were left out of an import of terms."""

    code = "lexicon.import_partial"


class TermExportInvalidError(InputInvalidError):
    """Terms cannot be written there."""

    code = "lexicon.export_invalid"


class TermUnreadError(InputInvalidError):
    """The file or the standard input that should hold terms cannot be read."""

    code = "lexicon.term_unread"


def import_file(
    file: Annotated[Path, typer.Argument(help="CSV with a header, or JSON lines (.jsonl), in UTF-8.")],
    source: Source = None,
    licence: Licence = None,
    format: Annotated[TermFormat | None, typer.Option(help="Default: by the file's name.")] = None,
    match_mode: Annotated[MatchMode | None, typer.Option(help="Of rows that name none.")] = None,
    severity: Annotated[int | None, typer.Option(min=1, max=5, help="Of rows that name none.")] = None,
    state: Annotated[TermState, typer.Option(help="candidate: matches nothing yet; shadow: is counted.")] = (
        TermState.CANDIDATE
    ),
    update: Annotated[
        bool, typer.Option("--update", help="Change terms that are there to what the file says.")
    ] = False,
) -> None:
    """Import terms. None becomes active by it: that takes two people, in the console.

    Columns: term, match_mode, severity, languages, fields, requires, unless, source, licence, expires_at, state.
    Several values in a cell are separated by |. Bad rows are named and left out, the rest is imported; exit 1 if any
    was.
    """
    if state not in _ARRIVING:
        raise TermUnreadError("terms arrive as candidate or shadow", field="--state", remedy="use one of these")
    defaults = Defaults(source, licence, match_mode, severity, state)
    chosen = format or (TermFormat.JSONL if file.suffix.lower() in {".jsonl", ".ndjson"} else TermFormat.CSV)
    with open_stages() as stages, show_progress() as progress:
        read = _read_file(stages, progress, file, chosen, defaults)
        counts = _store_terms(stages, progress, read, update)
    _print_problems(file, read.problems)
    console.print(Text(", ".join(f"{count} {what}" for what, count in counts.items())))
    if read.problems:
        raise TermImportPartialError(
            f"{len(read.problems)} rows were not imported, everything else was",
            field="FILE",
            remedy="correct what is named above and import it again; known terms are recognised",
        )


def export_terms(
    file: Annotated[Path | None, typer.Argument(help="A file that is not there yet; default standard output.")] = None,
    because: Annotated[str, typer.Option("--because", help="Why: goes on record. Not needed with --masked.")] = "",
    masked: Annotated[bool, typer.Option("--masked", help="Write z•••••m for every word.")] = False,
    format: Annotated[TermFormat, typer.Option(help="How to write it.")] = TermFormat.CSV,
    state: Annotated[list[TermState] | None, typer.Option(help="Only of this state, repeatable.")] = None,
) -> None:
    """Write the terms in clear, to be shared with whoever may have them: a reveal of every one, on record.

    The file is for this user only. Open terms are never written to a terminal.
    """
    file = None if file == Path("-") else file
    if file is None and not masked and sys.stdout.isatty():
        raise TermExportInvalidError(
            "open terms are not written to a terminal", field="FILE", remedy="name a file, or use --masked"
        )
    with _open_output(file) as out, open_stages() as stages:
        with stages.db.write() as connection:  # on record before the first word leaves
            lexicon = stages.lexicon
            if masked:
                terms = lexicon.load_masked(connection, state or ())
            else:
                terms = lexicon.export_terms(connection, cli_actor(), because, state or ())
        out.writelines(write_terms(terms, format))
        out.flush()
    if file is not None:
        console.print(Text(f"{len(terms)} terms written to {file}"))


def add_term(
    source: Source = None,
    licence: Licence = None,
    match_mode: Annotated[MatchMode, typer.Option(help="How it is looked for.")] = MatchMode.CANONICAL,
    severity: Annotated[int, typer.Option(min=1, max=5, help="1: worth knowing. 5: nobody innocent writes it.")] = 3,
    languages: Annotated[str, typer.Option(help="BCP 47, with | between; empty: every one.")] = "",
    fields: Annotated[str, typer.Option(help="caption, bio, search …, with | between; empty: every one.")] = "",
    expires_at: Annotated[str, typer.Option(help="When it ends, for example 2027-01-31T00:00:00Z.")] = "",
    shadow: Annotated[bool, typer.Option("--shadow", help="Look for it at once, without effect.")] = False,
) -> None:
    """Add one term. It is asked for without echo, or read from standard input: never an argument.

    Standard input: the term in the first line; co-terms it requires, with | between, in the second; contexts that
    excuse it in the third.
    """
    term, requires, unless = _ask_words()
    cells = {
        "term": term, "requires": requires, "unless": unless, "languages": languages, "fields": fields,
        "expires_at": expires_at,
    }  # fmt: skip
    state = TermState.SHADOW if shadow else TermState.CANDIDATE
    with open_stages() as stages, stages.db.write() as connection:
        made = read_row(cells, Defaults(source, licence, match_mode, severity, state))
        term_id = stages.lexicon.add_term(connection, made, cli_actor())
    console.print(Text(f"{term_id} ({mask_term(made.text)}) was added as {state.value}"))


def show_progress() -> Progress:
    """Return the progress bar of long work."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console, transient=True)


def _read_file(stages: "Stages", progress: Progress, file: Path, format: TermFormat, defaults: Defaults) -> TermFile:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as problem:
        message = f"{file} cannot be read ({problem.strerror})"
        raise TermUnreadError(message, field="FILE", remedy="check the path and who may read it") from None
    except UnicodeDecodeError:
        raise TermUnreadError(f"{file} is not UTF-8 text", field="FILE", remedy="save it as UTF-8") from None
    task = progress.add_task("Reading rows", total=text.count("\n") or None)
    return read_terms(text, format, defaults, stages.clock(), lambda rows: progress.update(task, completed=rows))


def _store_terms(stages: "Stages", progress: Progress, read: TermFile, update: bool) -> dict[str, int]:
    counts = dict.fromkeys(("added", "updated", "unchanged"), 0)
    lexicon = stages.lexicon
    task = progress.add_task("Storing terms", total=len(read.terms))
    for start in range(0, max(1, len(read.terms)), _TERMS_PER_COMMIT):
        batch: tuple[Term, ...] = read.terms[start : start + _TERMS_PER_COMMIT]
        refused = 0 if start else len(read.problems)
        with stages.db.write() as connection:
            result = lexicon.import_terms(connection, batch, cli_actor(), update=update, refused=refused)
        for name in counts:
            counts[name] += getattr(result, name)
        progress.update(task, completed=start + len(batch))
    return counts


def _ask_words() -> tuple[str, str, str]:
    if sys.stdin.isatty():
        first = getpass.getpass("Term (not shown): ")
        return first, getpass.getpass("Requires (| between, may be empty): "), getpass.getpass("Unless: ")
    lines = [*sys.stdin.read().splitlines(), "", "", ""]
    return lines[0], lines[1], lines[2]


@contextmanager
def _open_output(file: Path | None) -> Iterator[TextIO]:
    """Yield where to write; a file is new, for this user only, and gone again if anything fails."""
    if file is None:
        yield sys.stdout
        return
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as problem:
        message = f"{file} cannot be written ({problem.strerror})"
        raise TermExportInvalidError(message, field="FILE", remedy="name a new file in a folder of yours") from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as out:
            yield out
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def _print_problems(file: Path, problems: tuple[RowProblem, ...]) -> None:
    for problem in problems[:_SHOWN_PROBLEMS]:
        text = f"refused: {file} line {problem.line}, {problem.field}: {problem.message}; {problem.remedy}"
        console.print(Text(text, style="yellow"), soft_wrap=True)
    if len(problems) > _SHOWN_PROBLEMS:
        console.print(Text(f"… and {len(problems) - _SHOWN_PROBLEMS} more rows were refused", style="yellow"))

"""`jacana lexicon`: coded terms, masked wherever shown; to see one in clear is an act on record, with a reason.

A term is never an argument: arguments stay in the shell's history and are seen by others on the machine.
"""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from jacana.cli import lexicon_files
from jacana.cli.context import cli_actor, console, open_stages
from jacana.detect.text.lexicon.lifecycle import APPROVALS_NEEDED
from jacana.detect.text.lexicon.listing import TermListing
from jacana.model.clock import format_time
from jacana.model.term import TermState
from jacana.pipeline.discovery import discover_terms, propose_candidates

app = typer.Typer(
    help="Coded terms: import, add, discover, retire. Two people approve a term in the console, where each logs in; "
    "the command line does not know who types and cannot.",
    no_args_is_help=True,
)

app.command("import")(lexicon_files.import_file)
app.command("export")(lexicon_files.export_terms)
app.command("add")(lexicon_files.add_term)

TermId = Annotated[str, typer.Argument(help="Id of the term, as `jacana lexicon list` shows it.")]
Because = Annotated[str, typer.Option("--because", help="Why: goes on record. Never the term itself.")]


@app.command("list")
def list_terms(
    state: Annotated[list[TermState] | None, typer.Option(help="Only of this state, repeatable.")] = None,
    source: Annotated[str | None, typer.Option(help="Only from this source.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Most terms.")] = 100,
) -> None:
    """List terms, masked, with what their hits were worth; those that changed last first."""
    with open_stages() as stages, stages.db.read() as connection:
        lexicon = stages.lexicon
        terms = lexicon.list_terms(connection, state or (), source, limit=limit)
        counts = lexicon.count_states(connection, source)
    table = Table("id", "term", "state", "severity", "mode", "scope", "source", "hits", "precision", "approvals")
    for term in terms:
        cells = (term.id, term.masked, term.state, str(term.severity), term.match_mode, _say_scope(term), term.source)
        table.add_row(*map(Text, (*cells, str(term.hits), say_precision(term), _say_approvals(term))))
    console.print(table if terms else Text("no terms; bring some with `jacana lexicon import`"))
    console.print(Text(", ".join(f"{count} {name.value}" for name, count in counts.items() if count)))


@app.command("show")
def show_term(term_id: TermId) -> None:
    """Show one term, masked, with its scope, its figures and who approved it."""
    with open_stages() as stages, stages.db.read() as connection:
        term = stages.lexicon.show_term(connection, term_id)
    for label, value in _describe(term):
        console.print(Text(f"{label:<18} {value}"), soft_wrap=True)


@app.command("reveal")
def reveal_term(term_id: TermId, because: Because) -> None:
    """Print one term in clear. Who asked, and why, goes on record first."""
    with open_stages() as stages, stages.db.write() as connection:
        term = stages.lexicon.reveal_term(connection, term_id, cli_actor(), because)
    for label, words in (("term", (term.text,)), ("requires", term.requires), ("unless", term.unless)):
        if words:
            typer.echo(f"{label:<9} {' | '.join(words)}")


@app.command("shadow")
def shadow_term(term_id: TermId) -> None:
    """Look for a candidate from now on: its hits are counted and cause nothing."""
    with open_stages() as stages, stages.db.write() as connection:
        stages.lexicon.shadow_term(connection, term_id, cli_actor())
    console.print(Text(f"{term_id} is looked for in shadow; two people make it active in the console"))


@app.command("retire")
def retire_term(term_id: TermId, because: Because) -> None:
    """Look for a term no more. Its record stays."""
    with open_stages() as stages, stages.db.write() as connection:
        stages.lexicon.retire_term(connection, term_id, cli_actor(), because)
    console.print(Text(f"{term_id} is retired and matches nothing from now on"))


@app.command("discover")
def discover(
    days: Annotated[int, typer.Option(min=1, help="Texts of the last so many days.")] = 30,
    top: Annotated[int, typer.Option(min=1, help="Most candidates.")] = 30,
    propose: Annotated[bool, typer.Option("--propose", help="Store them as candidates, sealed.")] = False,
    severity: Annotated[int, typer.Option(min=1, max=5, help="Severity of what is proposed.")] = 2,
) -> None:
    """Find words that independent confirmed accounts write and others do not; print them masked.

    Nothing is looked for until a person has approved it. The console reveals a candidate, on record.
    """
    with open_stages() as stages:
        with lexicon_files.show_progress() as progress:
            task = progress.add_task("Reading what others write", total=None)
            found = discover_terms(
                stages, days, top, lambda done, total: progress.update(task, completed=done, total=total)
            )
        ids = propose_candidates(stages, found.candidates, severity, cli_actor()) if propose else ()
    told = f"{found.texts} texts of {found.authors} independent authors ({found.accounts} confirmed accounts)"
    console.print(Text(f"{told} against {found.background_texts} texts of others; {found.known} known terms left out"))
    table = Table("candidate", "kind", "authors", "others", "G²", "q")
    for each in found.candidates:
        figures = (str(each.authors), str(each.background_authors), f"{each.g2:.1f}", f"{each.q:.2g}")
        table.add_row(*map(Text, (each.masked, each.kind, *figures)))
    console.print(table if found.candidates else Text("nothing stands out"))
    if propose:
        console.print(Text(f"{len(ids)} candidates were stored; `jacana lexicon list --state candidate` lists them"))
        if not all(each.may_become_term for each in found.candidates):
            console.print(Text("hashtags of ordinary words were not: a match reads a hashtag without its sign"))


def say_precision(term: TermListing) -> str:
    """Return the 95 % range of a term's precision and what it rests on."""
    if not term.reviewed:
        return "none reviewed"
    low, high = term.precision_interval
    return f"{low:.0%} to {high:.0%} ({term.confirmed} of {term.reviewed})"


def _say_approvals(term: TermListing) -> str:
    return f"{len(term.approvals)} of {APPROVALS_NEEDED}"


def _say_scope(term: TermListing) -> str:
    parts = [*term.languages, *term.fields]
    parts += [f"requires {term.requires_count}"] if term.requires_count else []
    return ", ".join([*parts, *([f"unless {term.unless_count}"] if term.unless_count else [])]) or "everywhere"


def _describe(term: TermListing) -> list[tuple[str, str]]:
    def moment(at: object) -> str:
        return format_time(at) if at else "never"  # type: ignore[arg-type]

    rows = [
        ("term", term.masked),
        ("state", term.state.value),
        ("severity", str(term.severity)),
        ("match mode", term.match_mode.value),
        ("scope", _say_scope(term)),
        ("source", term.source),
        ("licence", term.licence),
        ("expires", moment(term.expires_at)),
        ("added", f"{format_time(term.created_at)} by {term.created_by}"),
        ("active since", moment(term.active_since)),
        ("hits", str(term.hits)),
        ("precision", say_precision(term)),
        ("last confirmed", moment(term.last_confirmed_at)),
        ("approvals", ", ".join(f"{user} {format_time(at)}" for user, at in term.approvals) or "none"),
    ]
    return rows + [(f"proposed: {name}", str(value)) for name, value in term.details.items()]

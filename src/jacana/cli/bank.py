"""`jacana bank`: create banks, fill them, look into them, remove them."""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from jacana.cli import bank_entries, bank_sync, bank_votes
from jacana.cli.context import cli_actor, console, open_stages
from jacana.detect.media.banks.rules import explain_thresholds
from jacana.model.bank import EXACT_DISTANCE, Bank, BankEntry, BankOrigin, BankRole, Trust
from jacana.model.clock import format_time
from jacana.pipeline.figures.bank import BankFigures
from jacana.pipeline.figures.store import read_figures

app = typer.Typer(help="Banks of known media: named sets of hashes, each with its own rules.", no_args_is_help=True)

app.command("import")(bank_entries.import_files)
app.command("export")(bank_entries.export_bank)
app.command("quarantine")(bank_entries.list_quarantine)
app.command("add-confirmed")(bank_entries.add_confirmed)
app.command("sync")(bank_sync.sync_banks)
app.command("votes")(bank_votes.list_votes)
app.command("vote")(bank_votes.cast_vote)
app.command("reasons")(bank_votes.list_reasons)
app.command("share")(bank_votes.share_entry)


@app.command("create")
def create_bank(
    name: Annotated[str, typer.Argument(help="a-z, 0-9 and hyphens, for example hotline-2026.")],
    source: Annotated[str, typer.Option(help="Who vouches for the hashes.")],
    role: Annotated[
        BankRole, typer.Option(help="known: must not be shown; benign: innocent, a match with it is a false match.")
    ] = BankRole.KNOWN,
    trust: Annotated[
        Trust, typer.Option(help="How far the source has looked: verified, reviewed, or lead (nobody answers for it).")
    ] = Trust.REVIEWED,
    origin: Annotated[
        BankOrigin, typer.Option(help="Where entries come from; own: material that your reviewers confirmed.")
    ] = BankOrigin.FILE,
    classification: Annotated[str | None, typer.Option(help="A1, A2, B1 or B2, if the source gives one.")] = None,
    may_cause: Annotated[
        str | None,
        typer.Option(
            help="Effects a match alone may lead to, with commas: hold,suspend_account,open_case …  "
            "Default hold,open_case; nothing for a benign bank."
        ),
    ] = None,
    licence: Annotated[str | None, typer.Option(help="Under which agreement the hashes may be used.")] = None,
    max_distance: Annotated[
        int, typer.Option(help=f"Largest PDQ distance that is a match, of 256 bits; at most {EXACT_DISTANCE}.")
    ] = EXACT_DISTANCE,
    min_quality: Annotated[int, typer.Option(help="Frames below this PDQ quality are not compared.")] = 50,
    min_seconds: Annotated[float, typer.Option(help="Distinct seconds of an upload that must match.")] = 1.0,
    threshold_reason: Annotated[str | None, typer.Option(help="Why the three thresholds are what they are.")] = None,
    note: Annotated[str | None, typer.Option(help="Anything a colleague should know.")] = None,
) -> None:
    """Make an empty bank."""
    effects = None if may_cause is None else [part.strip() for part in may_cause.split(",") if part.strip()]
    with open_stages() as stages, stages.db.write() as connection:
        bank = stages.banks.create(
            connection,
            name,
            source,
            classification,
            effects,
            max_distance=max_distance,
            min_quality=min_quality,
            min_matched_seconds=min_seconds,
            note=note,
            role=role,
            trust=trust,
            origin=origin,
            licence=licence,
            threshold_reason=threshold_reason,
            actor=cli_actor(),
        )
    console.print(Text(f"bank {bank.name} created ({bank.id})"))


@app.command("list")
def list_banks() -> None:
    """List the banks: what they are, how fresh, and what their hits were worth."""
    with open_stages() as stages, stages.db.read() as connection:
        banks = stages.banks.list(connection)
        figures = read_figures(connection, stages.clock())
    columns = ("name", "source", "role", "trust", "class", "may cause", "entries", "frames")
    table = Table(*columns, "changed", "checked", "hits, 30 days", "hits", "precision", "quarantined")
    for bank in banks:
        figure = figures.get(bank.id, BankFigures())
        table.add_row(
            *(
                Text(cell)
                for cell in (
                    bank.name,
                    bank.source,
                    bank.role,
                    bank.trust,
                    bank.classification or "",
                    ", ".join(bank.may_cause),
                    str(bank.entry_count),
                    str(bank.frame_count),
                    format_time(bank.changed_at) if bank.changed_at else "never",
                    _say_checked(figure),
                    str(figure.recent_hits),
                    str(figure.hits),
                    say_precision(figure),
                    str(figure.refused),
                )
            )
        )
    console.print(table if banks else Text("no banks; make one with `jacana bank create`"))


def say_precision(figure: BankFigures) -> str:
    """Return the share of decided files that a person confirmed, with its range, or why there is none yet."""
    if figure.precision is None or figure.precision_range is None:
        return f"— ({figure.decided} decided)"
    low, high = figure.precision_range
    return f"{figure.precision:.0%} ({low:.0%} to {high:.0%}, {figure.decided} decided)"


def _say_checked(figure: BankFigures) -> str:
    checked = format_time(figure.checked_at) if figure.checked_at else ""
    return f"{checked} FAILED: {figure.problem}".strip() if figure.problem else checked


@app.command("show")
def show_bank(
    name: Annotated[str, typer.Argument(help="The bank.")],
    limit: Annotated[int, typer.Option(help="How many entries to list.")] = 50,
) -> None:
    """Show a bank's rules and its entries."""
    with open_stages() as stages, stages.db.read() as connection:
        content = stages.banks.show(connection, name)
        figure = read_figures(connection, stages.clock()).get(content.bank.id, BankFigures())
    for label, value in [*_describe_rules(content.bank), *_describe_figures(content.bank, figure)]:
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


def _describe_rules(bank: Bank) -> list[tuple[str, str]]:
    return [
        ("name", bank.name),
        ("source", bank.source),
        ("role", bank.role),
        ("trust", bank.trust),
        ("origin", bank.origin),
        ("licence", bank.licence or "none given"),
        ("classification", bank.classification or "none"),
        ("may cause", ", ".join(bank.may_cause) or "nothing"),
        ("matches within", f"{bank.max_distance} of 256 bits, from PDQ quality {bank.min_quality}"),
        ("needs", f"{bank.min_matched_seconds:g} distinct seconds"),
        ("why", explain_thresholds(bank) or "no reason given"),
        ("created", format_time(bank.created_at)),
        ("note", bank.note or "none"),
    ]


def _describe_figures(bank: Bank, figure: BankFigures) -> list[tuple[str, str]]:
    windows = f", {bank.window_count} windows" if bank.window_count else ""
    rows = [
        ("holds", f"{bank.entry_count} entries, {bank.frame_count} frames{windows}"),
        ("tombstones", str(bank.tombstone_count)),
        ("last change", format_time(bank.changed_at) if bank.changed_at else "never"),
        ("hits", f"{figure.hits}, {figure.recent_hits} in the last 30 days, {figure.set_aside} set aside"),
        ("precision", say_precision(figure)),
        ("quarantined", str(figure.refused)),
    ]
    return [*rows, ("last check", _say_checked(figure))] if figure.checked_at or figure.problem else rows


def _name_digests(entry: BankEntry) -> str:
    return ", ".join(kind for kind in ("md5", "sha1", "sha256") if getattr(entry, kind)) or "none"

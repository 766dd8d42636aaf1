"""`jacana bank votes`, `vote`, `reasons`, `share`: what a person sends back to an exchange."""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from jacana.cli.context import cli_actor, console, open_stages
from jacana.detect.media.exchange.votes import Votes
from jacana.model.clock import format_time
from jacana.pipeline import voting


def list_votes() -> None:
    """List the votes that decisions suggest, and those that were cast."""
    with open_stages() as stages, stages.db.read() as connection:
        proposals = voting.list_proposals(stages, connection)
        cast = Votes(stages.clock).list(connection)
    suggested = Table("finding", "bank", "entry", "decision", "suggests", "by hash", title="Suggested")
    for one in proposals:
        word = "agree" if one.agrees else "disagree"
        suggested.add_row(one.finding_id, one.bank_name, one.entry_id, one.decision_id, word, ", ".join(one.signals))
    console.print(suggested if proposals else "no decision suggests a vote")
    table = Table("vote", "entry", "hash", "says", "state", "attempts", "answer", "cast", title="Cast")
    for vote in cast:
        cells = (
            vote.id,
            vote.entry_id,
            vote.signal,
            "agree" if vote.agrees else "disagree",
            vote.state.value,
            str(vote.attempts),
            vote.answer or "",
            format_time(vote.cast_at),
        )
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table if cast else "no votes were cast")


def cast_vote(
    finding: Annotated[str, typer.Argument(help="The finding, as `jacana bank votes` names it.")],
    agree: Annotated[bool, typer.Option("--agree/--disagree", help="What your network's decision says of the entry.")],
    reason: Annotated[
        list[str] | None,
        typer.Option(help="Id of a reason to disagree, from `jacana bank reasons`. Repeatable."),
    ] = None,
    signal: Annotated[str | None, typer.Option(help="Which hash of the entry; default: the one that matched.")] = None,
) -> None:
    """Tell the exchange what your reviewers decided on an entry that matched. `jacana serve` sends it."""
    with open_stages() as stages, stages.db.write() as connection:
        vote = voting.cast_vote(stages, connection, finding, agree, reason or [], cli_actor(), signal)
    console.print(Text(f"vote {vote.id} is cast and waits to be sent"))


def list_reasons(
    name: Annotated[str, typer.Argument(help="The bank.")],
    signal: Annotated[str, typer.Option(help="Kind of hash: MD5, SHA1 or PDQ.")] = "MD5",
) -> None:
    """Ask the exchange for the reasons of a negative vote; their ids differ per list."""
    with open_stages() as stages:
        reasons = voting.list_reasons(stages, name, signal)
    table = Table("id", "reason")
    for one in reasons:
        table.add_row(Text(one.id), Text(one.name))
    console.print(table if reasons else "the exchange names no reasons")


def share_entry(
    name: Annotated[str, typer.Argument(help="A bank of your own.")],
    entry: Annotated[str, typer.Option(help="The entry's id, as `jacana bank show` lists it.")],
    to: Annotated[str, typer.Option(help="The list: sandbox, or the value of ncmec_hash_environment.")],
) -> None:
    """Share an entry that your reviewers confirmed with an exchange at which you have write rights."""
    with open_stages() as stages:
        source_id = voting.share_entry(stages, name, entry, to, cli_actor())
    console.print(Text(f"entry {entry} is on {to} as {source_id}"))

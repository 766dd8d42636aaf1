"""`jacana act`: what the network was told, what it would not take, and sending that again."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from jacana.cli.context import cli_actor, console, open_stages
from jacana.model.action import Action
from jacana.model.clock import format_time
from jacana.model.errors import InputInvalidError

app = typer.Typer(help="What the network was told: the enforcement ledger and its dead letters.", no_args_is_help=True)


@app.command("list")
def list_actions(
    upload: Annotated[str | None, typer.Option(help="Id of an upload (upload_…).")] = None,
    account: Annotated[str | None, typer.Option(help="The network's id of an account.")] = None,
    cause: Annotated[str | None, typer.Option(help="Id of the decision that led to them.")] = None,
) -> None:
    """List actions of an upload, an account or a decision, oldest first."""
    if not (upload or account or cause):
        raise InputInvalidError("nothing to list by", field="--upload", remedy="give --upload, --account or --cause")
    with open_stages() as stages, stages.db.read() as connection:
        found = stages.enforcement.list_actions(connection, upload_id=upload, account_id=account, cause=cause)
    _print_actions(found)


@app.command("dead")
def list_dead() -> None:
    """List dead letters: actions the network refused, or never answered for. Each needs a person."""
    with open_stages() as stages, stages.db.read() as connection:
        _print_actions(stages.enforcement.list_dead(connection))


@app.command("retry")
def retry(
    actions: Annotated[list[str] | None, typer.Argument(help="Ids of dead actions (act_…).")] = None,
    every: Annotated[bool, typer.Option("--all", help="Retry every dead letter, oldest first.")] = False,
) -> None:
    """Send dead letters again, with a whole new run of attempts. `jacana serve` delivers them."""
    if bool(actions) is every:
        raise InputInvalidError("nothing to retry", field="ACTIONS", remedy="name dead actions, or say --all")
    with open_stages() as stages, stages.db.write() as connection:
        chosen = actions or [action.id for action in stages.enforcement.list_dead(connection)]
        for action_id in chosen:
            stages.enforcement.retry_dead(connection, action_id, cli_actor())
    console.print(f"{len(chosen)} put back in line")


def _print_actions(actions: Sequence[Action]) -> None:
    if not actions:
        console.print("none")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("action", "ordered", "kind", "target", "state", "attempts", "answer", "reason"):
        table.add_column(heading, overflow="fold")
    for action in actions:
        answer = " ".join(str(part) for part in (action.answer_status, action.answer_excerpt) if part)
        cells = (
            action.id,
            format_time(action.created_at),
            action.kind.value,
            action.target_id,
            action.state.value,
            str(action.attempts),
            answer or "–",
            action.reason,
        )
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)

"""`jacana key create|list|revoke`: the API keys with which the network calls. A secret is printed once, at creation."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from jacana.cli.context import cli_actor, console, open_stages
from jacana.ingest.keys import SCOPES
from jacana.model.clock import format_time

app = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Who will use the key.")],
    scope: Annotated[list[str], typer.Option(help=f"What it may do, repeatable: {', '.join(SCOPES)}.")],
) -> None:
    """Make a key and print its secret, which cannot be shown again."""
    with open_stages() as stages, stages.db.write() as connection:
        created = stages.keys.create(connection, name, scope, cli_actor())
    console.print(f"{created.key.id} may {', '.join(created.key.scopes)}. Its secret, shown only now:")
    typer.echo(created.secret)


@app.command("list")
def list_keys() -> None:
    """List every key, revoked ones too."""
    table = Table("id", "name", "scopes", "created", "last used", "revoked")
    with open_stages() as stages, stages.db.read() as connection:
        for key in stages.keys.list_keys(connection):
            times = [format_time(at) if at else "" for at in (key.created_at, key.last_used_at, key.revoked_at)]
            table.add_row(key.id, escape(key.name), ", ".join(key.scopes), *times)
    console.print(table)


@app.command()
def revoke(id: Annotated[str, typer.Argument(help="Id of the key, as `jacana key list` shows it.")]) -> None:
    """Revoke a key for good."""
    with open_stages() as stages, stages.db.write() as connection:
        key = stages.keys.revoke(connection, id, cli_actor())
    console.print(f"{key.id} ({escape(key.name)}) is revoked")

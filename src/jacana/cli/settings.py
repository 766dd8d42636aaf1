"""`jacana settings`: every setting with its value, where that came from and what it is. Never prints a secret."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from jacana.cli.context import console, current_settings


def settings(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show every setting: value (secrets masked), origin and meaning."""
    rows = current_settings().describe()
    if as_json:
        typer.echo(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2))
        return
    table = Table("setting", "value", "from", "meaning", box=None, pad_edge=False)
    for row in rows:
        style = "dim" if row.origin == "default" else ""
        table.add_row(Text(row.name), Text(row.value), Text(row.origin), Text(row.help), style=style)
    console.print(table)

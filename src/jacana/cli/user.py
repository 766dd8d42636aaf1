"""`jacana user …`: the people who may log in to the console. A password is never an argument: others can read those."""

import getpass
import sys
from typing import Annotated

import typer
from rich.table import Column, Table

from jacana.cli.context import cli_actor, console, open_stages
from jacana.model.clock import format_time
from jacana.model.errors import InputInvalidError
from jacana.web.permissions import Role
from jacana.web.users import User, Users, generate_password

app = typer.Typer(help="Add, list and disable the people who may log in.", no_args_is_help=True)

FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
Generate = Annotated[bool, typer.Option("--generate", help="Make a password and print it once.")]


class PasswordUnreadError(InputInvalidError):
    """No password could be read, or the two that were typed differ."""

    code = "user.password_unread"


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Name the person logs in with.")],
    role: Annotated[Role, typer.Option(help="What the person may do.")],
    password_stdin: FromStdin = False,
    generate: Generate = False,
) -> None:
    """Add a person. Asks for the password unless told where it comes from."""
    password = _read_password(password_stdin, generate)
    with open_stages() as stages, stages.db.write() as connection:
        user = Users(stages.clock).create(connection, name, role, password, cli_actor())
    console.print(f"Added {user.name} ({user.role}), {user.id}.")
    _print_generated(generate, password)


@app.command("list")
def list_people() -> None:
    """List everybody, with role and state."""
    with open_stages() as stages, stages.db.read() as connection:
        people, now = Users(stages.clock).list(connection), stages.clock()
    table = Table("name", "role", "state", "added", Column("id", overflow="fold"))
    for user in people:
        locked = user.locked_until is not None and now < user.locked_until
        table.add_row(user.name, user.role.value, _state(user, locked), format_time(user.created_at), user.id)
    console.print(table if people else "Nobody yet: jacana user add NAME --role lead")


@app.command()
def disable(name: Annotated[str, typer.Argument(help="Name of the person.")]) -> None:
    """Refuse a person from now on and end every session."""
    with open_stages() as stages, stages.db.write() as connection:
        user = Users(stages.clock).disable(connection, name, cli_actor())
    console.print(f"{user.name} can no longer log in.")


@app.command()
def password(
    name: Annotated[str, typer.Argument(help="Name of the person.")],
    password_stdin: FromStdin = False,
    generate: Generate = False,
) -> None:
    """Replace a password; lifts a lock and ends every session."""
    fresh = _read_password(password_stdin, generate)
    with open_stages() as stages, stages.db.write() as connection:
        Users(stages.clock).set_password(connection, name, fresh, cli_actor())
    console.print(f"{name} has a new password; every session has ended.")
    _print_generated(generate, fresh)


def _state(user: User, locked: bool) -> str:
    if user.disabled_at is not None:
        return "disabled"
    return "locked for a while" if locked else "active"


def _read_password(from_stdin: bool, generate: bool) -> str:
    if from_stdin and generate:
        raise PasswordUnreadError("--password-stdin and --generate exclude each other", remedy="use one of them")
    if generate:
        return generate_password()
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise PasswordUnreadError("there is no terminal to ask on", remedy="use --password-stdin or --generate")
    typed = getpass.getpass("Password: ")
    if getpass.getpass("The same again: ") != typed:
        raise PasswordUnreadError("the two passwords differ", remedy="type it again")
    return typed


def _print_generated(generate: bool, password: str) -> None:
    if generate:
        console.print(f"Password, shown only now: {password}")

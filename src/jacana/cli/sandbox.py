"""`jacana sandbox …`: stand-ins for the outside world, so that everything can be tried without touching it."""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from standardwebhooks.webhooks import EmptyWebhookSecretError

from jacana.cli.context import console
from jacana.cli.listen import bind_port, explain_refusal
from jacana.detect.media.exchange.sandbox.controls import add_file
from jacana.detect.media.exchange.sandbox.file_hashes import hash_media
from jacana.detect.media.exchange.sandbox.listener import HashSharingSandbox
from jacana.detect.media.exchange.sandbox.shared_list import Account as HashAccount
from jacana.detect.media.exchange.sandbox.switches import SWITCHES as HASH_SWITCHES
from jacana.model.errors import InputInvalidError
from jacana.report.environments import is_loopback
from jacana.report.sandbox.faults import SWITCHES
from jacana.report.sandbox.receiver import Account
from jacana.report.sandbox.server import SandboxServer
from jacana.report.schema import EDITIONS
from jacana.simulate.network import create_network_app

app = typer.Typer(help="Run stand-ins for the outside world.", no_args_is_help=True)


class SandboxOptionInvalidError(InputInvalidError):
    """An option of the sandbox cannot be read."""

    code = "sandbox.option_invalid"


@app.command()
def cybertipline(
    port: Annotated[int, typer.Option(help="Port to listen on; 0 picks a free one.")] = 8471,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    user: Annotated[str, typer.Option(help="User name of the first account.")] = "sandbox",
    password: Annotated[
        str, typer.Option(envvar="JACANA_CYBERTIP_PASSWORD", help="Password of the first account.")
    ] = "sandbox",  # noqa: S107
    account: Annotated[
        list[str] | None,
        typer.Option(help="One more account, USER:PASSWORD[:submit|update|none]; both rights if left out."),
    ] = None,
    db: Annotated[
        Path | None, typer.Option(help="SQLite file to remember reports in; without one they are forgotten.")
    ] = None,
    edition: Annotated[str, typer.Option(help="Edition of the schema: 2025, or 2026 with its new elements.")] = "2025",
    fault: Annotated[
        list[str] | None,
        typer.Option(help="Switch on NAME[:ENDPOINT][=COUNT|=always]. Repeatable. See --list-faults."),
    ] = None,
    list_faults: Annotated[bool, typer.Option("--list-faults", help="Print the switches and exit.")] = False,
) -> None:
    """Run a CyberTipline of your own: the same calls, checks, codes and clocks as NCMEC's, on this machine only.

    Any client may use it. Files are hashed and counted, not kept. Nothing is sent anywhere.
    """
    if list_faults:
        for name, text in SWITCHES.items():
            console.print(f"{name:<20} {text}")
        return
    if edition not in EDITIONS:
        raise SandboxOptionInvalidError("there is no such edition", field="--edition", remedy="use 2025 or 2026")
    accounts = [Account(user, password), *(_parse_account(text) for text in account or [])]
    with explain_refusal(host, port), _explain_file("--db"):
        server = SandboxServer(accounts, host=host, port=port, database=db, edition=edition, faults=fault or [])
    console.print(f"Sandbox CyberTipline at {server.url}", soft_wrap=True)
    console.print(f"Accounts: {', '.join(item.user for item in accounts)}. Controls: {server.origin}/sandbox/reports")
    console.print("This is not NCMEC. Nothing leaves this machine, and file bytes are not kept. Ctrl-C stops it.")
    if not is_loopback(host):
        console.print("It listens beyond this machine, without encryption: send it invented data only.")
    server.run()


@app.command()
def hashsharing(
    port: Annotated[int, typer.Option(help="Port to listen on; 0 picks a free one.")] = 8473,
    user: Annotated[str, typer.Option(help="User name of the account.")] = "sandbox",
    password: Annotated[
        str, typer.Option(envvar="JACANA_NCMEC_HASH_PASSWORD", help="Password of the account.")
    ] = "sandbox",  # noqa: S107
    clip: Annotated[
        list[Path] | None, typer.Option(help="A drawn or innocent file whose hashes are on the list. Repeatable.")
    ] = None,
    page_size: Annotated[int, typer.Option(min=1, help="Entries on one page.")] = 1000,
    fault: Annotated[
        list[str] | None,
        typer.Option(help="Switch on NAME[:ENDPOINT][=COUNT|=always]. Repeatable. See --list-faults."),
    ] = None,
    list_faults: Annotated[bool, typer.Option("--list-faults", help="Print the switches and exit.")] = False,
) -> None:
    """Run a hash list of your own: the calls of NCMEC's hash sharing, version 2, on this machine only.

    It forgets everything when it ends. Files are hashed, not kept. Nothing is sent anywhere.
    """
    if list_faults:
        for name, text in HASH_SWITCHES.items():
            console.print(f"{name:<20} {text}")
        return
    accounts = [
        HashAccount("another-network", secrets.token_hex(16), 2, "Another Network"),
        HashAccount(user, password, 1, "Your Network", may_write=True),
    ]
    with explain_refusal("127.0.0.1", port):
        server = HashSharingSandbox(accounts, port=port, page_size=page_size, faults=fault or [], hasher=hash_media)
    for path in clip or []:
        try:
            data = path.read_bytes()
        except OSError as problem:
            raise SandboxOptionInvalidError(
                f"{path} cannot be read ({problem.strerror})", field="--clip", remedy="name a file"
            ) from None
        add_file(server.shared, path.name, data, hash_media)
    console.print(f"Sandbox hash list at {server.url}", soft_wrap=True)
    console.print(f"Account: {user}. Add files and see votes at {server.origin}/sandbox/", soft_wrap=True)
    console.print("This is not NCMEC. Nothing leaves this machine, and files are not kept. Ctrl-C stops it.")
    server.run()


@app.command()
def network(
    secret: Annotated[
        str, typer.Option(envvar="JACANA_NETWORK_SECRET", help="Standard Webhooks secret shared with Jacana, whsec_….")
    ],
    port: Annotated[int, typer.Option(help="Port to listen on; 0 picks a free one.")] = 8472,
    state: Annotated[Path, typer.Option(help="SQLite file that remembers what it was told.")] = Path("network.db"),
) -> None:
    """Run a stand-in for a video network: it carries out signed instructions, once each, and shows what it did."""
    listener = bind_port("127.0.0.1", port)  # released by the process's end where anything below refuses
    try:
        with _explain_file("--state"):
            application = create_network_app(secret, state)
    except (ValueError, EmptyWebhookSecretError):
        raise SandboxOptionInvalidError(
            "the secret is not whsec_ and base64", field="--secret", remedy="copy network_secret from the settings"
        ) from None
    origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    console.print(f"Stand-in network listens at {origin}/ ; instructions go to /jacana. Ctrl-C stops it.")
    config = uvicorn.Config(
        application, log_level="warning", server_header=False, ws="none", timeout_graceful_shutdown=2
    )
    with listener, suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def _explain_file(option: str) -> Iterator[None]:
    """Turn a SQLite file that cannot be used into one message. Raises SandboxOptionInvalidError."""
    try:
        yield
    except (sqlite3.Error, OSError) as problem:
        if isinstance(problem, OSError) and problem.filename is None:
            raise
        raise SandboxOptionInvalidError(
            f"the file cannot be used ({getattr(problem, 'strerror', None) or problem})",
            field=option,
            remedy="name a new file, or one it wrote before, in a folder this user may write",
        ) from None


def _parse_account(text: str) -> Account:
    user, _, rest = text.partition(":")
    password, _, rights = rest.partition(":")
    if not user or not password or rights not in ("", "submit", "update", "none"):
        raise SandboxOptionInvalidError(
            "an account is USER:PASSWORD[:submit|update|none]", field="--account", remedy="as in --account other:secret"
        )
    return Account(user, password, may_submit=rights in ("", "submit"), may_update=rights in ("", "update"))

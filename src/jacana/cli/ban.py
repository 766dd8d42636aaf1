"""`jacana ban`: bans of devices and appeals against bans. Shows no device and no key of one."""

from collections.abc import Callable, Sequence
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from jacana.audit import lock_log
from jacana.cli.context import cli_actor, console, open_stages
from jacana.model.ban import Appeal, AppealState, BanState
from jacana.model.clock import format_time
from jacana.pipeline.appealing import deny_appeal, grant_appeal
from jacana.pipeline.reversal import lift_device_ban
from jacana.pipeline.stages import Stages

app = typer.Typer(help="Bans of devices, and appeals against bans.", no_args_is_help=True)
appeals = typer.Typer(help="What people say against a ban.", no_args_is_help=True)
app.add_typer(appeals, name="appeal")

Because = Annotated[str, typer.Option(help="Why, for the record.")]


@app.command("list")
def list_bans(
    account: Annotated[str | None, typer.Option(help="The network's id of the banned account.")] = None,
    state: Annotated[BanState | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many, the newest first.")] = 1000,
) -> None:
    """List bans of devices, the newest first."""
    with open_stages() as stages, stages.db.read() as connection:
        bans = stages.bans.list_bans(connection, account_id=account, state=state, limit=limit)
    rows = [
        (
            ban.id,
            ban.tier.name.lower(),
            ban.state.value,
            ban.account_id,
            format_time(ban.placed_at),
            format_time(ban.ended_at or ban.expires_at),
            ban.reason,
        )
        for ban in bans
    ]
    _print(("ban", "tier", "state", "account", "placed", "ends", "why"), rows)


@app.command()
def show(ban_id: Annotated[str, typer.Argument(help="Id of the ban (ban_…).")]) -> None:
    """Show one ban and the counts that its tier rests on."""
    with open_stages() as stages, stages.db.read() as connection:
        ban = stages.bans.load(connection, ban_id)
    ended = f"{format_time(ban.ended_at)} by {ban.ended_by}: {ban.ended_because}" if ban.ended_at else "-"
    facts = {
        "ban": ban.id,
        "account": ban.account_id,
        "tier": f"{int(ban.tier)} {ban.tier.name.lower()}",
        "state": ban.state.value,
        "why": ban.reason,
        "cause": ban.cause,
        "decided by": ban.decided_by,
        "placed": format_time(ban.placed_at),
        "expires": format_time(ban.expires_at),
        "ended": ended,
        **ban.evidence,
    }
    for name, value in facts.items():
        console.print(f"{name:<12} {value}", markup=False, soft_wrap=True)


@app.command()
def lift(ban_id: Annotated[str, typer.Argument(help="Id of the ban (ban_…).")], because: Because) -> None:
    """Lift one ban of a device, with what rests on it. The account stays as it is."""
    with open_stages() as stages, stages.db.write() as connection:
        lock_log(connection)
        lifted, told = lift_device_ban(stages, connection, ban_id, cli_actor(), because)
    console.print(f"lifted; {lifted.withdrawn} findings lost their ground, {len(told)} instructions ordered")


@appeals.command("list")
def list_appeals(
    state: Annotated[AppealState | None, typer.Option(help="Only those in this state.")] = None,
) -> None:
    """List appeals. What people wrote is shown in the console only."""
    with open_stages() as stages, stages.db.read() as connection:
        found = stages.bans.appeals.list_appeals(connection, state=state)
    rows = [
        (
            one.id,
            one.state.value,
            one.account_id,
            one.ban_id or "the account's own",
            "yes" if one.next_owner else "no",
            format_time(one.opened_at),
            one.decided_by or "-",
        )
        for one in found
    ]
    _print(("appeal", "state", "account", "ban", "next owner", "opened", "decided by"), rows)


@appeals.command()
def grant(appeal_id: Annotated[str, typer.Argument(help="Id of the appeal (appeal_…).")], because: Because) -> None:
    """Grant an appeal: the device becomes free, or the account's own ban is reversed."""
    _decide(grant_appeal, appeal_id, because)


@appeals.command()
def deny(appeal_id: Annotated[str, typer.Argument(help="Id of the appeal (appeal_…).")], because: Because) -> None:
    """Deny an appeal: nothing is lifted."""
    _decide(deny_appeal, appeal_id, because)


def _decide(decide: Callable[[Stages, str, str, str], Appeal], appeal_id: str, because: str) -> None:
    with open_stages() as stages:
        appeal = decide(stages, appeal_id, cli_actor(), because)
    console.print(f"{appeal.id} {appeal.state.value}")


def _print(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    if not rows:
        console.print("none")
        return
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)

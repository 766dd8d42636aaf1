"""`jacana case …`: what waits for a person, as text. Never shows media, and decides nothing."""

from typing import Annotated

import typer
from rich.table import Column, Table

from jacana.cli.context import console, open_stages
from jacana.model.clock import format_time
from jacana.review.cases import CaseFile, CaseItem, QueueRow, ReviewDecision

app = typer.Typer(help="Look at the review queue and at single cases.", no_args_is_help=True)


@app.command("list")
def list_cases(
    account: Annotated[str | None, typer.Option(help="Every case of this account, closed ones too.")] = None,
) -> None:
    """List open cases in the order of the queue: worst lane first, then what is due first."""
    with open_stages() as stages, stages.db.read() as connection:
        if account is None:
            console.print(draw_queue(stages.desk.list_queue(connection)))
            return
        heads = stages.desk.list_cases(connection, account)
    table = Table(Column("case", overflow="fold"), "lane", "state", "opened", "closed")
    for head in heads:
        closed = format_time(head.closed_at) if head.closed_at else "-"
        table.add_row(head.id, head.lane.value, head.state.value, format_time(head.opened_at), closed)
    console.print(table if heads else f"No cases of account {account}.")


@app.command()
def show(case_id: Annotated[str, typer.Argument(help="Id of the case.")]) -> None:
    """Show one case: its clock, its files and the verdicts on them."""
    with open_stages() as stages, stages.db.read() as connection:
        case = stages.desk.get_case(connection, case_id)
    for line in describe_case(case):
        console.print(line, soft_wrap=True)


def draw_queue(rows: list[QueueRow]) -> Table | str:
    """Return the queue as a table for the terminal."""
    if not rows:
        return "No open cases."
    table = Table(Column("case", overflow="fold"), "lane", "account", "due", "to decide", "view", "held by")
    for row in rows:
        due = format_time(row.due_at) + (" overdue" if row.overdue else "")
        waiting = f"{row.undecided_count} of {row.item_count}"
        table.add_row(row.case_id, row.lane.value, row.account_id, due, waiting, _view(row), row.leased_by or "-")
    return table


def describe_case(case: CaseFile) -> list[str]:
    """Return the case line by line."""
    head = case.head
    lines = [
        f"case         {head.id}",
        f"account      {head.account_id}",
        f"lane         {head.lane.value}",
        f"state        {head.state.value}, version {head.version}",
        f"opened       {format_time(head.opened_at)}",
        f"due          {format_time(head.due_at)}{' overdue' if case.overdue else ''}",
    ]
    if head.closed_at:
        lines.append(f"closed       {format_time(head.closed_at)}")
    else:
        lines.append(f"view         {_view(case)}")
    return [*lines, *map(_describe_item, case.items), *map(_describe_decision, case.decisions)]


def _view(case: QueueRow | CaseFile) -> str:
    if case.view_needed:
        return "needed"
    return f"no view needed: covered by {case.covered_by}" if case.covered_by else "no view needed"


def _describe_item(item: CaseItem) -> str:
    verdict = item.verdict or (f"{item.live.verdict}, can be undone" if item.live else "undecided")
    covered = f", covered by {item.covered_by}" if item.covered_by else ""
    return f"file         {item.sha256} of {item.upload_id}: {verdict}{covered}"


def _describe_decision(decision: ReviewDecision) -> str:
    grade = f" {decision.classification}" if decision.classification else ""
    seen = "had seen the whole file" if decision.viewed_whole else "had not seen the whole file"
    undone = f", undone {format_time(decision.undone_at)}" if decision.undone_at else ""
    return (
        f"verdict      {decision.id}: {decision.verdict}{grade} by {decision.user_id}, who {seen}, "
        f"{format_time(decision.decided_at)}{undone}: {decision.reason}"
    )

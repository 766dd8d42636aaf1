"""`jacana report …`: look at reports to an authority and decide on those that wait for a person."""

from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from jacana.cli.context import cli_actor, console, open_stages
from jacana.model.clock import format_time
from jacana.model.errors import InputInvalidError
from jacana.report.journal import FilingKind
from jacana.report.record import Report, ReportCall
from jacana.report.states import ReportState

app = typer.Typer(help="Look at reports and decide on those that need a person.", no_args_is_help=True)


class DecisionMissingError(InputInvalidError):
    """`resolve` needs exactly one decision."""

    code = "report.decision_missing"


@app.command("list")
def list_reports(
    state: Annotated[ReportState | None, typer.Option(help="Only reports in this state.")] = None,
    case: Annotated[str | None, typer.Option(help="Only reports of this case.")] = None,
    account: Annotated[str | None, typer.Option(help="Only reports about this account.")] = None,
) -> None:
    """List reports, newest first."""
    with open_stages() as stages, stages.db.read() as connection:
        reports = stages.reports.list_reports(connection, state, case, account)
    if not reports:
        console.print("No reports.")
        return
    table = Table("report", "state", "where", "remote id", "files", "created", "problem")
    for report in reports:
        table.add_row(
            report.id,
            report.state.value,
            report.environment or "-",
            str(report.remote_id or "-"),
            str(len(report.files)),
            format_time(report.created_at),
            report.problem or "",
        )
    console.print(table)


@app.command()
def show(report_id: Annotated[str, typer.Argument(help="Id of the report.")]) -> None:
    """Show one report: where it stands, its files, and every call made for it."""
    with open_stages() as stages, stages.db.read() as connection:
        report = stages.reports.load(connection, report_id)
        calls = stages.reports.list_calls(connection, report_id)
    for name, value in _describe(report):
        console.print(f"{name:<12} {value}", soft_wrap=True)
    for file in report.files:
        sent = f"sent as {file.remote_id}" if file.remote_id else "not sent"
        console.print(f"file {file.position:<7} {file.upload_id}  {sent}", soft_wrap=True)
    if calls:
        console.print(_tabulate_calls(calls))


@app.command()
def preview(report_id: Annotated[str, typer.Argument(help="Id of an approved or filed report.")]) -> None:
    """Print the document of an approved report exactly as it is sent. It holds personal data."""
    with open_stages() as stages, stages.db.read() as connection:
        report = stages.reports.load(connection, report_id)
    if report.document is None:
        console.print("A draft has no document yet; look at it in the console.")
        raise typer.Exit(1)
    console.out(report.document.decode(), highlight=False)


@app.command()
def resolve(
    report_id: Annotated[str, typer.Argument(help="Id of a report that is ambiguous or needs a person.")],
    again: Annotated[bool, typer.Option("--again", help="File it again now.")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="Give it up.")] = False,
    redraft: Annotated[bool, typer.Option("--redraft", help="Send it back to be corrected and approved anew.")] = False,
    reason: Annotated[str, typer.Option(help="Why; kept with the report.")] = "",
) -> None:
    """Decide what becomes of a report that filing cannot decide on."""
    if (again, stop, redraft).count(True) != 1:
        raise DecisionMissingError(
            "resolve needs one decision", field="--again", remedy="give --again, --stop or --redraft"
        )
    with open_stages() as stages, stages.db.write() as connection:
        report = stages.reports.resolve_ambiguous(
            connection,
            report_id,
            cli_actor(),
            "submit_again" if again else "stop" if stop else "redraft",
            reason,
        )
    console.print(f"{report.id} is now {report.state.value}.")
    if again:
        console.print("A running `jacana serve` files it.")


@app.command()
def retract(
    report_id: Annotated[str, typer.Argument(help="Id of a report that is not filed yet.")],
    reason: Annotated[str, typer.Option(prompt="Reason", help="Why; kept with the report.")],
) -> None:
    """Withdraw a report, at the receiver too if it is open there."""
    with open_stages() as stages:
        outcome = stages.reports.retract(report_id, cli_actor(), reason)
    if outcome.state is ReportState.RETRACTED:
        console.print(f"{report_id} is retracted.")
        return
    if outcome.state is ReportState.FILED:
        console.print(f"{report_id} was finished already; it cannot be withdrawn. It is recorded as filed.")
    elif outcome.kind is FilingKind.RETRY_AFTER:
        console.print(f"Not retracted: {outcome.problem}. Try again later.")
    else:
        console.print(f"Not retracted: {outcome.problem}.")
    raise typer.Exit(1)


def _describe(report: Report) -> list[tuple[str, str]]:
    rows = [
        ("report", report.id),
        ("state", report.state.value),
        ("case", report.case_id),
        ("account", report.account_id),
        ("where", f"{report.environment} {report.endpoint}" if report.environment else "not chosen yet"),
        ("remote id", str(report.remote_id or "-")),
        ("attempts", str(report.attempt)),
        ("created", format_time(report.created_at)),
        ("approved", f"{_shown(report.approved_at)} by {report.approved_by}" if report.approved_at else "-"),
        ("submitted", _shown(report.submitted_at)),
        ("filed", _shown(report.filed_at)),
        ("receipt", f"{len(report.receipt)} bytes" if report.receipt else "-"),
    ]
    return [*rows, ("problem", report.problem)] if report.problem else rows


def _shown(moment: datetime | None) -> str:
    return "-" if moment is None else format_time(moment)


def _tabulate_calls(calls: list[ReportCall]) -> Table:
    table = Table("at", "call", "http", "code", "Request-ID", "problem")
    for call in calls:
        table.add_row(
            format_time(call.at),
            call.endpoint,
            str(call.http_status or "-"),
            "-" if call.response_code is None else str(call.response_code),
            call.request_id or "-",
            call.problem or "",
        )
    return table

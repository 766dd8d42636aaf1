"""`jacana policy`: check a policy file, show the one in force, explain what it decided. Changes nothing."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from jacana.cli.context import console, current_settings, open_stages
from jacana.decide.policy import Policy, PolicyInvalidError, load_policy
from jacana.decide.rules import OTHERWISE
from jacana.decide.store import list_decisions
from jacana.model.clock import format_time
from jacana.model.decision import Effect, Evaluation, Moment

app = typer.Typer(help="The written policy: check it, show it, explain what it decided.", no_args_is_help=True)


@app.command("check")
def check(
    file: Annotated[Path | None, typer.Argument(help="Policy file; left out: the one in force.")] = None,
) -> None:
    """Check a policy file and list its rules, or show every problem with its line. Needs no database."""
    try:
        policy = load_policy(file or current_settings().settings.resolved_policy_file())
    except PolicyInvalidError as problem:
        typer.echo(problem.message)
        typer.secho(f"\n{problem.remedy or 'mend the file'}", fg="red")
        raise typer.Exit(1) from None
    console.print(_tabulate_rules(policy))
    typer.echo(f"\n{policy.version} is sound: {len(policy.rules)} rules; every verdict is answered")


@app.command("show")
def show() -> None:
    """Print the policy in force; its version goes to standard error, so that `> my-policy.yaml` makes a copy."""
    policy_file = current_settings().settings.resolved_policy_file()
    policy = load_policy(policy_file)
    typer.echo(f"{policy.version} ({policy_file or 'shipped with Jacana'})", err=True)
    typer.echo(policy.source_text, nl=False)


@app.command("explain")
def explain(upload: Annotated[str, typer.Argument(help="Id of an upload (upload_…).")]) -> None:
    """Show each decision about an upload: rules that fired, the values they fired on, effects granted and withheld."""
    with open_stages() as stages, stages.db.read() as connection:
        stages.intake.load_upload(connection, upload)
        decisions = list_decisions(connection, upload)
    if not decisions:
        typer.echo("nothing has been decided about this upload yet")
    for decision_id, evaluation, decided_at in decisions:
        typer.echo("\n".join([f"{format_time(decided_at)}  {decision_id}", *describe_evaluation(evaluation), ""]))


def describe_evaluation(evaluation: Evaluation) -> list[str]:
    """Return an evaluation as lines of text for a person."""
    lines = [f"  asked     {evaluation.policy_version}, on {evaluation.moment}"]
    for fired in evaluation.fired:
        on_finding = f" on {fired.finding_id}" if fired.finding_id else ""
        lines.append(f"  fired     {fired.rule}{on_finding}")
        lines.extend(f"              {path} is {value}" for path, value in fired.values.items())
    if not evaluation.fired:
        lines.append("  fired     no rule")
    for effect in evaluation.effects:
        lines.append(f"  granted   {_name(effect)} by {effect.rule}: {effect.reason}")
    for withheld in evaluation.withheld:
        lines.append(f"  withheld  {_name(withheld.effect)} by {withheld.effect.rule}: {withheld.because}")
    return lines


def _tabulate_rules(policy: Policy) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("on", "rule", "when", "then"):
        table.add_column(heading, overflow="fold")
    for rule in policy.rules:
        _add_row(table, rule.on, rule.name, rule.when.text, rule.then)
    _add_row(table, Moment.UPLOAD, OTHERWISE, "no rule decided the upload", policy.otherwise)
    return table


def _add_row(table: Table, on: Moment, name: str, when: str, then: tuple[Effect, ...]) -> None:
    effects = ", ".join(_name(effect) for effect in then)
    table.add_row(*(Text(cell) for cell in (on.value, name, when, effects)))


def _name(effect: Effect) -> str:
    return f"{effect.kind} in {effect.lane}" if effect.lane else effect.kind.value

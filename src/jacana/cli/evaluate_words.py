"""How the figures of an evaluation are printed for a person: tables, one line per detector, class and kind."""

from rich.table import Table
from rich.text import Text

from jacana.cli.context import console
from jacana.pipeline.evaluation.figures import DetectorFigures
from jacana.pipeline.evaluation.intervals import Share
from jacana.pipeline.evaluation.report import CAVEAT, Evaluation
from jacana.simulate.datasets.logins import Conversion

_SHOWN_PROBLEMS = 5


def print_evaluation(evaluation: Evaluation) -> None:
    """Print everything, the detectors first."""
    console.print(
        Text(
            f"{evaluation.events} events of {evaluation.accounts} accounts on {evaluation.days} days "
            f"({evaluation.source}), {evaluation.events_per_second:.0f} events per second of CPU time; "
            f"{evaluation.withheld} events withheld because their account was shut out"
        )
    )
    console.print(_tabulate_detectors(evaluation))
    for figures in evaluation.detectors:
        _print_details(figures)
    _print_cost(evaluation)
    console.print(Text(CAVEAT, style="yellow"))


def print_conversion(conversion: Conversion) -> None:
    """Print what became of the rows of a log-in file."""
    malformed = sum(conversion.malformed.values())
    console.print(
        Text(
            f"{conversion.users} users, {conversion.merged} merged accounts; {conversion.left_out} log-ins left out, "
            f"{malformed} malformed rows"
        )
    )
    for problem in conversion.problems[:_SHOWN_PROBLEMS]:
        console.print(Text(f"  line {problem.line}: {problem.reason}", style="dim"))


def say_share(share: Share) -> str:
    """Return a share with its counts and its interval."""
    if share.value is None:
        return "–"
    low, high = share.interval
    return f"{share.value:.0%} ({share.hits}/{share.trials}; {low:.0%}–{high:.0%})"


def say_hours(hours: float | None) -> str:
    """Return a time in the unit that reads best."""
    if hours is None:
        return "–"
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} d"


def _tabulate_detectors(evaluation: Evaluation) -> Table:
    table = Table(
        "detector",
        "recall (95 %)",
        f"precision at {evaluation.reviewer.capacity} a day (95 %)",
        "flagged",
        "found after: median",
        "p90",
        "false per M accounts·day",
    )
    for figures in evaluation.detectors:
        false = figures.false_per_million_days
        table.add_row(
            figures.kind.value,
            f"{say_share(figures.recall)} {figures.unit}",
            say_share(figures.at_capacity),
            str(figures.flagged),
            say_hours(figures.hours_median),
            say_hours(figures.hours_p90),
            "–" if false is None else f"{false:.1f}",
        )
    return table


def _print_details(figures: DetectorFigures) -> None:
    if figures.by_class:
        table = Table("disguise", "recall (95 %)", title=f"{figures.kind.value}: recall by disguise")
        for name, share in figures.by_class.items():
            table.add_row(name, say_share(share))
        console.print(table)
    if figures.innocents:
        told = ", ".join(f"{kind} {count}" for kind, count in figures.innocents.items())
        console.print(Text(f"{figures.kind.value} was wrong about {figures.false_accounts} accounts: {told}"))


def _print_cost(evaluation: Evaluation) -> None:
    reach, reviewer, door = evaluation.reach, evaluation.reviewer, evaluation.door
    table = Table("what", "figure", title="Views, work and the door")
    table.add_row("accounts of rings; found at all", f"{reach.accounts}; {reach.found}")
    table.add_row("public views of their uploads before they were found", str(reach.public_before))
    table.add_row(
        "views from inside by strangers before, after", f"{reach.credentialed_before}, {reach.credentialed_after}"
    )
    table.add_row("the same per vault before, median", _say_number(reach.credentialed_median))
    table.add_row("strangers' devices per vault before, median", _say_number(reach.devices_median))
    table.add_row("views that never happened", str(reach.prevented))
    table.add_row("accounts decided; per day, median", f"{reviewer.decided}; {_say_number(reviewer.per_day_median)}")
    table.add_row("cases open at the end", str(reviewer.open_at_end))
    table.add_row("decided accounts that trade", say_share(reviewer.worth_it))
    table.add_row("decided, by kind", ", ".join(f"{kind} {count}" for kind, count in reviewer.kinds.items()) or "–")
    table.add_row("returns refused, challenged at the door", f"{door.evaders_refused}, {door.evaders_challenged}")
    table.add_row("others refused, challenged", f"{door.others_refused}, {door.others_challenged}")
    table.add_row("of kinds", ", ".join(f"{kind} {count}" for kind, count in door.others.items()) or "–")
    console.print(table)
    if evaluation.refused:
        console.print(Text(f"{evaluation.refused} events were refused by ingest", style="red"))
    if evaluation.failed_work:
        told = ", ".join(f"{topic} {count}" for topic, count in evaluation.failed_work.items())
        console.print(Text(f"promised work failed, the figures are doubtful: {told}", style="red"))


def _say_number(number: float | None) -> str:
    return "–" if number is None else f"{number:g}"

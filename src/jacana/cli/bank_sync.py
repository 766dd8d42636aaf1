"""`jacana bank sync`: bring banks that follow an exchange up to date, once or again and again."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from jacana.cli.context import cli_actor, console, open_stages
from jacana.detect.media.exchange.sync import SyncProgress
from jacana.model.bank import Bank
from jacana.model.clock import format_time
from jacana.model.errors import InputInvalidError, JacanaError, SetupInvalidError
from jacana.pipeline.exchange import Backoff, SyncStoppedError, list_followed, sync_bank

if TYPE_CHECKING:
    from jacana.pipeline.stages import Stages

DEFAULT_EVERY_SECONDS = 600


class NothingFollowedError(InputInvalidError):
    """No bank follows an exchange that is switched on."""

    code = "exchange.nothing_followed"


def sync_banks(
    name: Annotated[
        str | None, typer.Argument(help="The bank; without one, every bank that follows an exchange.")
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on until stopped, through outages of the exchange.")
    ] = False,
    every: Annotated[
        float | None,
        typer.Option(min=1, help="With --watch: seconds between two looks. Default: exchange_sync_seconds."),
    ] = None,
) -> None:
    """Fetch what is new at the exchange; it matches from the moment it is in the bank.

    Killed at any moment, the next sync goes on where this one was. Exit 1 if a bank could not be synced.
    """
    with open_stages() as stages:
        names = [name] if name else [bank.name for bank in list_followed(stages)]
        if not names:
            raise NothingFollowedError(
                "no bank follows an exchange that is switched on",
                field="NAME",
                remedy="`jacana bank create NAME --source WHO --origin ncmec`, and set ncmec_hash_environment",
            )
        if watch:
            seconds = every or stages.settings.exchange_sync_seconds or DEFAULT_EVERY_SECONDS
            _watch(stages, name, seconds)
            return
        failure: JacanaError | None = None
        for one in names:  # one exchange that is away must not keep the others waiting
            try:
                _sync(stages, one)
            except JacanaError as problem:
                failure = problem
                if len(names) > 1:
                    console.print(Text(f"{one}: {problem.message} ({problem.code})", style="yellow"), soft_wrap=True)
        if failure is not None:
            raise failure


def _watch(stages: "Stages", name: str | None, seconds: float) -> None:
    """Sync what is due until a signal comes. Only a named bank that a person must put right ends it with an error."""
    backoff = Backoff(seconds, stages.clock)
    with stages.db.read() as connection:
        only = stages.banks.find(connection, name) if name else None
    with _stop_on_signals() as stopping:

        def check(_progress: SyncProgress) -> None:
            if stopping.is_set():
                raise SyncStoppedError

        with suppress(SyncStoppedError):
            while not stopping.is_set():
                for bank in [only] if only else list_followed(stages):
                    if backoff.is_due(bank.id):
                        _look(stages, bank, backoff, check, patient=only is None)
                stopping.wait(min(1.0, seconds))
    console.print("stopped; the next sync goes on from here")


def _look(
    stages: "Stages", bank: Bank, backoff: Backoff, check: Callable[[SyncProgress], None], *, patient: bool
) -> None:
    try:
        _sync(stages, bank.name, check)
    except JacanaError as problem:
        if isinstance(problem, SetupInvalidError | InputInvalidError) and not patient:
            raise  # waiting would not help
        wait = backoff.fail(bank.id, problem)
        text = f"{bank.name}: {problem.message} ({problem.code}); next look in {wait:g} s"
        console.print(Text(text, style="yellow"), soft_wrap=True)
    else:
        console.print(Text(f"{bank.name}: next look in {backoff.succeed(bank.id):g} s"))


def _sync(stages: "Stages", name: str, check: Callable[[SyncProgress], None] | None = None) -> None:
    with console.status(Text(f"{name}: asking the exchange")) as status:

        def show(progress: SyncProgress) -> None:
            status.update(Text(f"{name}: {_describe(progress)}"))
            if check is not None:
                check(progress)

        progress = sync_bank(stages, name, cli_actor(), show)
    console.print(Text(f"{name} ({progress.environment}): {_describe(progress)}"), soft_wrap=True)
    if progress.unused:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(progress.unused.items()))
        console.print(Text(f"  not used: {kinds}"), soft_wrap=True)
    if progress.quarantined:
        console.print(Text(f"  quarantined: see `jacana bank quarantine {name}`"))
    if progress.trouble:
        console.print(Text(f"  {progress.trouble}", style="yellow"), soft_wrap=True)


def _describe(progress: SyncProgress) -> str:
    counts = (
        f"{progress.added} added",
        f"{progress.replaced} replaced",
        f"{progress.removed} removed",
        f"{progress.unchanged} unchanged",
        f"{progress.quarantined} quarantined",
        f"{sum(progress.unused.values())} hashes not used",
    )
    until = f"; read until {format_time(progress.read_until)}" if progress.read_until else ""
    return ", ".join(counts) + until


@contextmanager
def _stop_on_signals() -> Iterator[threading.Event]:
    """Set the event instead of dying on SIGTERM and SIGINT."""
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""A throw-away Jacana for tests of the evaluation, and event sets written by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jacana.cli.evaluate_setting import open_evaluation
from jacana.model.verdict import AccountVerdict
from jacana.pipeline.evaluation.clock import ReplayClock
from jacana.pipeline.stages import Stages
from jacana.simulate.datasets.folder import EventSetWriter, SetFacts
from jacana.simulate.datasets.truth import AccountTruth, Truth

START = datetime(2026, 1, 5, tzinfo=UTC)


def at(hours: float) -> str:
    """Return a moment so many hours after START, as events state it."""
    return (START + timedelta(hours=hours)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def event(number: int, type: str, account_id: str, hours: float, **fields: Any) -> dict[str, Any]:
    return {"id": f"e{number}", "type": type, "account_id": account_id, "occurred_at": at(hours), **fields}


def truth_of(**kinds: str) -> Truth:
    """Return a truth in which `ring_vault` accounts trade and everybody else is innocent."""
    truth = Truth()
    for account_id, kind in kinds.items():
        ring = "ring1" if kind.startswith("ring") else None
        verdict = AccountVerdict.TRADING if ring else AccountVerdict.CLEARED
        vault_at = START if kind == "ring_vault" else None
        truth.accounts[account_id] = AccountTruth(account_id, kind, ring, vault_at, verdict)
    return truth


def write_set(folder: Path, events: list[dict[str, Any]], truth: Truth) -> Path:
    folder.mkdir(exist_ok=True)
    writer = EventSetWriter(folder)
    writer.add(events)
    writer.close()
    writer.conclude(truth, SetFacts("simulator", len(truth.accounts), 1, len(events), 1))
    return folder


@contextmanager
def open_world(folder: Path) -> Iterator[tuple[Stages, ReplayClock]]:
    clock = ReplayClock(START)
    folder.mkdir(exist_ok=True)
    with open_evaluation(folder, clock) as stages:
        yield stages, clock

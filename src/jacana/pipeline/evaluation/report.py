"""All figures of one evaluation together, and as plain JSON. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jacana.model.verdict import AccountVerdict
from jacana.pipeline.evaluation.figures import DetectorFigures, measure_detectors
from jacana.pipeline.evaluation.intervals import Share, find_quantile
from jacana.pipeline.evaluation.outcome import Outcome
from jacana.pipeline.evaluation.reach import Reach, ReachFigures, measure_reach
from jacana.simulate.datasets.truth import Truth
from jacana.simulate.population.kinds import RING_KINDS, Kind

CAVEAT = "Figures of a simulated or merged set rank methods; they prove nothing about the field."


@dataclass(frozen=True, slots=True)
class ReviewerFigures:
    """What the automatic reviewer had to do."""

    capacity: int
    decided: int
    per_day_median: float | None
    open_at_end: int
    worth_it: Share
    """Of the accounts that were decided, those found to trade."""
    kinds: dict[str, int]
    """Kind in truth -> verdicts given."""


@dataclass(frozen=True, slots=True)
class DoorFigures:
    """Who was not simply let in."""

    evaders_refused: int
    evaders_challenged: int
    others_refused: int
    """Sign-ups and log-ins of people who belong to no ring: a wrong done to them."""
    others_challenged: int
    others: dict[str, int]
    """Kind in truth -> accounts of such people."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything `jacana evaluate` prints."""

    source: str
    accounts: int
    days: int
    events: int
    refused: int
    withheld: int
    events_per_second: float
    detectors: list[DetectorFigures]
    reach: ReachFigures
    reviewer: ReviewerFigures
    door: DoorFigures
    failed_work: dict[str, int]


def evaluate_outcome(
    outcome: Outcome, truth: Truth, reach: Mapping[str, Reach], *, capacity: int, source: str
) -> Evaluation:
    """Return every figure of a replay that has ended."""
    return Evaluation(
        source=source,
        accounts=outcome.accounts,
        days=outcome.days,
        events=outcome.events,
        refused=outcome.refused,
        withheld=len(outcome.withheld),
        events_per_second=outcome.events / outcome.cpu_seconds if outcome.cpu_seconds else 0.0,
        detectors=measure_detectors(outcome, truth, capacity),
        reach=measure_reach(reach, outcome, truth),
        reviewer=_measure_reviewer(outcome, truth, capacity),
        door=_measure_door(outcome, truth),
        failed_work=dict(outcome.failed_work),
    )


def list_ring_accounts(truth: Truth) -> list[str]:
    """Return the accounts whose views count: those of rings, and merged ones."""
    return [one.account_id for one in truth.accounts.values() if one.kind in RING_KINDS or one.vault_at is not None]


def describe_evaluation(evaluation: Evaluation) -> dict[str, Any]:
    """Return it as JSON can hold it: shares with hits, trials and interval."""
    described: dict[str, Any] = _describe(evaluation)
    for detector, figures in zip(described["detectors"], evaluation.detectors, strict=True):
        at = {k: figures.curve[k - 1] for k in (5, 10, 20, 50, 100, 200) if k <= len(figures.curve)}
        detector["precision_at"] = {str(k): _describe(share) for k, share in at.items()}
        del detector["curve"], detector["hours"]
    return described | {"caveat": CAVEAT}


def _describe(value: Any) -> Any:
    if isinstance(value, Share):
        low, high = value.interval
        shown = {"hits": value.hits, "trials": value.trials, "share": value.value}
        return shown | {"low": round(low, 4), "high": round(high, 4)}
    if hasattr(value, "__dataclass_fields__"):
        return {name: _describe(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, dict):
        return {str(name): _describe(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_describe(one) for one in value]
    return round(value, 3) if isinstance(value, float) else value


def _measure_reviewer(outcome: Outcome, truth: Truth, capacity: int) -> ReviewerFigures:
    trading = sum(ruling.verdict is AccountVerdict.TRADING for ruling in outcome.rulings)
    last = outcome.loads[-1] if outcome.loads else None
    kinds = Counter(_kind_of(ruling.account_id, truth) for ruling in outcome.rulings)
    return ReviewerFigures(
        capacity=capacity,
        decided=len(outcome.rulings),
        per_day_median=find_quantile([load.decided for load in outcome.loads], 0.5),
        open_at_end=max(0, last.open_cases - last.decided) if last else 0,
        worth_it=Share(trading, len(outcome.rulings)),
        kinds=dict(kinds.most_common()),
    )


def _measure_door(outcome: Outcome, truth: Truth) -> DoorFigures:
    counts: Counter[tuple[bool, bool]] = Counter()
    others: dict[str, set[str]] = {}
    for met in outcome.at_door:
        kind = _kind_of(met.account_id, truth)
        ring = kind in RING_KINDS
        counts[ring, met.refused] += 1
        if not ring:
            others.setdefault(kind, set()).add(met.account_id)
    return DoorFigures(
        evaders_refused=counts[True, True],
        evaders_challenged=counts[True, False],
        others_refused=counts[False, True],
        others_challenged=counts[False, False],
        others={kind: len(accounts) for kind, accounts in sorted(others.items())},
    )


def _kind_of(account_id: str, truth: Truth) -> str:
    known = truth.accounts.get(account_id)
    return known.kind if known else Kind.ORDINARY.value

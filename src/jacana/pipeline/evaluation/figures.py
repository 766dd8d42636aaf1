"""From what a replay found and what is true to figures: one set per detector, and what it cost and spared. Pure."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from jacana.model.account_finding import AccountFindingKind
from jacana.pipeline.evaluation.intervals import Share, find_quantile
from jacana.pipeline.evaluation.outcome import Outcome, Sighting
from jacana.pipeline.evaluation.relevance import Relevance, list_relevant
from jacana.simulate.datasets.truth import Truth

DETECTORS = (
    AccountFindingKind.TERM_HIT,
    AccountFindingKind.LOGIN_HANDOVER,
    AccountFindingKind.VAULT_ACCOUNT,
    AccountFindingKind.LINKED_ACCOUNT,
    AccountFindingKind.BAN_EVASION,
)
CURVE_POINTS = 200


@dataclass(frozen=True, slots=True)
class DetectorFigures:
    """How well one detector did."""

    kind: AccountFindingKind
    unit: str
    """What recall counts: texts or accounts."""
    recall: Share
    flagged: int
    """Accounts it said anything of."""
    at_capacity: Share
    """Of the first K accounts of each day by score, newly flagged: those it was right about, all days together."""
    curve: tuple[Share, ...]
    """Element i: of the i + 1 best accounts of the whole time by score, those it was right about."""
    hours_median: float | None
    """From what there was to find until it was found, for what was found."""
    hours_p90: float | None
    hours: tuple[float, ...]
    false_accounts: int
    false_per_million_days: float | None
    """Accounts it was wrong about, per million accounts and day."""
    innocents: dict[str, int]
    """Kind in truth -> accounts it was wrong about."""
    by_class: dict[str, Share] = field(default_factory=dict)
    """Disguise class -> recall."""


def measure_detectors(outcome: Outcome, truth: Truth, capacity: int) -> list[DetectorFigures]:
    """Return the figures of every detector, at a capacity of so many accounts a day."""
    sightings: defaultdict[AccountFindingKind, list[Sighting]] = defaultdict(list)
    for sighting in outcome.sightings:
        sightings[sighting.kind].append(sighting)
    return [_measure(kind, sightings[kind], outcome, truth, capacity) for kind in DETECTORS]


def _measure(
    kind: AccountFindingKind, sightings: list[Sighting], outcome: Outcome, truth: Truth, capacity: int
) -> DetectorFigures:
    relevance = list_relevant(kind, outcome, truth)
    found = _find_first(relevance, sightings)
    hours = [max(0.0, (at - since).total_seconds() / 3600) for since, at in found.values()]
    right = relevance.accounts
    ranked = _rank(sightings)
    wrong = [account_id for account_id in ranked if account_id not in right]
    account_days = outcome.accounts * outcome.days
    return DetectorFigures(
        kind=kind,
        unit=relevance.unit,
        recall=Share(len(hours), len(relevance.targets)),
        flagged=len(ranked),
        at_capacity=_measure_days(sightings, right, capacity),
        curve=_draw_curve(ranked, right),
        hours_median=find_quantile(hours, 0.5),
        hours_p90=find_quantile(hours, 0.9),
        hours=tuple(sorted(hours)),
        false_accounts=len(wrong),
        false_per_million_days=len(wrong) / account_days * 1e6 if account_days else None,
        innocents=dict(Counter(_kind_of(account_id, truth) for account_id in wrong).most_common()),
        by_class=_measure_classes(found, relevance.classes),
    )


def _find_first(relevance: Relevance, sightings: Iterable[Sighting]) -> dict[str, tuple[datetime, datetime]]:
    """Return target -> (since when it was there, when it was first found) for what was found."""
    found: dict[str, tuple[datetime, datetime]] = {}
    for sighting in sightings:
        target = sighting.event_id if relevance.unit == "texts" else sighting.account_id
        if target is None or target not in relevance.targets:
            continue
        since = relevance.targets[target] or sighting.happened_at or sighting.at
        if target not in found or sighting.at < found[target][1]:
            found[target] = (since, sighting.at)
    return found


def _rank(sightings: Iterable[Sighting]) -> list[str]:
    """Return the accounts, the highest score first, of equal ones the one found first."""
    best: dict[str, tuple[float, datetime]] = {}
    for sighting in sightings:
        known = best.get(sighting.account_id)
        if known is None or sighting.score > known[0]:
            best[sighting.account_id] = (sighting.score, sighting.at)
    return sorted(best, key=lambda account_id: (-best[account_id][0], best[account_id][1], account_id))


def _measure_days(sightings: Iterable[Sighting], right: Collection[str], capacity: int) -> Share:
    """Return how often the `capacity` best newly flagged accounts of a day were rightly flagged, over all days."""
    seen: set[str] = set()
    days: defaultdict[date, list[Sighting]] = defaultdict(list)
    for sighting in sorted(sightings, key=lambda one: one.at):
        if sighting.account_id not in seen:
            seen.add(sighting.account_id)
            days[sighting.at.date()].append(sighting)
    best = [
        sighting.account_id
        for flagged in days.values()
        for sighting in sorted(flagged, key=lambda one: -one.score)[:capacity]
    ]
    return Share(sum(account_id in right for account_id in best), len(best))


def _draw_curve(ranked: Sequence[str], right: Collection[str]) -> tuple[Share, ...]:
    hits = 0
    curve = []
    for place, account_id in enumerate(ranked[:CURVE_POINTS], 1):
        hits += account_id in right
        curve.append(Share(hits, place))
    return tuple(curve)


def _measure_classes(found: Collection[str], classes: Mapping[str, Sequence[str]]) -> dict[str, Share]:
    hits: Counter[str] = Counter()
    trials: Counter[str] = Counter()
    for target, named in classes.items():
        trials.update(named)
        if target in found:
            hits.update(named)
    return {name: Share(hits[name], trials[name]) for name in sorted(trials)}


def _kind_of(account_id: str, truth: Truth) -> str:
    known = truth.accounts.get(account_id)
    return known.kind if known else "unknown"

"""An evaluation made by hand, for tests of how one is shown."""

from datetime import UTC, datetime, timedelta

from jacana.model.account_finding import AccountFindingKind
from jacana.model.verdict import AccountVerdict
from jacana.pipeline.evaluation.outcome import DayLoad, Outcome, Ruling, Sighting
from jacana.pipeline.evaluation.report import Evaluation, evaluate_outcome
from jacana.simulate.datasets.truth import AccountTruth, Truth

START = datetime(2026, 1, 5, tzinfo=UTC)


def make_evaluation(vaults: int = 3, families: int = 1, **fields: object) -> Evaluation:
    names = [*(f"v{number}" for number in range(vaults)), *(f"f{number}" for number in range(families))]
    truth = Truth()
    for name in names:
        vault = name.startswith("v")
        kind, verdict = ("ring_vault", AccountVerdict.TRADING) if vault else ("family", AccountVerdict.SHARED)
        truth.accounts[name] = AccountTruth(name, kind, "r" if vault else None, START if vault else None, verdict)
    sightings = [
        Sighting(name, AccountFindingKind.VAULT_ACCOUNT, 0.9 - place / 100, START + timedelta(hours=2 + place))
        for place, name in enumerate(names)
    ]
    outcome = Outcome(events=10, days=3, made_at=dict.fromkeys(names, START), sightings=sightings, cpu_seconds=0.01)
    outcome.rulings = [Ruling(name, truth.accounts[name].verdict, START, 0) for name in names]
    outcome.loads = [DayLoad(0, len(names), len(names))]
    for name, value in fields.items():
        setattr(outcome, name, value)
    return evaluate_outcome(outcome, truth, {}, capacity=2, source="simulator")

from datetime import timedelta

import pytest
from evaluation_world import START, truth_of

from jacana.model.account_finding import AccountFindingKind
from jacana.pipeline.evaluation.figures import DETECTORS, measure_detectors
from jacana.pipeline.evaluation.intervals import Share
from jacana.pipeline.evaluation.outcome import Outcome, Sighting
from jacana.pipeline.evaluation.relevance import name_text
from jacana.simulate.datasets.truth import TextTruth

HOUR = timedelta(hours=1)


def sight(account_id, score, hours, kind=AccountFindingKind.VAULT_ACCOUNT, event_id=None):
    return Sighting(account_id, kind, score, START + hours * HOUR, event_id, START)


def measure(sightings, truth, capacity=2, kind=AccountFindingKind.VAULT_ACCOUNT):
    outcome = Outcome(days=10, made_at=dict.fromkeys(truth.accounts, START), sightings=sightings)
    return next(figures for figures in measure_detectors(outcome, truth, capacity) if figures.kind is kind)


def test_recall_delay_and_false_alarms_of_vaults():
    truth = truth_of(v="ring_vault", w="ring_vault", f="family", o="ordinary")
    figures = measure([sight("v", 0.6, 30), sight("v", 0.9, 20), sight("f", 0.7, 5)], truth)
    assert figures.recall == Share(1, 2)
    assert figures.hours == (20.0,)
    assert figures.false_accounts == 1
    assert figures.false_per_million_days == pytest.approx(1 / (4 * 10) * 1e6)
    assert figures.innocents == {"family": 1}


def test_the_curve_goes_down_the_ranking_by_best_score():
    truth = truth_of(v="ring_vault", f="family", w="ring_vault")
    figures = measure([sight("v", 0.5, 1), sight("f", 0.7, 2), sight("v", 0.9, 3), sight("w", 0.6, 4)], truth)
    assert figures.curve == (Share(1, 1), Share(1, 2), Share(2, 3))


def test_precision_at_capacity_counts_the_best_of_each_day():
    truth = truth_of(v="ring_vault", w="ring_vault", f="family", g="family")
    sightings = [sight("v", 0.9, 1), sight("f", 0.8, 2), sight("g", 0.7, 3), sight("w", 0.6, 30), sight("v", 0.9, 31)]
    assert measure(sightings, truth, capacity=2).at_capacity == Share(2, 3)
    assert measure(sightings, truth, capacity=1).at_capacity == Share(2, 2)


def test_recall_of_texts_is_told_by_class():
    truth = truth_of(a="term_user")
    truth.texts = [TextTruth(f"e{n}", "a", "comment", "term", how) for n, how in enumerate(("leet", "leet", "mask"))]
    found = [sight("a", 1.0, 1, AccountFindingKind.TERM_HIT, name_text(truth.texts[0]))]
    figures = measure(found, truth, kind=AccountFindingKind.TERM_HIT)
    assert figures.recall == Share(1, 3)
    assert figures.by_class == {"leet": Share(1, 2), "mask": Share(0, 1)}
    assert figures.unit == "texts"


def test_of_nothing_nothing_is_said():
    figures = measure([], truth_of(o="ordinary"))
    assert figures.recall.value is None
    assert figures.curve == ()
    assert figures.hours_median is None
    assert figures.false_accounts == 0


def test_every_detector_is_measured():
    outcome = Outcome(days=1)
    assert [figures.kind for figures in measure_detectors(outcome, truth_of(), 5)] == list(DETECTORS)
    assert set(DETECTORS) | {AccountFindingKind.SCREENING_DOWN} == set(AccountFindingKind)

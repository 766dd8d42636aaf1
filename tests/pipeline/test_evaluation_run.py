import pytest
from evaluation_world import open_world

from jacana.model.account_finding import AccountFindingKind
from jacana.pipeline.evaluation import run
from jacana.pipeline.evaluation.replay import Replay
from jacana.pipeline.evaluation.run import evaluate_set
from jacana.simulate.datasets.folder import TRUTH, read_event_batches, write_simulation
from jacana.simulate.datasets.truth import TruthUnreadableError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evaluation")
    write_simulation(folder / "set", 3, 300, 14)
    return folder


def evaluate(folder, **options):
    with open_world(folder / f"jacana{len(options)}") as (stages, clock):
        clock.now = clock.now.replace(year=2023)
        return evaluate_set(stages, clock, folder / "set", capacity=10, **options)


@pytest.fixture(scope="module")
def closed(folder):
    return evaluate(folder)


@pytest.fixture(scope="module")
def opened(folder):
    return evaluate(folder, open_loop=True)


def find(evaluation, kind):
    return next(figures for figures in evaluation.detectors if figures.kind is kind)


def test_the_whole_set_was_replayed(closed, opened):
    for evaluation in (closed, opened):
        assert evaluation.refused == 0
        assert evaluation.failed_work == {}
        assert evaluation.days == 14
        assert evaluation.accounts >= 290


def test_words_and_vaults_are_found(opened):
    assert find(opened, AccountFindingKind.TERM_HIT).recall.value >= 0.8
    assert find(opened, AccountFindingKind.LOGIN_HANDOVER).recall.value >= 0.7
    assert find(opened, AccountFindingKind.VAULT_ACCOUNT).recall.value >= 0.5


def test_families_and_agencies_are_not_at_the_top(opened):
    vaults = find(opened, AccountFindingKind.VAULT_ACCOUNT)
    assert vaults.curve[0].hits == 1
    assert vaults.at_capacity.value >= 0.5


def test_who_is_found_to_trade_is_shut_out(closed):
    assert closed.reach.found >= closed.reach.accounts / 2
    assert closed.reviewer.worth_it.hits >= 1
    assert closed.withheld > 0
    assert closed.reach.prevented > 0


def test_in_an_open_loop_nobody_decides(opened):
    assert opened.reviewer.decided == 0
    assert opened.withheld == 0


def test_the_truth_is_opened_when_the_replay_has_ended_and_not_before(tmp_path, monkeypatch):
    write_simulation(tmp_path / "set", 4, 40, 3)
    truth = tmp_path / "set" / TRUTH
    hidden = truth.rename(tmp_path / "hidden.jsonl")
    read_truth, replay, steps = run.read_set_truth, Replay.run, []

    def run_blind(self, *arguments):
        outcome = replay(self, *arguments)  # there is no truth to be read here
        steps.append("replayed")
        hidden.rename(truth)
        return outcome

    def note_reading(folder):
        steps.append("truth")
        return read_truth(folder)

    monkeypatch.setattr(Replay, "run", run_blind)
    monkeypatch.setattr(run, "read_set_truth", note_reading)
    with open_world(tmp_path / "jacana") as (stages, clock):
        clock.now = clock.now.replace(year=2023)
        evaluation = evaluate_set(stages, clock, tmp_path / "set", capacity=3)
    assert steps == ["replayed", "truth"]
    assert evaluation.events == sum(map(len, read_event_batches(tmp_path / "set"))) - evaluation.withheld


def test_without_a_truth_there_are_no_figures(tmp_path):
    write_simulation(tmp_path / "set", 4, 40, 2)
    (tmp_path / "set" / TRUTH).unlink()
    with open_world(tmp_path / "jacana") as (stages, clock), pytest.raises(TruthUnreadableError):
        clock.now = clock.now.replace(year=2023)
        evaluate_set(stages, clock, tmp_path / "set", capacity=3)

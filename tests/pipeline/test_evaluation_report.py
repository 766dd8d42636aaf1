import json

from evaluation_world import START, truth_of

from jacana.model.verdict import AccountVerdict
from jacana.pipeline.evaluation.outcome import AtDoor, DayLoad, Outcome, Ruling
from jacana.pipeline.evaluation.report import CAVEAT, describe_evaluation, evaluate_outcome, list_ring_accounts


def evaluate():
    truth = truth_of(v="ring_vault", adv="ring_advertiser", o="ordinary", f="family")
    outcome = Outcome(
        events=100,
        days=2,
        made_at=dict.fromkeys(truth.accounts, START),
        rulings=[Ruling("v", AccountVerdict.TRADING, START, 0), Ruling("f", AccountVerdict.SHARED, START, 1)],
        loads=[DayLoad(0, 3, 1), DayLoad(1, 4, 1)],
        at_door=[AtDoor("v", START, True, True), AtDoor("o", START, False, True), AtDoor("o", START, False, False)],
        cpu_seconds=2.0,
    )
    return truth, evaluate_outcome(outcome, truth, {}, capacity=5, source="simulator")


def test_work_and_door_are_counted():
    _, evaluation = evaluate()
    assert evaluation.events_per_second == 50
    assert (evaluation.reviewer.decided, evaluation.reviewer.open_at_end) == (2, 3)
    assert (evaluation.reviewer.worth_it.hits, evaluation.reviewer.worth_it.trials) == (1, 2)
    assert evaluation.reviewer.kinds == {"ring_vault": 1, "family": 1}
    assert (evaluation.door.evaders_refused, evaluation.door.others_refused) == (1, 1)
    assert evaluation.door.others_challenged == 1
    assert evaluation.door.others == {"ordinary": 1}


def test_it_can_be_written_as_json_and_says_what_it_proves():
    described = describe_evaluation(evaluate()[1])
    again = json.loads(json.dumps(described))
    assert again["caveat"] == CAVEAT
    assert again["reviewer"]["worth_it"] == {"hits": 1, "trials": 2, "share": 0.5, "low": 0.0945, "high": 0.9055}
    assert {row["kind"] for row in again["detectors"]} >= {"vault_account", "ban_evasion"}


def test_ring_accounts_are_those_whose_views_count():
    assert list_ring_accounts(evaluate()[0]) == ["v", "adv"]

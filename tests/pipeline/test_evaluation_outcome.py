from evaluation_world import START

from jacana.pipeline.evaluation.outcome import Outcome


def test_accounts_are_those_that_did_anything():
    outcome = Outcome(made_at={"a": START, "b": START})
    assert outcome.accounts == 2
